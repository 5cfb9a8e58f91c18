"""Single questions to a target; whatever it does to one, the next can be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.z3950.pool import Pool
from connectors.z3950.session import Session
from gateway.core.deadline import Deadline
from gateway.core.errors import ProtocolError, WenyuanError
from gateway.core.target import Target
from gateway.protocols.z3950 import diagnostics, oids
from gateway.protocols.z3950.apdu import (
    Apdu,
    DefaultDiagnostic,
    Diagnostics,
    InitResponse,
    PresentRequest,
    PresentResponse,
    Records,
    ResponseRecords,
    SearchRequest,
    SearchResponse,
    SurrogateExternal,
)
from gateway.protocols.z3950.ber import Oid
from gateway.protocols.z3950.querymap import attributes_of
from gateway.protocols.z3950.rpn import External, Node, Operand, RpnQuery

_NEVER = (1 << 31) - 1
#: Sessions lost one after the other from which on the target is given up.
_MAX_LOST = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question."""

    hits: int = 0
    records: tuple[External, ...] = ()
    failure: DefaultDiagnostic | None = None  #: the diagnostic that came instead
    broken: str = ""  #: why the session ended over it
    answer: Apdu | None = None

    @property
    def accepted(self) -> bool:
        return self.failure is None and not self.broken

    @property
    def found(self) -> bool:
        return self.accepted and self.hits > 0

    def words(self) -> str:
        """Why it was not accepted, in words; empty when it was."""
        if self.failure is not None:
            core = diagnostics.to_core(self.failure)
            return f"{core.message} [{core.code}]" + (f" ({core.detail})" if core.detail else "")
        return self.broken


def operand(attributes: str, term: bytes) -> Operand:
    """``1=4 4=1`` and a term."""
    return Operand(attributes_of(attributes), term)


class Talk:
    """``asked`` counts requests, ``times`` has the seconds that each answered search took."""

    def __init__(self, target: Target, pool: Pool, deadline: Deadline) -> None:
        self._pool = pool
        self._deadline = deadline
        self._seconds = target.timeout
        self._databases = tuple(filter(None, target.database.split("+"))) or ("Default",)
        self._session: Session | None = None
        self._lost = 0
        self.asked = 0
        self.times: list[float] = []
        self.connecting = 0.0

    async def init(self) -> InitResponse:
        """The Init response of the session; raises when none comes about."""
        session = await self._opened()
        assert session.init is not None
        return session.init

    async def _opened(self) -> Session:
        if self._session is None or not self._session.usable:
            self.end()
            loop = asyncio.get_running_loop()
            began = loop.time()
            self._session = await self._pool.acquire(self._deadline, fresh=True)
            self.connecting = loop.time() - began
        return self._session

    def end(self) -> None:
        if self._session is not None:
            self._session.close()
            self._pool.release(self._session, clean=False)
            self._session = None

    async def ask(self, request: Apdu, doing: str) -> Outcome:
        """The answer as it came, in ``Outcome.answer``. Raises when sessions are lost again and again."""
        session = await self._opened()
        self.asked += 1
        try:
            async with asyncio.timeout(self._seconds):
                answer = await session.request(request, doing)
        except TimeoutError:
            session.abort()
            return self._lose(f"no answer within {self._seconds:.0f} s")
        except ProtocolError as error:
            session.abort()
            return self._lose(str(error))
        except WenyuanError as error:
            return self._lose(str(error))
        self._lost = 0
        return Outcome(answer=answer)

    def _lose(self, why: str) -> Outcome:
        self._lost += 1
        if self._lost >= _MAX_LOST:
            raise ProtocolError(f"{self._pool.peer} lost {self._lost} sessions one after the other", detail=why)
        return Outcome(broken=why)

    async def search(
        self,
        root: Node,
        *,
        first: int = 0,
        syntax: Oid | None = None,
        elements: str | None = None,
        name: str = "default",
    ) -> Outcome:
        loop = asyncio.get_running_loop()
        began = loop.time()
        request = SearchRequest(
            query=RpnQuery(oids.BIB1, root),
            databases=self._databases,
            result_set=name,
            small_set_upper_bound=first,
            large_set_lower_bound=_NEVER if first else 1,
            medium_set_present_number=first,
            small_set_elements=elements if first else None,
            medium_set_elements=elements if first else None,
            syntax=syntax if first else None,
        )
        outcome = await self.ask(request, "the search")
        if not isinstance(outcome.answer, SearchResponse):
            return outcome
        self.times.append(loop.time() - began)
        response = outcome.answer
        records, failure = _read(response.records)
        if not response.status and failure is None:
            failure = DefaultDiagnostic(100, "the search failed without a diagnostic")
        return Outcome(max(0, response.count), records, failure, answer=response)

    async def find(self, attributes: str, term: bytes) -> Outcome:
        """A search for one term."""
        return await self.search(operand(attributes, term))

    async def present(
        self, start: int, count: int, syntax: Oid | None, elements: str | None, name: str = "default"
    ) -> Outcome:
        request = PresentRequest(start, count, name, composition=elements, syntax=syntax)
        outcome = await self.ask(request, "the records")
        if not isinstance(outcome.answer, PresentResponse):
            return outcome
        records, failure = _read(outcome.answer.records)
        if not records and failure is None:
            failure = DefaultDiagnostic(14, "no record came")
        return Outcome(len(records), records, failure, answer=outcome.answer)

    @property
    def databases(self) -> Sequence[str]:
        return self._databases


def _read(records: Records | None) -> tuple[tuple[External, ...], DefaultDiagnostic | None]:
    """Whole records, and the first diagnostic when there is none."""
    if records is None:
        return (), None
    if isinstance(records, DefaultDiagnostic):
        return (), records
    if isinstance(records, Diagnostics):
        found = [diagnostic for item in records.value for diagnostic in diagnostics.flat(item)]
        return (), found[0] if found else DefaultDiagnostic(100)
    assert isinstance(records, ResponseRecords)
    whole = tuple(item.record for item in records.value if isinstance(item.record, External))
    if whole:
        return whole, None
    for item in records.value:
        if isinstance(item.record, DefaultDiagnostic | SurrogateExternal):
            return (), diagnostics.flat(item.record)[0]
    return (), None
