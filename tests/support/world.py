"""Libraries and a federation for tests: connectors that do what a test tells them, and an index in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway import plugins
from gateway.core.deadline import Deadline
from gateway.core.ports import Connector, Page
from gateway.core.query import Query
from gateway.core.record import Flavour, RawRecord
from gateway.core.target import Target
from gateway.federation.keeper import Keeper
from gateway.federation.members import Members
from gateway.federation.search import Federation
from gateway.records import iso2709
from gateway.records.marc import Field, MarcRecord
from gateway.settings import GatewaySettings
from gateway.union import Unifier


def raw(
    source: str, number: int, title: str, author: str = "", *, isbn: str = "", year: int = 2000, **more: str
) -> RawRecord:
    """A UNIMARC record with one copy."""
    fields = [
        Field.control("001", f"{number:06d}"),
        Field("100", " ", " ", (("a", f"20000101d{year}    em y0chiy50      ea"),)),
        Field("101", "0", " ", (("a", more.get("language", "chi")),)),
        Field("200", "1", " ", (("a", title), ("f", author))),
        Field("210", " ", " ", (("a", "北京"), ("c", more.get("publisher", "人民文学出版社")), ("d", str(year)))),
        Field("606", "0", " ", (("a", more.get("subject", "章回小说")),)),
        Field("905", " ", " ", (("a", source), ("d", "I242.4"), ("b", f"{source}{number:06d}"))),
    ]
    if isbn:
        fields.insert(1, Field("010", " ", " ", (("a", isbn),)))
    payload = iso2709.write(MarcRecord("00000nam0 2200000   450 ", fields), "utf-8")
    return RawRecord(source, payload, flavour=Flavour.UNIMARC, charset="utf-8", position=number)


@dataclass
class Library(Connector):
    """Answers with ``records`` in pages; misbehaves as told."""

    target: Target
    records: Sequence[RawRecord] = ()
    delay: float = 0.0
    error: Exception | None = None
    fail_after: int | None = None  #: records delivered before ``error``
    hits: int | None = None
    asked: list[tuple[Query, int, int]] = field(default_factory=list)
    open: int = 0
    closed: bool = False

    async def search(self, query: Query, *, start: int, limit: int, deadline: Deadline) -> AsyncIterator[Page]:
        self.asked.append((query, start, limit))
        self.open += 1
        try:
            await asyncio.sleep(self.delay)
            if self.error and self.fail_after is None:
                raise self.error
            total = self.hits if self.hits is not None else len(self.records)
            wanted = self.records[start - 1 : start - 1 + limit]
            size = self.target.page_size
            if not wanted:
                yield Page(total, ())
            for begin in range(0, len(wanted), size):
                if self.error and self.fail_after is not None and begin >= self.fail_after:
                    raise self.error
                yield Page(total, tuple(wanted[begin : begin + size]))
                await asyncio.sleep(0)
        finally:
            self.open -= 1

    async def close(self) -> None:
        self.closed = True


@dataclass
class World:
    federation: Federation
    libraries: dict[str, Library]


@contextlib.asynccontextmanager
async def worlds(folder: Path) -> AsyncIterator[Callable[..., Awaitable[World]]]:
    """A maker of worlds: ``await make({library id: Library options}, **gateway settings)``."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(libraries: dict[str, dict], **settings: object) -> World:
            made = {}
            for name, options in libraries.items():
                own = {key: options.pop(key) for key in ("timeout", "page_size", "options", "region") if key in options}
                made[name] = Library(Target(name, "test", name={"zh": name}, **own), **options)
            index = await plugins.index_factory("embedded")(str(folder / f"index-of-{'-'.join(libraries)}"))
            stack.push_async_callback(index.close)
            keeper = Keeper(Unifier(index).add, index)
            members = Members([library.target for library in made.values()], lambda _: lambda target: made[target.id])
            given = GatewaySettings(**settings)
            federation = Federation(index=index, members=members, keeper=keeper, settings=given)
            keeper.start()
            stack.push_async_callback(federation.close)
            return World(federation, made)

        yield make
