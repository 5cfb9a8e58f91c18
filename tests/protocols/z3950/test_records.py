"""Records within EXTERNALs, diagnostics in both formats, negotiation of character sets."""

from __future__ import annotations

import pytest

from gateway.core.record import Holding
from gateway.protocols.z3950 import charneg, diagnostics, oids
from gateway.protocols.z3950.apdu import DefaultDiagnostic, InfoUnit, InitRequest, InitResponse, SurrogateExternal
from gateway.protocols.z3950.ber import BerError, Oid
from gateway.protocols.z3950.records import Payload, grs1, grs1_lines, iso_date, opac, payload
from gateway.protocols.z3950.rpn import External, Null
from gateway.protocols.z3950.schema_records import (
    SUTRS,
    Absence,
    CharsetNegotiation,
    Circulation,
    DiagnosticFormat1,
    DiagnosticUnit,
    Element,
    Explained,
    GenericRecord,
    HoldingsAndCirc,
    Iso10646,
    OidList,
    OPACRecord,
    OpacRecord,
    OtherCharset,
    Proposal,
    Selection,
    Volume,
)

MARC = b"00024nam a2200024   4500"
BIB = External(oids.USMARC, octets=MARC)


@pytest.mark.parametrize(
    ("external", "found"),
    [
        (BIB, Payload("iso2709", MARC)),
        (External(oids.UNIMARC, octets=MARC), Payload("iso2709", MARC)),
        (
            External(oids.USMARC, octets=b"<record><leader/></record>"),
            Payload("marcxml", b"<record><leader/></record>"),
        ),
        (External(oids.XML, octets=MARC), Payload("iso2709", MARC)),
        (External(oids.XML, octets=b"<mods xmlns='http://www.loc.gov/mods/v3'/>"), None),
        (External(oids.SUTRS, single=SUTRS.encode(b"hello")), Payload("sutrs", b"hello")),
        (External(oids.SUTRS, octets=b"hello"), Payload("sutrs", b"hello")),
        (External(oids.GRS1, single=b"\x30\x00"), Payload("grs1", b"\x30\x00")),
        (External(Oid("1.2.3"), octets=b"?"), Payload("unknown", b"?")),
    ],
)
def test_payload(external: External, found: Payload | None) -> None:
    assert payload(external) == (found or Payload("mods", external.octets or b""))


def test_a_record_without_content() -> None:
    with pytest.raises(BerError):
        payload(External(oids.USMARC))


def test_opac_holdings_of_every_layout() -> None:
    gbk = "中文库".encode("gbk").decode("utf-8", "surrogateescape")
    record = OpacRecord(
        BIB,
        (
            HoldingsAndCirc(
                nuc_code="SX",
                local_location=gbk,
                call_number="I242.4",
                shelving_data="C28",
                public_note="note",
                circulation=(
                    Circulation(True, item_id="001", enum_and_chron="v.1"),
                    Circulation(False, "20240131", restrictions="loan", item_id="002", on_hold=True),
                ),
            ),
            HoldingsAndCirc(nuc_code="XA", volumes=(Volume("v.1", "1996"), Volume(enum_and_chron="v.2"))),
            BIB,
        ),
    )
    found = payload(External(oids.OPAC, single=OPACRecord.encode(record)), source="lib", charset="gbk")
    first = Holding("lib", "SX", "中文库", "I242.4 C28", "001", status="available", volume="v.1", note="note")
    assert found.format == "iso2709"
    assert found.data == MARC
    assert found.holdings[0] == first
    second = found.holdings[1]
    assert (second.status, second.status_text, second.due) == ("unavailable", "loan; on hold", "2024-01-31")
    assert found.holdings[2] == Holding("lib", "XA", volume="v.1 1996; v.2")
    without = payload(External(oids.OPAC, single=OPACRecord.encode(OpacRecord())))
    assert without == Payload("unknown", b"")


