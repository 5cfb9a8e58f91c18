"""Every finding that the reader can make is in the table, in both languages, and nothing else is."""

import re
from pathlib import Path

import pytest

import gateway.records
from gateway.core.record import RawRecord
from gateway.records import quality
from gateway.records.labels import table
from gateway.records.normalise import normalise

_ROOT = Path(gateway.records.__file__).parent
_DAMAGE = re.compile(r"""f?"([a-z0-9]+(?:-[a-z0-9]+)+|mojibake|undecodable): """)
_FOUND = re.compile(r"""warning\(\s*f?"([^"]+)""")


def _codes() -> set[str]:
    found: set[str] = set()
    for path in _ROOT.rglob("*.py"):
        source = path.read_text("utf-8")
        found |= set(_DAMAGE.findall(source))
        for code in _FOUND.findall(source):
            names = ("isbn", "issn") if code.startswith("{identifier.scheme}") else ("",)
            found |= {code.replace("{identifier.scheme}", name) for name in names}
    return found


def test_the_table_is_complete_and_has_nothing_else() -> None:
    assert _codes() == set(table("warnings"))


@pytest.mark.parametrize("code", sorted(table("warnings")))
def test_each_finding_has_a_severity_and_two_languages(code: str) -> None:
    entry = table("warnings")[code]
    assert entry["severity"] in ("info", "minor", "major")
    assert re.search("[\u4e00-\u9fff]", entry["zh"])
    assert re.fullmatch("[ -~]+", entry["en"])
    assert quality.severity(code) == entry["severity"]


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        ("010 ## $a7-02-000220-1", "isbn-invalid", "010$a"),
        ("011 ## $a1234-5678", "issn-invalid", "011$a"),
        ("010 ## $a978-7-02-000220-7CNY59.70", "isbn-glued", "010$a"),
        ("701 #0 $a张三著", "role-glued", "701$a"),
        ("701 #0 $a张三$4乱七八糟", "role-unknown", "7XX$4"),
        ("210 ## $d2009", "year-mismatch", "100$a/09-12"),
        ("200 1# $e副题名", "no-responsibility", "200$f"),
        ("", "language-missing", "101$a"),
    ],
)
def test_findings_name_their_field(line: str, code: str, field: str) -> None:
    title = "" if line.startswith("200") else "200 1# $a题名\n"
    text = f"001 1\n100 ## $a20080312d2008    em y0chiy50      ea\n{title}{line}\n701 #0 $a李四$4著\n"
    found = {each.code: each for each in normalise(RawRecord("lib", text.encode(), "marcline")).warnings}
    assert code in found
    assert found[code].field == field
    assert quality.explain(found[code], "zh").partition("：")[0] == table("warnings")[code]["zh"]


def test_an_explanation_says_what_was_found_in_both_languages() -> None:
    found = quality.warning("isbn-invalid", "010$a", "7-02-000220-1")
    assert quality.explain(found, "zh") == "ISBN 校验不通过：7-02-000220-1"
    assert quality.explain(found, "en") == "The ISBN is not valid: 7-02-000220-1"


@pytest.mark.parametrize(
    ("told", "field"),
    [("undecodable: 2 places are no characters of gbk; U+FFFD stands for them (200)", "200"),
     ("mixed-charset: field 880 is in marc-8, the record in utf-8", "880"),
     ("mojibake-repaired: 200$a was UTF-8 read as GBK and has been put right", "200$a"),
     ("wrong-length: the leader says '00001' bytes, the record has 99", "")],
)  # fmt: skip
def test_damage_names_its_field(told: str, field: str) -> None:
    found = next(quality.damage((told,)))
    assert (found.code, found.field) == (told.partition(":")[0], field)
    assert re.search("[\u4e00-\u9fff]", quality.explain(found, "zh"))
