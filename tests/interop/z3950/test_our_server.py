"""yaz-client, zoomsh and Perl ZOOM against our server."""

from __future__ import annotations

import asyncio
import re
import subprocess

import pytest

from gateway.core.query import Query
from gateway.core.record import Flavour
from gateway.protocols import pqf
from gateway.protocols.z3950.apdu import InitResponse, Option, SearchRequest, SearchResponse
from gateway.protocols.z3950.rpn import Node, RpnQuery
from tests.support import peers
from tests.support.shelf import Shelf
from tests.support.z3950_script import Script

pytestmark = pytest.mark.peers


def hits(output: str) -> list[int]:
    return [int(number) for number in re.findall(r"Number of hits: (\d+)", output)]


def test_yaz_client_searches_and_presents(ours) -> None:
    output = peers.yaz_client(
        ours(),
        "find @attr 1=4 红",
        "show 1+2",
        "find @and @attr 1=4 红 @attr 1=1003 曹雪芹",
        "find @not 红 楼",
        "show 1",
    )
    assert "Connection accepted by v3 target" in output
    assert hits(output) == [2, 1, 1]
    assert output.count("[shelf]Record type: USmarc") == 3
    assert "245 10 $a 红楼梦" in output


def test_yaz_client_in_every_syntax(ours) -> None:
    syntaxes = ("usmarc", "xml", "sutrs", "opac", "unimarc")
    commands = [line for syntax in syntaxes for line in (f"format {syntax}", "show 1")]
    output = peers.yaz_client(ours(), "find 红楼梦", *commands)
    for kind in ("USmarc", "XML", "SUTRS", "OPAC"):
        assert f"Record type: {kind}" in output
    assert "availableNow: -1" in output
    assert "[238]" in output


def test_yaz_client_named_sets_scan_sort_delete(ours) -> None:
    output = peers.yaz_client(
        ours(),
        "find 红",
        "find @and @set 1 楼",
        "sort 1=31 >",
        "scan @attr 1=1003 吴",
        "delete 1",
        "delete nosuch",
    )
    assert hits(output) == [2, 1]
    assert "SortResponse: status=success" in output
    assert re.search(r"\* 吴承恩 \(1\)\n  施耐庵", output)
    assert "Got deleteResultSetResponse status=0" in output
    assert "Got deleteResultSetResponse status=9" in output


def test_yaz_client_scans_where_nothing_is(ours) -> None:
    """Its decoder wants additional information with every diagnostic, even an empty one."""
    output = peers.yaz_client(ours(Shelf(())), "scan @attr 1=4 红", "find 红")
    assert "[241]" in output
    assert hits(output) == [0]


def test_yaz_client_piggyback(ours) -> None:
    output = peers.yaz_client(ours(), "ssub 5", "lslb 9", "mspn 2", "find 红", "find 9")
    assert "records returned: 2" in output
    assert output.count("Record type: USmarc") == 4


def test_yaz_client_several_databases_and_an_unknown_one(ours) -> None:
    shelf = Shelf()
    output = peers.yaz_client(ours(shelf), "base shelf Other", "find 红", "base nosuch", "find 红")
    assert hits(output) == [2, 0]
    assert "[109] Database unavailable" in output
    assert shelf.asked[0][0] == ("shelf", "Other")


def test_yaz_client_with_a_gbk_library(ours) -> None:
    peer = ours(Shelf(charset="gbk", flavour=Flavour.CNMARC), term_charset="gbk")
    output = peers.yaz_client(
        peer, "format unimarc", "marccharset gbk", "querycharset gbk", "find @attr 1=4 红楼", "show 1"
    )
    assert hits(output) == [1]
    assert "Record type: Unimarc" in output
    assert "200 1  $a 红楼梦 $f 曹雪芹" in output


def test_yaz_client_negotiates_utf8(ours) -> None:
    peer = ours(Shelf(charset="gbk", flavour=Flavour.CNMARC), term_charset="gbk")
    output = peers.yaz_client(
        peer, "format unimarc", "find @attr 1=4 红楼", "show 1", before=["charset utf-8", "negcharset utf-8"]
    )
    assert hits(output) == [1]


