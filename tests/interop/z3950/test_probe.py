"""``wenyuan probe`` on real programs and on libraries of the demo: what it prints works as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.core.record import Flavour
from gateway.core.target import Target
from gateway.demo.library import Library
from gateway.demo.members import member
from gateway.demo.records import records
from gateway.frontends.z3950 import serve
from gateway.settings.targets import load_target_file
from tests.support.peers import Peer
from tests.support.shelf import Shelf


def probed(folder: Path, peer: Peer) -> tuple[Target, str]:
    """The target of the file that a probe wrote, and the file."""
    file = folder / "found.yaml"
    assert main(["probe", "--output", str(file), f"z3950://{peer.address}?id=found"]) == 0
    return load_target_file(file), file.read_text("utf-8")


def searched(folder: Path, capsys: pytest.CaptureFixture[str], word: str) -> int:
    """How many records ``wenyuan search`` gets with the file."""
    capsys.readouterr()
    assert main(["search", "--targets", str(folder), word]) == 0
    row = re.search(r"^found +\S+ +ok +(\d+) +(\d+)", capsys.readouterr().out, re.MULTILINE)
    assert row is not None
    return int(row[2])


@pytest.mark.peers
def test_zebra(zebra, tmp_path, capsys) -> None:
    target, text = probed(tmp_path, zebra)
    assert (target.syntax, target.flavour) == ("usmarc", "marc21")
    assert target.attributes["note"] == "-", "the index has none"
    assert target.record_charset == "utf-8"
    assert "title" not in target.attributes
    assert 'server.name = "Zebra Information Server' in text
    assert 'attributes.unknown_use = "refused"' in text
    assert "[bib1:114]" in text
    assert 'services.scan = "yes' in text
    assert 'services.term_counts = "yes: 2 of 2 terms' in text
    assert searched(tmp_path, capsys, "jazz") == 50
    assert main(["probe", "--check", str(tmp_path / "found.yaml")]) == 0
    assert "nothing changed" in capsys.readouterr().out


@pytest.mark.peers
def test_yaz_ztest(ztest, tmp_path, capsys) -> None:
    """It finds something for everything, and so proves nothing about charsets."""
    target, text = probed(tmp_path, ztest)
    assert (target.syntax, target.term_charset, target.record_charset) == ("usmarc", "utf-8", None)
    assert 'terms.charset = "unknown' in text
    assert 'attributes.unknown_use = "taken' in text
    assert 'services.charset_negotiation = "no: it selects' in text
    assert searched(tmp_path, capsys, "computer") > 0


@pytest.mark.parametrize(
    ("library", "terms", "charset", "syntax", "flavour", "word"),
    [
        ("sxlib", "gbk", "gbk", "unimarc", "cnmarc", "红楼梦"),
        ("hanzhong", "utf-8", "marc-8", "usmarc", "marc21", "紅樓夢"),
        ("xalib", "utf-8", "utf-8", "unimarc", "cnmarc", "红楼梦"),
    ],
)
def test_libraries_of_the_demo(background, tmp_path, capsys, library, terms, charset, syntax, flavour, word) -> None:
    known = member(library)
    catalogue = Library(known, [record.raw() for record in records(known)])
    server = background.run(serve(catalogue, "127.0.0.1", 0, term_charset=known.terms, name=known.name["en"]))
    try:
        target, text = probed(tmp_path, Peer("127.0.0.1", server.port))
        assert (target.term_charset, target.record_charset) == (terms, charset)
        assert (target.syntax, target.flavour) == (syntax, flavour)
        assert target.attributes == dict.fromkeys(("identifier", "callnumber", "barcode", "language"), "-")
        assert f'terms.charset = "{terms} (' in text
        assert f'server.name = "{known.name["en"]}"' in text
        assert searched(tmp_path, capsys, word) >= 4

        file = tmp_path / "found.yaml"
        assert main(["probe", "--check", str(file)]) == 0
        file.write_text(text.replace(f"term_charset: {terms}", "term_charset: big5"), "utf-8")
        capsys.readouterr()
        assert main(["probe", "--check", str(file)]) == 1
        assert capsys.readouterr().out == f"term_charset: was big5, is now {terms}\n"
    finally:
        background.run(server.close())


def test_a_server_that_converts_is_asked_for_what_it_holds(ours, tmp_path) -> None:
    """It gives MARC 21 and UNIMARC of every record, but only one of them is its own."""
    for flavour, syntax in ((Flavour.CNMARC, "unimarc"), (Flavour.MARC21, "usmarc")):
        target, text = probed(tmp_path, ours(Shelf(flavour=flavour), convert=True))
        assert 'records.syntax.usmarc = "usmarc (iso2709)"' in text
        assert 'records.syntax.unimarc = "unimarc (iso2709)"' in text
        assert target.syntax == syntax
