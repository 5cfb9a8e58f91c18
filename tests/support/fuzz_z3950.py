"""A mutation fuzzer for the Z39.50 core, seeded and bounded.

    python -m tests.support.fuzz_z3950 --count 2000000 --seed 1

Takes the APDUs of tests/vectors (and any .ber files named), damages them, and feeds them to both roles in pieces. The
only error that may come of it is ``RemoteProtocolError``; the slowest APDU and the growth of memory are printed.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.core.errors import RemoteProtocolError
from gateway.protocols.z3950.apdu import Apdu, InitRequest, InitResponse, PresentRequest, SearchRequest
from gateway.protocols.z3950.connection import Connection
from gateway.protocols.z3950.oids import BIB1
from gateway.protocols.z3950.rpn import Operand, RpnQuery
from gateway.protocols.z3950.schema_services import PDU
from gateway.protocols.z3950.services import DeleteRequest, ExtendedServicesRequest, ScanRequest, SortRequest
from gateway.protocols.z3950.state import Role

VECTORS = Path(__file__).parents[1] / "vectors" / "z3950" / "vectors.json"
_INTERESTING = (0x00, 0x01, 0x1F, 0x20, 0x30, 0x3F, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x88, 0xA0, 0xBF, 0xFE, 0xFF)
_INIT, _ACCEPT = PDU.encode(InitRequest()), PDU.encode(InitResponse())
#: What an origin has asked before a response that begins so.
_OPERAND = Operand((), b"x")
_ASKED: dict[bytes, Apdu] = {
    b"\xb7": SearchRequest(RpnQuery(BIB1, _OPERAND)),
    b"\xb9": PresentRequest(1, 2),
    b"\xbb": DeleteRequest(),
    b"\xbf\x24": ScanRequest(_OPERAND),
    b"\xbf\x2c": SortRequest(()),
    b"\xbf\x2d": PresentRequest(1, 2),
    b"\xbf\x2f": ExtendedServicesRequest(1, BIB1),
}


@dataclass(slots=True)
class Outcome:
    count: int = 0
    events: int = 0
    refused: int = 0
    slowest: float = 0.0
    slowest_input: bytes = b""


def seeds(files: Sequence[Path] = ()) -> list[bytes]:
    cases = json.loads(VECTORS.read_text("utf-8"))
    vectors = [bytes.fromhex(case["hex"]) for case in cases if case["kind"] == "apdu"]
    return [*vectors, *_as_yaz_writes(), *(f.read_bytes() for f in files)]


def _as_yaz_writes() -> list[bytes]:
    """Present responses with every length around a record indefinite."""
    out = []
    for size in (20, 300):
        octets = bytes((size,)) if size < 128 else b"\x82" + size.to_bytes(2, "big")
        inner = b"\x06\x07\x2a\x86\x48\xce\x13\x05\x0a\x81" + octets + b"7" * size
        record = b"\x30\x80\x80\x02db\xa1\x80\xa1\x80\x28\x80" + inner + bytes(8)
        out.append(b"\xb9\x80\x98\x01\x02\x9b\x01\x00\xbc\x80" + record * 2 + bytes(4))
    return out


def mutate(data: bytes, others: Sequence[bytes], random_: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(random_.choice((1, 1, 1, 2, 3, 8))):
        at = random_.randrange(len(out) + 1) if out else 0
        match random_.randrange(8):
            case 0 if at < len(out):
                out[at] = random_.choice(_INTERESTING)
            case 1 if at < len(out):
                out[at] ^= 1 << random_.randrange(8)
            case 2:
                del out[at : at + random_.randrange(1, 9)]
            case 3:
                out[at:at] = bytes(random_.choice(_INTERESTING) for _ in range(random_.randrange(1, 9)))
            case 4:
                piece = out[at : at + random_.randrange(1, 40)]
                out[at:at] = piece * random_.choice((1, 2, 50))
            case 5:
                other = random_.choice(others)
                start = random_.randrange(len(other))
                out[at:at] = other[start : start + random_.randrange(1, 60)]
            case 6:
                del out[at:]
            case _ if at < len(out):
                out[at] = random_.randrange(256)
    return bytes(out[:65536])


def feed(data: bytes, role: Role, pieces: int) -> bool:
    """Whether an event came of it; any error but the one that is allowed is raised."""
    connection = Connection(role)
    if role is Role.TARGET:
        if data[:1] != b"\xb4":
            connection.receive_data(_INIT)
            connection.next_event()
            connection.send(InitResponse())
    else:
        connection.send(InitRequest())
        if data[:1] != b"\xb5":
            connection.receive_data(_ACCEPT)
            connection.next_event()
            request = _ASKED.get(data[:1]) or _ASKED.get(data[:2])
            if request is not None:
                connection.send(request)
    seen = False
    try:
        step = max(1, len(data) // pieces)
        for start in range(0, len(data), step):
            connection.receive_data(data[start : start + step])
            while isinstance(connection.next_event(), Apdu):
                seen = True
        connection.receive_data(b"")
        connection.next_event()
    except RemoteProtocolError:
        return seen
    return seen


def run(count: int, seed: int, corpus: Sequence[bytes]) -> Outcome:
    random_ = random.Random(seed)
    outcome = Outcome()
    for _ in range(count):
        data = mutate(random_.choice(corpus), corpus, random_)
        role = random_.choice((Role.ORIGIN, Role.TARGET))
        pieces = random_.choice((1, 1, 1, 3, 17))
        started = time.thread_time()
        seen = feed(data, role, pieces)
        took = time.thread_time() - started
        outcome.count += 1
        outcome.events += seen
        outcome.refused += not seen
        if took > outcome.slowest:
            outcome.slowest, outcome.slowest_input = took, data
    return outcome


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=2_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("files", nargs="*", type=Path, help="recorded APDUs to damage too")
    options = parser.parse_args(arguments)
    corpus = seeds(options.files)
    run(min(2000, options.count), options.seed + 1, corpus)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    outcome = run(options.count, options.seed, corpus)
    seconds = time.perf_counter() - started
    growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(
        f"{outcome.count} damaged APDUs in {seconds:.0f} s, seed {options.seed}: {outcome.events} gave an event, "
        f"{outcome.refused} were refused or incomplete; slowest {outcome.slowest * 1000:.1f} ms "
        f"({len(outcome.slowest_input)} octets); peak memory grew by {growth} kB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