def test_yaz_client_negotiates_gbk_for_terms_and_records(ours) -> None:
    """It turns what it types and what it shows into the character set that the server accepts."""
    commands = ["marccharset gbk", "find @attr 1=4 红楼", "show 1"]
    output = peers.yaz_client(ours(), *commands, before=["charset gbk utf-8"])
    assert "Accepted character set : gbk" in output
    assert "Accepted records in ...: -1" in output
    assert hits(output) == [1]
    assert "convert from gbk to utf-8" in output
    assert "245 10 $a 红楼梦" in output


def test_yaz_client_shows_what_each_term_finds(ours) -> None:
    class Counting(Shelf):
        async def count(self, databases, clauses):
            return [(await self.search(databases, Query(clause))).total for clause in clauses]

    output = peers.yaz_client(ours(Counting()), "find @and 红 楼", "find @or 红 @and 9 nothing")
    assert "SearchResult-1: term=红 cnt=2 id=1 , term=楼 cnt=1 id=2" in output
    assert "term=9 cnt=6 id=2 , term=nothing cnt=0 id=3" in output


@pytest.mark.parametrize(("name", "root"), [("dc", "srw_dc:dc"), ("mods", "mods"), ("marcxml", "record")])
def test_yaz_client_chooses_the_schema_by_the_element_set(ours, name, root) -> None:
    output = peers.yaz_client(ours(), "format xml", f"elements {name}", "find 红楼梦", "show 1")
    assert "Record type: XML" in output
    assert re.search(rf"<{root}[ >]", output)
    assert "红楼梦" in output


@pytest.mark.parametrize(("password", "accepted"), [("secret", True), ("wrong", False)])
def test_yaz_client_with_a_password(ours, password, accepted) -> None:
    peer = ours(authenticate=lambda user, given: (user, given) == ("reader", "secret"))
    output = peers.yaz_client(peer, "find 红", before=[f"authentication reader/{password}"])
    assert ("Connection accepted" in output) is accepted
    assert ("Connection rejected" in output) is not accepted


def test_zoomsh(ours) -> None:
    output = peers.zoomsh(
        ours(), "set preferredRecordSyntax usmarc", "search @attr 1=4 红", "show 0 2", "scan @attr 1=4 红"
    )
    assert "2 hits" in output
    assert "红与黑" in output


def test_zoomsh_scans_and_is_refused(ours) -> None:
    """It sorts by no strategy that its help names; Perl ZOOM does so by the same library below."""
    output = peers.zoomsh(ours(), "search @attr 1=9999 x", "scan @attr 1=1003 吴", "search @and 红 楼")
    assert "Unsupported Use attribute (Bib-1:114) 9999" in output
    assert "吴承恩 1\n施耐庵 1" in output
    assert "1 hits" in output


def test_zoomsh_several_databases_and_a_wrong_password(ours) -> None:
    shelf = Shelf()
    peer = ours(shelf, authenticate=lambda user, given: (user, given) == ("reader", "secret"))
    account = ["set user reader", "set databaseName shelf+Other"]
    output = peers.zoomsh(peer, "search 红", before=[*account, "set pass secret"])
    assert "2 hits" in output
    assert shelf.asked[0][0] == ("shelf", "Other")
    assert "1011" in peers.zoomsh(peer, "search 红", before=[*account, "set pass wrong"])


PERL = r"""
use strict; use ZOOM;
sub session { my $c = create ZOOM::Connection(preferredRecordSyntax => 'usmarc', @_); $c->connect($ARGV[0], 0); $c }
sub years { my $r = shift; join ' ', map { $r->record($_)->render() =~ /001 (\d+)/ } 0 .. $r->size() - 1 }
sub failing { my $what = shift; eval { shift->() }; print "$what ", $@ ? $@->code() : 'none', "\n" }
my $c = session(databaseName => 'shelf+Other', user => 'reader', pass => 'secret');
my $r = $c->search_pqf('@attr 1=4 红'); $r->option(setname => 'x');
print 'hits ', $r->size(), "\nyears ", years($r), "\n";
$r->sort('yaz', '1=31 <'); print 'sorted ', years($r), "\n";
my $first = session(databaseName => 'shelf', user => 'reader', pass => 'secret', setname => 'kept');
$first->search_pqf('@attr 1=4 红')->size();
print 'within ', $first->search_pqf('@and @set kept @attr 1=1003 曹')->size(), "\n";
my $s = $c->scan_pqf('@attr 1=1003 吴');
print 'scan ', join(' ', map { my ($term, $count) = $s->term($_); "$term=$count" } 0 .. $s->size() - 1), "\n";
failing('use', sub { $c->search_pqf('@attr 1=9999 x') });
failing('database', sub { session(databaseName => 'nosuch', user => 'reader', pass => 'secret')->search_pqf('x') });
failing('password', sub { session(user => 'reader', pass => 'wrong')->search_pqf('x') });
my $g = session(databaseName => 'shelf', user => 'reader', pass => 'secret', charset => 'gbk', rpnCharset => 'gbk');
my $found = $g->search_pqf('@attr 1=4 红楼');
print 'gbk ', $found->size(), ' ', unpack('H*', $found->record(0)->raw()) =~ /baecc2a5c3ce/ ? 'gbk' : '?', "\n";
"""


