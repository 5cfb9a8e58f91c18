"""Records of a catalogue in the syntax that a client prefers."""

from __future__ import annotations

from collections.abc import Callable

from gateway.core.errors import DataError
from gateway.core.record import Flavour, RawRecord
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import DefaultDiagnostic
from gateway.protocols.z3950.ber import Oid
from gateway.protocols.z3950.records import opac
from gateway.protocols.z3950.rpn import External
from gateway.protocols.z3950.schema_records import SUTRS
from gateway.records import charset as charsets
from gateway.records import iso2709, marcxml
from gateway.records.convert import to_flavour
from gateway.records.export import to_dc, to_mods
from gateway.records.marc import MarcRecord
from gateway.records.normalise import normalise

#: What can be asked for; which of them a record has depends on the record.
SYNTAXES = frozenset({oids.USMARC, oids.UNIMARC, oids.XML, oids.APPLICATION_XML, oids.SUTRS, oids.OPAC, oids.GRS1})
_NATIVE = {"marcxml": oids.XML, "dc": oids.XML, "mods": oids.XML, "sutrs": oids.SUTRS, "grs1": oids.GRS1}
_MARC = {oids.USMARC: Flavour.MARC21, oids.UNIMARC: Flavour.CNMARC}
XML = (oids.XML, oids.APPLICATION_XML)
#: Schemas of XML records, by their names and identifiers in lower case.
SCHEMAS = {
    "marcxml": "marcxml", "marc21-xml": "marcxml", "http://www.loc.gov/marc21/slim": "marcxml",
    "info:srw/schema/1/marcxml-v1.1": "marcxml",
    "dc": "dc", "http://purl.org/dc/elements/1.1/": "dc", "info:srw/schema/1/dc-v1.1": "dc",
    "mods": "mods", "http://www.loc.gov/mods/v3": "mods", "info:srw/schema/1/mods-v3.7": "mods",
}  # fmt: skip


def native(raw: RawRecord) -> Oid | None:
    """The syntax that the record is in as it is held."""
    if raw.format == "iso2709":
        return oids.UNIMARC if raw.flavour in (Flavour.UNIMARC, Flavour.CNMARC) else oids.USMARC
    return _NATIVE.get(raw.format)


def render(
    raw: RawRecord, syntax: Oid | None, charset: str | None, *, schema: str = "", convert: bool = False
) -> External | DefaultDiagnostic:
    """The record in ``syntax`` (None: as held), ISO 2709 and SUTRS in ``charset`` (None: as held); else diagnostic 238.

    Characters that the charset lacks are written ``&#xHHHH;``: a record with one foreign letter is better than none.
    ``schema`` is that of XML records (empty: as held, or MARCXML). With ``convert`` a MARC record may be turned into
    the other MARC, where its fields have counterparts.
    """
    held = native(raw)
    wanted = syntax or held
    try:
        if wanted == oids.OPAC:
            inner = render(raw, held, charset)
            return inner if isinstance(inner, DefaultDiagnostic) else opac(inner, raw.holdings, _writer(raw, charset))
        if wanted is not None and wanted in XML and schema and schema != raw.format:
            return _in_schema(raw, wanted, schema)
        if wanted is not None and wanted == held:
            return _as_held(raw, wanted, charset)
        if wanted in XML and held in XML:
            return External(wanted, raw.payload)
        if wanted in XML and raw.format == "iso2709":
            return External(wanted, marcxml.write(_marc(raw)))
        if wanted == oids.SUTRS and raw.format in ("iso2709", "marcxml"):
            return External(
                oids.SUTRS, single=SUTRS.encode(charsets.encode(_lines(_marc(raw)), charset or "utf-8", "ncr"))
            )
        if raw.format == "marcxml" and wanted == _marc_syntax(raw):
            return External(wanted, iso2709.write(_marc(raw), charset or "utf-8", "ncr"))
        if convert and wanted in _MARC and raw.format in ("iso2709", "marcxml"):
            return _converted(raw, wanted, charset)
    except DataError as error:
        return DefaultDiagnostic(14, error.message)
    return DefaultDiagnostic(238, str(held or ""))


def _in_schema(raw: RawRecord, syntax: Oid, schema: str) -> External | DefaultDiagnostic:
    """XML in another schema than it is held in; 238 where MARC would have to be made of something else."""
    if schema == "marcxml":
        if raw.format != "iso2709":
            return DefaultDiagnostic(238, str(native(raw) or ""))
        return External(syntax, marcxml.write(_marc(raw)))
    record = normalise(raw)
    return External(syntax, to_dc(record) if schema == "dc" else to_mods(record))


def _writer(raw: RawRecord, charset: str | None) -> Callable[[str], bytes]:
    """Texts beside an ISO 2709 record are in its character set, where that is one of whole texts."""
    name = charsets.canonical(charset or raw.charset or "utf-8") if raw.format == "iso2709" else "utf-8"
    if name in ("marc-8", "iso5426"):
        name = "utf-8"
    return lambda text: charsets.encode(text, name, "ncr")


def _as_held(raw: RawRecord, syntax: Oid, charset: str | None) -> External:
    if syntax == oids.SUTRS:
        return External(syntax, single=SUTRS.encode(raw.payload))
    if syntax == oids.GRS1:
        return External(syntax, single=raw.payload)
    if raw.format == "iso2709" and charset and raw.charset and not _same(raw.charset, charset):
        return External(syntax, iso2709.write(_marc(raw), charset, "ncr"))
    return External(syntax, raw.payload)


def _converted(raw: RawRecord, syntax: Oid, charset: str | None) -> External:
    """In the other MARC; what asks for UNIMARC here wants CNMARC, which has no identifier of its own."""
    marc, _ = to_flavour(_marc(raw), _MARC[syntax], raw.flavour)
    name = charset or (raw.charset if raw.format == "iso2709" else None) or "utf-8"
    return External(syntax, iso2709.write(marc, "utf-8" if charsets.canonical(name) == "iso5426" else name, "ncr"))


def _same(left: str, right: str) -> bool:
    return charsets.canonical(left) == charsets.canonical(right)


def _marc(raw: RawRecord) -> MarcRecord:
    return marcxml.read(raw.payload) if raw.format == "marcxml" else iso2709.read(raw.payload, raw.charset)


def _marc_syntax(raw: RawRecord) -> Oid:
    if raw.flavour is None:
        tags = _marc(raw).tags()
        return oids.UNIMARC if "200" in tags and "245" not in tags else oids.USMARC
    return oids.USMARC if raw.flavour is Flavour.MARC21 else oids.UNIMARC


def _lines(marc: MarcRecord) -> str:
    return "\n".join([marc.leader, *(f"{field.tag} {_readable(field.text)}" for field in marc.fields())]) + "\n"


def _readable(text: str) -> str:
    return text.replace("\x1f", " $")
