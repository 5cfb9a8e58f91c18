"""APDUs that real programs sent (recorded on loopback): all are read, and written again with the same meaning."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gateway.protocols.z3950.apdu import PresentResponse, ResponseRecords, SearchResponse
from gateway.protocols.z3950.connection import Connection
from gateway.protocols.z3950.records import payload
from gateway.protocols.z3950.rpn import External
from gateway.protocols.z3950.schema_services import PDU
from gateway.protocols.z3950.state import Role
from tests.support import peers

_CLASSES = {
    "deleteRSRequest": "DeleteRequest",
    "deleteRSResponse": "DeleteResponse",
    "esRequest": "ExtendedServicesRequest",
    "esResponse": "ExtendedServicesResponse",
}


def recordings() -> list[Path]:
    return sorted(peers.data("wire-z3950-yaz").glob("*/*.ber"))


def test_each_is_read_and_written() -> None:
    files = recordings()
    assert len(files) > 150
    for file in files:
        message = PDU.decode(file.read_bytes())
        kind = re.sub(r"^\d+_\w+?_(\w+)\.ber$", r"\1", file.name)
        assert type(message).__name__ == _CLASSES.get(kind, kind[0].upper() + kind[1:]), file
        assert PDU.decode(PDU.encode(message)) == message, file


def test_records_are_found_in_them() -> None:
    formats: dict[str, int] = {}
    for file in recordings():
        message = PDU.decode(file.read_bytes())
        if isinstance(message, SearchResponse | PresentResponse) and isinstance(message.records, ResponseRecords):
            for item in message.records.value:
                if isinstance(item.record, External):
                    found = payload(item.record)
                    formats[found.format] = formats.get(found.format, 0) + 1
                    if found.format == "iso2709":
                        assert int(found.data[:5]) == len(found.data), file
    assert formats["iso2709"] >= 30
    assert {"iso2709", "marcxml", "sutrs"} <= set(formats), formats


@pytest.mark.parametrize("role", list(Role))
def test_whole_sessions_run_through_a_connection(role: Role) -> None:
    """Each recorded connection from either end: what was sent is sent again, what came is read."""
    sessions = 0
    for folder in sorted({file.parent for file in recordings()}):
        entries = json.loads((folder / "index.json").read_text())
        for number in sorted({entry["conn"] for entry in entries}):
            own = [entry for entry in entries if entry["conn"] == number]
            requests = [entry["file"] for entry in own if entry["dir"] == "c2s"]
            answers = [entry["file"] for entry in own if entry["dir"] == "s2c"]
            connection = Connection(role)
            for request, answer in zip(requests, answers, strict=True):
                mine, theirs = (request, answer) if role is Role.ORIGIN else (answer, request)
                steps = ((True, mine), (False, theirs)) if role is Role.ORIGIN else ((False, theirs), (True, mine))
                for sending, name in steps:
                    data = (folder / name).read_bytes()
                    if sending:
                        connection.send(PDU.decode(data))
                    else:
                        connection.receive_data(data)
                        assert connection.next_event() == PDU.decode(data)
            sessions += 1
    assert sessions >= 8
