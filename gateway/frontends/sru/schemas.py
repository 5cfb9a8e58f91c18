"""Raw records of a catalogue in the record schemas that SRU clients ask for."""

from __future__ import annotations

import re

from gateway.core.errors import DataError, WenyuanError
from gateway.core.record import Flavour, RawRecord
from gateway.frontends.sru.dublin import dublin_core
from gateway.protocols.sru.diagnostics import SRUDiagnostic
from gateway.protocols.sru.safe_xml import parse
from gateway.protocols.sru.server_request import SCHEMAS
from gateway.protocols.sru.server_response import OutRecord
from gateway.records import iso2709, marcxml
from gateway.records.normalise import normalise

_DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>\s*")
_SLIM = f'xmlns="{marcxml.NAMESPACE}"'
_FLAVOURED = {"unimarcxml": Flavour.UNIMARC, "cnmarcxml": Flavour.CNMARC}


def out_record(raw: RawRecord, schema: str, position: int) -> OutRecord:
    """One record of an answer; what cannot be given in that schema becomes a surrogate diagnostic, never an error."""
    try:
        text = _in_schema(raw, schema)
    except DataError as error:
        return OutRecord(position, None, diagnostic=SRUDiagnostic.standard(67, str(error)))
    except WenyuanError as error:
        return OutRecord(position, None, diagnostic=SRUDiagnostic.standard(64, str(error)))
    return OutRecord(position, text, raw.local_id or "")


def _in_schema(raw: RawRecord, schema: str) -> str:
    if schema == "dc":
        return dublin_core(normalise(raw))
    wanted = _FLAVOURED.get(schema)
    if wanted is not None and raw.flavour is not wanted:
        raise DataError(f"this record is not held as {schema}")
    if raw.format == "marcxml":
        parse(raw.payload, raw.source)  # a catalogue's own data, but one bad record must not break the whole answer
        text = _DECLARATION.sub("", raw.payload.decode("utf-8"), count=1).strip()
    elif raw.format == "iso2709":
        text = marcxml.write(iso2709.read(raw.payload, raw.charset)).decode("utf-8").strip()
    else:
        raise DataError(f"this record is held as {raw.format} only")
    return text if wanted is None else text.replace(_SLIM, f'xmlns="{SCHEMAS[schema][0]}"')