@pytest.mark.parametrize(
    ("wire", "charset", "text"),
    [
        ("二楼".encode(), "gbk", "二楼"),
        ("二楼".encode("gbk"), "gbk", "二楼"),
        ("二楼".encode("gbk"), None, "二楼"),
        ("二樓".encode("big5"), "big5", "二樓"),
        ("模块".encode("gbk"), "gbk", "模块"),
        ("Bücher".encode(), "marc-8", "Bücher"),
        (b"plain\x00 ", "gbk", "plain"),
    ],
)
def test_texts_of_holdings_in_the_wild(wire: bytes, charset: str | None, text: str) -> None:
    item = HoldingsAndCirc(local_location=wire.decode("utf-8", "surrogateescape"))
    record = External(oids.OPAC, single=OPACRecord.encode(OpacRecord(BIB, (item,))))
    assert payload(record, charset=charset).holdings[0].location == text


def test_opac_within_opac_is_refused() -> None:
    inner = External(oids.OPAC, single=OPACRecord.encode(OpacRecord(BIB)))
    with pytest.raises(BerError):
        payload(External(oids.OPAC, single=OPACRecord.encode(OpacRecord(inner))))


def test_our_opac_records_read_back() -> None:
    holdings = (
        Holding(library="SX", location="二楼", call_number="I1", barcode="9", status="available", volume="v.1"),
        Holding(library="XA", call_number="I2", note="n"),
        Holding(library="XA", barcode="10"),
    )
    assert payload(opac(BIB, holdings)).holdings == holdings


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("20240131", "2024-01-31"),
        ("2024-1-3", "2024-01-03"),
        ("2024/01/31 12:00", "2024-01-31"),
        ("soon", ""),
        ("2024-13-01", ""),
    ],
)
def test_dates(text: str, date: str) -> None:
    assert iso_date(text) == date


def test_grs1_is_a_tree() -> None:
    tree = (
        Element(1, (Element(4, "红楼梦", 2), Element("author", b"cao")), 4),
        Element(9, Absence("empty")),
        Element(7, External(oids.USMARC, octets=b"")),
    )
    data = GenericRecord.encode(tree)
    assert grs1(data) == tree
    assert list(grs1_lines(tree)) == ["(4,1)", "  (2,4) 红楼梦", "  (,author) cao", "(,9) empty", "(,7) [external]"]


def test_every_condition_has_its_words() -> None:
    assert diagnostics.wording(114) == "Unsupported Use attribute"
    assert diagnostics.wording(13) == "Present request out-of-range"
    assert "4711" in diagnostics.wording(4711)
    assert len(diagnostics.WORDING) > 170
    assert all(text == text.strip() and text[-1] != "." for text in diagnostics.WORDING.values())
    for group in (diagnostics.UNSUPPORTED_CONDITIONS, diagnostics.SYNTAX_CONDITIONS, diagnostics.ACCESS_CONDITIONS):
        assert group <= set(diagnostics.WORDING)


def test_both_formats_of_diagnostics() -> None:
    plain = DefaultDiagnostic(238, "x")
    units = (DiagnosticUnit(plain), DiagnosticUnit(Explained(b"\x05\x00"), "too many"), DiagnosticUnit(message="so"))
    explicit = External(oids.DIAG_FORMAT_1, single=DiagnosticFormat1.encode(units))
    expected = (plain, DefaultDiagnostic(100, "too many"), DefaultDiagnostic(100, "so"))
    assert diagnostics.flat(plain) == (plain,)
    assert diagnostics.flat(explicit) == diagnostics.flat(SurrogateExternal(explicit)) == expected
    for odd in (External(Oid("1.2.3"), octets=b""), External(oids.DIAG_FORMAT_1, single=b"\x05\x00")):
        assert diagnostics.flat(odd)[0].condition == 100


def test_diagnostics_for_the_core() -> None:
    gbk = "题名".encode("gbk").decode("utf-8", "surrogateescape")
    found = diagnostics.to_core(DefaultDiagnostic(114, gbk))
    assert (found.code, found.message, found.detail) == ("bib1:114", "Unsupported Use attribute", "题名")
    other = diagnostics.to_core(DefaultDiagnostic(7, None, Oid("1.2.840.10003.4.9")))
    assert other.code == "oid:1.2.840.10003.4.9:7"


