"""Articles: what they are in, and which two records describe one."""

import pytest

from gateway.core.record import Contributor, Host, Identifier, RawRecord, Record, Title
from gateway.records.keys import block_keys, features
from gateway.records.mapping.hosts import numbering
from gateway.records.matching import compare
from gateway.records.normalise import normalise

_TITLE = "我国公共图书馆总分馆制研究"


def article(
    local_id: str = "1",
    *,
    title: str = _TITLE,
    authors: tuple[str, ...] = ("张三平",),
    journal: str = "大学图书馆学报",
    volume: str = "26",
    issue: str = "3",
    pages: str = "12-15",
    year: int | None = 2008,
    doi: str = "",
    form: str = "article",
) -> Record:
    host = Host(journal, volume=volume, issue=issue, pages=pages)
    return Record(
        id=f"lib:{local_id}",
        source="lib",
        local_id=local_id,
        titles=(Title(title),),
        contributors=tuple(Contributor(name, "aut", primary=True) for name in authors),
        identifiers=(Identifier("doi", doi, doi),) if doi else (),
        hosts=(host,) if journal else (),
        year=year,
        form=form,
    )


def rule(left: Record, right: Record) -> str:
    found = compare(features(left), features(right))
    assert found.same == compare(features(right), features(left)).same
    assert not found.same or set(block_keys(left)) & set(block_keys(right))
    return found.rule


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Vol. 24, no. 15 (2022), p. 13-14", ("24", "15", "13-14")),
        ("24 (2022) : 15, s. 13-14", ("24", "15", "13-14")),
        ("2008年第3期, 12-15页", ("", "3", "12-15")),
        ("第36卷第3期", ("36", "3", "")),
        ("2008, 26(3): 12-15", ("26", "3", "12-15")),
        ("Bd. 4 (1998), Heft 2, S. 44 - 51", ("4", "2", "44-51")),
        ("2019, v.36, n.5, pp.12", ("36", "5", "12")),
        ("总第25期", ("", "", "")),
        ("folder 2", ("", "", "")),
    ],
)
def test_numbering_is_taken_apart(text: str, found: tuple[str, str, str]) -> None:
    assert numbering(text) == found


def test_hosts_of_both_flavours() -> None:
    cnmarc = (
        "LDR 00000naa0 2200000   450 \n001 1\n100 ## $a20100101d2008    em y0chiy50      ea\n200 1# $a总分馆制\n"
        "463 #1 $12001#$a《大学图书馆学报》$v2008年第3期$1011##$a1002-1027$1215##$a12-15页\n"
    )
    marc21 = (
        "LDR 00000naa a2200000   4500\n001 1\n245 10 $aBranches\n"
        "773 0# $tJournal of Things.$gVol. 24 (2022)$q24:15<13$x1002-1027\n"
    )
    book = cnmarc.replace("naa0", "nam0")
    hosts = [normalise(RawRecord("lib", text.encode(), "marcline")).hosts for text in (cnmarc, marc21, book)]
    assert hosts == [
        (Host("大学图书馆学报", "1002-1027", "", "2008年第3期, 12-15页", "", "3", "12-15"),),
        (Host("Journal of Things", "1002-1027", "", "Vol. 24 (2022)", "24", "15", "13"),),
        (),
    ]


def test_journal_and_place_in_it_make_an_article() -> None:
    assert rule(article("1"), article("2", volume="", pages="")) == "article-host"
    assert rule(article("1"), article("2", journal="图书馆杂志")) == "conflict-host"
    assert rule(article("1"), article("2", issue="4")) == "conflict-issue"
    assert rule(article("1"), article("2", pages="80-83")) == "conflict-pages"
    assert rule(article("1"), article("2", authors=("李四",))) == "conflict-author"
    assert rule(article("1"), article("2", year=2009)) == "conflict-year"


def test_abbreviated_journals() -> None:
    full = article("1", journal="Current Opinion in Lipidology", title="Intestinal overproduction of lipoproteins")
    short = article("2", journal="Curr Opin Lipidol", title="Intestinal overproduction of lipoproteins")
    other = article("3", journal="Current Opinion in Cardiology", title="Intestinal overproduction of lipoproteins")
    assert rule(full, short) == "article-host"
    assert rule(short, other) == "conflict-host"


def test_one_doi_and_its_versions() -> None:
    assert rule(article("1", doi="10.1/a"), article("2", doi="10.1/a", journal="", year=2009)) == "article-doi"
    assert rule(article("1", doi="10.1/a.pub2"), article("2", doi="10.1/a.pub3", year=2009, issue="9")) == "article-doi"
    assert rule(article("1", doi="10.1/a"), article("2", doi="10.1/b")) == "conflict-number"
    assert rule(article("1", doi="10.1/a"), article("2", doi="10.1/a", title="另一篇文章")) == "conflict-title"


def test_a_form_that_tells_nothing_needs_a_number() -> None:
    assert rule(article("1", doi="10.1/a"), article("2", doi="10.1/a", journal="", form="other")) == "article-doi"
    assert rule(article("1"), article("2", form="other")) == "conflict-form"


def test_ahead_of_the_issue() -> None:
    online = article("2", volume="", issue="", pages="1-4", year=2007)
    assert rule(article("1"), online) == "article-ahead"
    # Columns of one editor have one title every year.
    assert (
        rule(article("1", title="卷首语"), article("2", title="卷首语", volume="", issue="", pages="1"))
        == "insufficient"
    )
    assert rule(article("1", volume="", issue=""), online) == "conflict-pages"


def test_without_a_journal_all_of_several_authors_must_agree() -> None:
    several = ("张三平", "李四光")
    assert rule(article("1", authors=several), article("2", authors=several, journal="")) == "article-authors"
    assert rule(article("1"), article("2", journal="")) == "insufficient"
    assert rule(article("1", authors=several), article("2", authors=several[:1], journal="")) == "insufficient"


def test_a_book_that_is_coded_as_an_article_is_judged_as_a_book() -> None:
    left, right = (article(name, journal="", title="红楼梦") for name in "12")
    assert rule(left, right) == "insufficient"
