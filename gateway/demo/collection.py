"""What each library of the demo holds: which editions, how many copies, and which of its records have a fault.

Everything follows from the data files by a hash: the same province every time, on every machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.demo.editions import Edition, load_editions
from gateway.demo.members import Member
from gateway.demo.reading import draw

_STATUS = (("available", 0.72), ("on-loan", 0.9), ("reference", 1.0))


@dataclass(frozen=True, slots=True)
class Copy:
    barcode: str
    location: str
    status: str  #: available | on-loan | reference
    volume: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One catalogue record of one library, before it is written in the library's format."""

    edition: Edition
    member: Member
    number: str  #: the library's own record number
    call_number: str
    copies: tuple[Copy, ...]
    volume: str = ""  #: designation, when a set is catalogued volume by volume
    faults: frozenset[str] = frozenset()


def items(member: Member) -> Iterator[Item]:
    """The catalogue of a library in the order of its record numbers."""
    sequence: Counter[str] = Counter()
    for edition in load_editions():
        if not _holds(member, edition):
            continue
        sequence[edition.clc] += 1
        call_number = f"{edition.clc}/{sequence[edition.clc]}"
        for volume in edition.volumes if member.sets == "volumes" and edition.volumes else ("",):
            sequence["records"] += 1
            number = f"{sequence['records']:07d}"
            item = Item(edition, member, number, call_number, _copies(member, edition, number, volume), volume)
            yield replace(item, faults=_faults(item))


def _holds(member: Member, edition: Edition) -> bool:
    share = member.shelves.get(edition.shelf, 0.0)
    return share > 0 and (edition.everywhere or draw("holds", member.id, edition.id) < share)


def _copies(member: Member, edition: Edition, number: str, volume: str) -> tuple[Copy, ...]:
    volumes = (volume,) if volume else edition.volumes or ("",)
    per_volume = 1 + int(2 * draw("copies", member.id, number)) if len(volumes) == 1 else 1
    copies = []
    for position, name in enumerate(name for name in volumes for _ in range(per_volume)):
        chance = draw("copy", member.id, number, position)
        location = member.locations[int(chance * len(member.locations))]
        fate = draw("status", member.id, number, position)
        status = next(status for status, limit in _STATUS if fate < limit)
        copies.append(Copy(f"{member.region[2:]}{number[2:]}{position + 1:02d}", location, status, name))
    return tuple(copies)


def _faults(item: Item) -> frozenset[str]:
    """The faults of ``config/demo/libraries.yaml`` that this record has, as far as it can have them."""
    edition = item.edition
    possible = {
        "isbn-check": bool(edition.isbn),
        "no-responsibility": bool(edition.credits),
        "role-in-name": bool(edition.credits) and edition.language == "chi",
        "price-in-isbn": bool(edition.isbn and edition.price),
        "half-character": bool(edition.summary or edition.language == "chi"),
    }
    found = {
        fault
        for fault, one_in in item.member.faults.items()
        if possible[fault] and draw("fault", fault, item.member.id, item.number) * one_in < 1
    }
    if item.volume and edition.isbn:
        found.add("isbn-of-set")
    return frozenset(found)