def test_perl_zoom(ours) -> None:
    """Databases, sort, named result sets, scan, diagnostics, a wrong password, negotiation of GBK."""
    shelf = Shelf()
    peer = ours(shelf, authenticate=lambda user, given: (user, given) == ("reader", "secret"))
    lines = peers.perl_zoom(PERL, peer.address).splitlines()
    assert lines == [
        "hits 2",
        "years 1996 1988",
        "sorted 1988 1996",
        "within 1",
        "scan 吴承恩=1 施耐庵=1 曹雪芹=1 罗贯中=1",
        "use 114",
        "database 109",
        "password 1011",
        "gbk 1 gbk",
    ]
    assert shelf.asked[0][0] == ("shelf", "Other")


def test_five_hundred_sessions_of_a_real_client(ours) -> None:
    peer = ours()
    script = (
        "use ZOOM; my $n = 0; for (1..500) { my $c = new ZOOM::Connection($ARGV[0], 0); "
        'my $r = $c->search_pqf("\\@attr 1=1003 cao"); $n += $r->size(); $c->destroy(); } print "sum $n\\n";'
    )
    assert "sum 500" in peers.perl_zoom(script, peer.address, timeout=60)


PQF = [
    "红楼梦",
    '@attr 1=4 "art of programming"',
    "@and @or bob dylan zimmerman",
    "@attr 4=1 @and @attr 1=1 x @attr 1=4 y",
    "@attr 1=4 @attr 2=3 @attr 3=3 @attr 4=1 @attr 5=1 @attr 6=1 linux",
    "@prox 0 1 1 2 k 2 @attr 1=4 house @attr 1=4 dog",
    "@prox 1 3 0 2 p 7 a b",
    "@attrset gils @attr 1=4 x",
    "@attr gils 1=2008 Copenhagen",
    "@attr 1=/book/title computer",
    "@term numeric 10",
    "@term string abc",
    "@set Result-1",
    "@not @set Result-1 x",
    '"quo\\"te"',
    "{a b}",
]


async def test_our_pqf_means_what_yazs_means() -> None:
    """What yaz-client sends for a query is what our parser makes of its text (attributes in any order)."""
    target = Script(lambda request: [SearchResponse(count=0)], welcome=InitResponse(options=frozenset(Option)))
    server = await asyncio.start_server(target.serve, "127.0.0.1", 0)
    peer = peers.Peer("127.0.0.1", server.sockets[0].getsockname()[1])
    await asyncio.to_thread(peers.yaz_client, peer, *[f"find {text}" for text in PQF])
    server.close()
    sent = [request.query for request in target.heard if isinstance(request, SearchRequest)]
    assert len(sent) == len(PQF)
    for text, query in zip(PQF, sent, strict=True):
        assert isinstance(query, RpnQuery)
        ours_ = pqf.parse(text)
        assert query.attribute_set == ours_.attribute_set, text
        assert ordered(query.root) == ordered(ours_.root), text


def ordered(node: Node) -> object:
    """The tree with the attributes of each operand as a set."""
    if hasattr(node, "left"):
        return (node.operator, ordered(node.left), ordered(node.right))
    if hasattr(node, "attributes"):
        return (frozenset(node.attributes), getattr(node, "term", None))
    return node


def test_the_programs_are_what_they_say() -> None:
    done = subprocess.run([peers.program("yaz-client"), "-V"], capture_output=True, text=True, check=False)
    assert "YAZ version" in done.stdout + done.stderr
