"""The presets of config/profiles for Z39.50 servers: each makes a connector that asks in its own way."""

from __future__ import annotations

import pytest

from connectors.z3950 import connect
from connectors.z3950.connector import Z3950Connector
from gateway.core.data import config_path
from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import INDEXES, Clause, Query
from gateway.protocols import pqf
from gateway.settings.targets import target_from_url

PROFILES = sorted(path.stem for path in config_path("profiles").glob("z3950-*.yaml"))
ANY_ISBN = "@or @or @or " + " ".join(
    f"@attr 1=7 {form}" for form in ("9787020002207", "702000220X", "978-7-02-000220-7", "7-02-000220-X")
)
#: Charset of terms, charset of records, syntax.
EXPECTED = {
    "z3950-aleph": ("utf-8", "utf-8", "unimarc"),
    "z3950-calis": ("utf-8", "utf-8", "unimarc"),
    "z3950-horizon": ("utf-8", None, "usmarc"),
    "z3950-huiwen": ("gbk", "gbk", "unimarc"),
    "z3950-ilas": ("gbk", "gbk", "unimarc"),
    "z3950-innopac": ("gbk", "gbk", "unimarc"),
    "z3950-interlib": ("gbk", "gbk", "unimarc"),
    "z3950-koha": ("utf-8", "utf-8", "usmarc"),
    "z3950-nlc": ("utf-8", "utf-8", "unimarc"),
    "z3950-taiwan": ("big5", "marc-8", "unimarc"),
    "z3950-unicorn": ("gbk", "gbk", "unimarc"),
    "z3950-voyager": ("utf-8", None, "opac"),
    "z3950-zebra": ("utf-8", "utf-8", "usmarc"),
}


def made(name: str) -> Z3950Connector:
    connector = connect(target_from_url(f"z3950://z.example.org:210/db?profile={name}"))
    assert isinstance(connector, Z3950Connector)
    return connector


def test_every_profile_is_known_here() -> None:
    assert set(PROFILES) == set(EXPECTED)


@pytest.mark.parametrize("name", PROFILES)
def test_profile(name: str) -> None:
    connector = made(name)
    target = connector.target
    assert (target.term_charset, target.record_charset, target.syntax) == EXPECTED[name]
    assert set(target.attributes) <= set(INDEXES)
    title = connector.rpn(Query(Clause("title", "漢書")))
    assert title.root.term == "漢書".encode(target.term_charset)
    text = config_path("profiles", f"{name}.yaml").read_text("utf-8")
    assert text.startswith("# ")
    assert "Source" in text and ("Certain" in text or "Guess" in text)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("z3950-ilas", ANY_ISBN),
        ("z3950-nlc", "@attr 1=7 702000220X"),
        ("z3950-zebra", "@attr 1=7 7-02-000220-X"),
        ("z3950-innopac", "@attr 1=7 @attr 3=3 @attr 4=1 @attr 5=1 @attr 6=1 702000220X"),
    ],
)
def test_isbn(name: str, sent: str) -> None:
    query = made(name).rpn(Query(Clause("isbn", "7-02-000220-X")))
    assert pqf.dump(query).removeprefix("@attrset bib-1 ") == sent


def test_words_of_an_innopac_go_as_a_list() -> None:
    query = made("z3950-innopac").rpn(Query(Clause("title", "art of programming")))
    assert query.root.term == b"art of programming"
    with pytest.raises(UnsupportedQueryError, match="publisher"):
        made("z3950-innopac").rpn(Query(Clause("publisher", "x")))
