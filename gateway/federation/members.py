"""The member libraries: their connectors, made once and kept warm, and their health."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from gateway.core.deadline import Deadline
from gateway.core.errors import ConfigurationError, UnsupportedQueryError
from gateway.core.ports import Connector, ConnectorFactory
from gateway.core.query import Query
from gateway.core.target import Target, TargetStatus
from gateway.federation.breaker import Breaker


@dataclass(slots=True)
class Member:
    """One target with its connector and what was learnt of it."""

    target: Target
    breaker: Breaker = field(default_factory=Breaker)
    last: TargetStatus | None = None  #: how it fared when it was asked last
    searches: int = 0
    typical_ms: float | None = None  #: moving average over successful searches
    connector: Connector | None = None

    def note(self, status: TargetStatus, *, success: bool) -> None:
        self.last = status
        self.searches += 1
        if success:
            old = self.typical_ms
            self.typical_ms = status.ms if old is None else 0.8 * old + 0.2 * status.ms


class Members:
    """All targets by id, in the order given. ``factories`` finds a connector's entry point by name."""

    def __init__(self, targets: Iterable[Target], factories: Callable[[str], ConnectorFactory]) -> None:
        self._factories = factories
        self._members = {target.id: Member(target) for target in targets}
        self._probes: set[asyncio.Task[None]] = set()

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def __len__(self) -> int:
        return len(self._members)

    def get(self, identifier: str) -> Member | None:
        return self._members.get(identifier)

    def choose(self, identifiers: Iterable[str]) -> list[Member]:
        """Enabled members, or just those named. Raises ``ConfigurationError`` for a name that is not known."""
        wanted = list(dict.fromkeys(identifiers))
        unknown = [name for name in wanted if name not in self._members]
        if unknown:
            raise ConfigurationError(f"No library is called {', '.join(map(repr, unknown))}; /targets lists them all")
        return [m for m in self if m.target.id in wanted] if wanted else [m for m in self if m.target.enabled]

    def connector(self, member: Member) -> Connector:
        """The member's connector; raises what its factory raises (``ConfigurationError``) every time it is asked."""
        if member.connector is None:
            member.connector = self._factories(member.target.connector)(member.target)
        return member.connector

    def probe(self, member: Member, query: Query) -> None:
        """If it is time to, ask a suspended member for one record behind the answer; its breaker learns the outcome."""
        if not member.breaker.allow(asyncio.get_running_loop().time()):
            return
        task = asyncio.create_task(self._probe(member, query), name=f"probe {member.target.id}")
        self._probes.add(task)
        task.add_done_callback(self._probes.discard)

    async def _probe(self, member: Member, query: Query) -> None:
        loop = asyncio.get_running_loop()
        deadline = Deadline.after(member.target.timeout, loop.time())
        try:
            async with asyncio.timeout_at(deadline.at):
                pages = self.connector(member).search(query, start=1, limit=1, deadline=deadline)
                async for _ in pages:
                    pass
        except UnsupportedQueryError:
            member.breaker.abandoned()
        except TimeoutError:
            member.breaker.failure(loop.time(), f"no answer within {member.target.timeout:g} s")
        except asyncio.CancelledError:
            member.breaker.abandoned()
            raise
        except Exception as error:  # whatever it is, the target is not well
            member.breaker.failure(loop.time(), str(error))
        else:
            member.breaker.success()

    async def close(self) -> None:
        for task in self._probes:
            task.cancel()
        await asyncio.gather(*self._probes, return_exceptions=True)
        async with asyncio.TaskGroup() as group:
            for member in self:
                if member.connector is not None:
                    group.create_task(_close(member.connector))
                    member.connector = None


async def _close(connector: Connector) -> None:
    with contextlib.suppress(Exception):  # closing must not stop the others from closing
        await asyncio.wait_for(connector.close(), 2.0)