def known(name: str) -> str | None:
    return name if name in ("utf-8", "gbk") else None


def test_utf8_is_proposed_and_selected() -> None:
    request = InitRequest(other_info=charneg.propose(records=True, languages=("chi",)))
    proposal = charneg.proposal_of(request)
    assert proposal == Proposal((Iso10646(oids.UTF8),), ("chi",), True)
    units, charset = charneg.answer(proposal, known=known, languages=("eng", "chi"))
    assert charset == "utf-8"
    selection = charneg.selection_of(InitResponse(other_info=units))
    assert selection == Selection(Iso10646(oids.UTF8), "chi", True)
    assert charneg.selected_charset(selection) == "utf-8"


@pytest.mark.parametrize("records", [None, False, True])
def test_the_first_that_the_target_can_do_is_selected(records: bool | None) -> None:
    request = InitRequest(other_info=charneg.propose(("marc-8", "gbk", "utf-8"), records=records))
    proposal = charneg.proposal_of(request)
    assert proposal is not None
    assert [charneg.name_of(charset) for charset in proposal.charsets or ()] == ["marc-8", "gbk", "utf-8"]
    units, charset = charneg.answer(proposal, known=known)
    assert charset == "gbk"
    selection = charneg.selection_of(InitResponse(other_info=units))
    assert selection is not None
    assert (charneg.selected_charset(selection), selection.records, selection.language) == ("gbk", records, None)


def test_a_set_proposed_by_yaz() -> None:
    """What yaz-client sent for ``negcharset gbk``."""
    sent = bytes.fromhex("a11aa115a313a211060a2a8648ce130f876851018103 67626b 830101".replace(" ", ""))
    proposal = CharsetNegotiation.decode(sent)
    assert [charneg.name_of(charset) for charset in proposal.charsets] == ["gbk"]
    assert CharsetNegotiation.encode(proposal)[:-1] == sent[:-1]  # a true that is written as FF


@pytest.mark.parametrize(
    "charset",
    [
        Iso10646(oids.UCS2),
        Iso10646(Oid("1.0.10646.1.0.99")),
        OtherCharset(b"\xa1\x00"),
        OidList((Oid("1.2.3"),)),
        External(oids.CHARSET_NAME, octets=b"nosuch"),
        External(oids.CHARSET_NAME, octets=b""),
        External(Oid("1.2.3"), octets=b"gbk"),
    ],
)
def test_what_cannot_be_done_is_not_selected(charset) -> None:
    units, chosen = charneg.answer(Proposal((charset,), records=True), known=known)
    selection = charneg.selection_of(InitResponse(other_info=units))
    assert (chosen, selection) == (None, Selection(Null.NULL, None, False))
    assert charneg.selected_charset(selection) is None


def test_only_languages_are_proposed() -> None:
    units, charset = charneg.answer(Proposal(languages=("chi",)), known=known)
    assert charset is None
    assert charneg.selection_of(InitResponse(other_info=units)) == Selection()


def test_negotiation_in_user_information_and_rubbish() -> None:
    (unit,) = charneg.propose()
    assert isinstance(unit.information, External)
    assert charneg.proposal_of(InitRequest(user_information=unit.information)) is not None
    rubbish = External(oids.CHARSET_3, single=b"\x05\x00")
    assert charneg.proposal_of(InitRequest(other_info=(InfoUnit(rubbish), InfoUnit("text")))) is None
    assert charneg.selected_charset(None) is None


@pytest.mark.parametrize("name", ["usmarc", "MARC21", "cnmarc", "grs-1", "1.2.840.10003.5.99"])
def test_syntaxes_by_name(name: str) -> None:
    assert oids.syntax(oids.syntax_name(oids.syntax(name))) == oids.syntax(name)


@pytest.mark.parametrize("name", ["", "nosuch", "1", "1..2", "3.1", "0.40"])
def test_no_syntax(name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        oids.syntax(name)
