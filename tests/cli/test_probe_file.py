"""Files that a probe writes: loaded as they are whatever a server says, and compared with later probes."""

from __future__ import annotations

import datetime
from types import MappingProxyType

import pytest

from gateway.cli import main
from gateway.cli.probe_file import compare, facts, write
from gateway.core.probe import Fact, ProbeReport
from gateway.core.target import Target
from gateway.settings.targets import load_target_file

DAY = datetime.date(2026, 1, 2)
TARGET = Target(
    "lib", "z3950", host="h", port=210, user="u", password="geheim", options=MappingProxyType({"tls": "yes"})
)
REPORT = ProbeReport(
    {"term_charset": "gbk", "syntax": "unimarc", "attributes": {"note": "-"}, "options": {"isbn": "13"}},
    {"term_charset": "of 5 words", "record_charset": "unknown\n- evil: yes", "options.isbn": "found so"},
    (
        Fact("server.name", 'Evil "server"\nurl: z3950://elsewhere'),
        Fact("terms.charset", "gbk", "of 5 words", 0.99),
        Fact("speed.search_median_ms", "1.0"),
    ),
)


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("WENYUAN_PASSWORD_LIB", "geheim")
    path = tmp_path / "lib.yaml"
    path.write_text(write(TARGET, "z3950://h:210/db", REPORT, DAY), "utf-8")
    return path


def test_it_is_loaded_as_it_is(file) -> None:
    target = load_target_file(file)
    assert (target.id, target.url, target.database) == ("lib", "z3950://h:210/db", "db")
    assert (target.user, target.password) == ("u", "geheim")
    assert "geheim" not in file.read_text("utf-8")
    assert (target.term_charset, target.record_charset, target.syntax) == ("gbk", None, "unimarc")
    assert target.attributes == {"note": "-"}
    assert target.options == {"tls": "yes", "isbn": "13"}


def test_nothing_changed(file) -> None:
    assert compare(file.read_text("utf-8"), REPORT) == []
    faster = ProbeReport(REPORT.settings, REPORT.remarks, (*REPORT.facts[:2], Fact("speed.search_median_ms", "9")))
    assert compare(file.read_text("utf-8"), faster) == []


def test_what_changed(file) -> None:
    settings = {**REPORT.settings, "term_charset": "utf-8", "record_charset": "utf-8", "attributes": {}}
    now = ProbeReport(settings, {}, (REPORT.facts[0], Fact("terms.charset", "utf-8"), Fact("services.scan", "yes")))
    assert compare(file.read_text("utf-8"), now) == [
        ("term_charset", "gbk", "utf-8"),
        ("record_charset", "", "utf-8"),
        ("attributes", '{"note": "-"}', "{}"),
        ("terms.charset", "gbk (of 5 words; confidence 0.99)", "utf-8"),
        ("services.scan", "", "yes"),
    ]


def test_a_file_written_by_hand_is_compared_by_what_it_says() -> None:
    text = "id: x\nurl: z3950://h/db\nterm_charset: utf-8\noptions: {authentication: open}\n"
    assert compare(text, REPORT) == [("term_charset", "utf-8", "gbk"), ("options", "{}", '{"isbn": "13"}')]


def test_facts_are_single_lines() -> None:
    assert facts(REPORT)["server.name"] == 'Evil "server" url: z3950://elsewhere'


@pytest.mark.parametrize("arguments", [[], ["z3950://h/db", "--check", "x.yaml"], ["file:///tmp/x.mrc"]])
def test_wrong_use(arguments, capsys) -> None:
    assert main(["probe", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_nobody_there(capsys) -> None:
    assert main(["probe", "z3950://127.0.0.1:1/db"]) == 1
    assert "refuses connections" in capsys.readouterr().err
