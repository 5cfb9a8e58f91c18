"""Conversion of any record at all: it never raises, and each value is carried or said to be lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.record import Flavour
from gateway.records.convert import to_flavour
from gateway.records.convert.rules import rules
from gateway.records.marc import Field, MarcRecord

_WORDS = st.text("红楼梦经济研究abcdXYZ019", min_size=3, max_size=10)
_CODES = st.sampled_from("abcdefghijklmnopqrstuvxyz0123456789A")
#: Rebuilt out of codes, read apart by a grammar of its own, or about the links between fields.
_APART = {"100", "101", "102", "105", "106", "110", "008", "041", "044", "880", "886", "801", "040"}


def _records(tags: list[str]) -> st.SearchStrategy[MarcRecord]:
    field = st.builds(
        Field, st.sampled_from(tags), st.sampled_from(" 0123"), st.sampled_from(" 0124567"),
        st.lists(st.tuples(_CODES, _WORDS), min_size=1, max_size=5),
    )  # fmt: skip
    return st.builds(MarcRecord, st.just("00000nam0 2200000   450 "), st.lists(field, min_size=1, max_size=8))


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _missing(marc: MarcRecord, flavour: Flavour, source: Flavour) -> list[tuple[str, str, str]]:
    made, losses = to_flavour(marc, flavour, source)
    text = _plain(" ".join([field.text for field in made.fields()]) + " ".join([loss.value for loss in losses]))
    return [
        (field.tag, code, value)
        for field in marc.fields()
        for code, value in field.subfields
        if field.tag not in _APART and code not in "1246" and _plain(value) not in text
    ]


@settings(max_examples=400, deadline=None)
@given(_records(sorted({*rules().to_marc21, "126", "999"} - _APART)))
def test_unimarc_into_marc21(marc: MarcRecord) -> None:
    assert _missing(marc, Flavour.MARC21, Flavour.CNMARC) == []


@settings(max_examples=400, deadline=None)
@given(_records(sorted({*rules().to_unimarc, *rules().plain_notes, "049", "999"} - _APART)), st.booleans())
def test_marc21_into_unimarc(marc: MarcRecord, chinese: bool) -> None:
    assert _missing(marc, Flavour.CNMARC if chinese else Flavour.UNIMARC, Flavour.MARC21) == []
