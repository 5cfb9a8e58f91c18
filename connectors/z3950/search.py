"""One search of one target: Search with as many records as the target gives at once, then Present in chunks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.z3950 import browsing, counts, failures
from connectors.z3950.session import Session, expect_present, expect_search
from gateway.core.errors import RemoteProtocolError
from gateway.core.ports import Page
from gateway.core.record import RawRecord
from gateway.core.target import Diagnostic, Target
from gateway.protocols.z3950 import diagnostics, oids
from gateway.protocols.z3950.apdu import (
    CompSpec,
    DefaultDiagnostic,
    Diagnostics,
    NamePlusRecord,
    PresentRequest,
    PresentResponse,
    Records,
    ResponseRecords,
    SearchRequest,
    SearchResponse,
    Specification,
    SurrogateExternal,
    Uri,
)
from gateway.protocols.z3950.ber import BerError, Oid
from gateway.protocols.z3950.records import payload
from gateway.protocols.z3950.rpn import External, RpnQuery
from gateway.protocols.z3950.services import SortKeySpec
from gateway.records.charset import decode

_NEVER = (1 << 31) - 1
_CURABLE = diagnostics.SYNTAX_CONDITIONS | diagnostics.ELEMENT_SET_CONDITIONS | {14}


@dataclass(frozen=True, slots=True)
class Form:
    """How records are asked for."""

    syntax: Oid | None
    element_set: str | None
    schema: Oid | Uri | None = None  #: of XML records

    @property
    def composition(self) -> str | CompSpec | None:
        """What a Present request says about the contents: a name, or a specification where a schema is wanted."""
        if self.schema is None:
            return self.element_set
        return CompSpec(select_alternative=False, generic=Specification(self.schema, self.element_set))


class Asking:
    """The requests and answers of one search; ``form`` is what worked in the end, for the searches that follow.

    ``charsets`` binds character sets to record syntaxes, by their OIDs; others come in the one that was negotiated for
    records, or else in the target's own.
    """

    def __init__(
        self,
        target: Target,
        session: Session,
        forms: Sequence[Form],
        *,
        databases: Sequence[str],
        charsets: Mapping[str, str],
        piggyback: bool,
        pipeline: bool,
    ) -> None:
        self._target = target
        self._session = session
        self._forms = list(forms)
        self.form = self._forms.pop(0)
        self._piggyback = piggyback
        self._databases = tuple(databases)
        self._charsets = charsets
        self._charset = session.record_charset or target.record_charset
        self._pipeline = pipeline
        self._total = 0

    def _decode(self, term: bytes) -> str:
        return decode(term, self._session.charset or self._target.term_charset)[0]

    @property
    def _peer(self) -> str:
        return self._session.peer

    async def run(
        self, query: RpnQuery, start: int, limit: int, sort: tuple[SortKeySpec, ...] = ()
    ) -> AsyncIterator[Page]:
        """``sort``: the target orders the result set before any record is asked for."""
        size = max(1, self._target.page_size)
        first = min(size, limit) if self._piggyback and start == 1 and not sort else 0
        response = await self._search(query, first)
        self._total = max(0, response.count)
        if sort and self._total > 1:
            await browsing.sort(self._session, sort)
        position, last = start, min(start + limit - 1, self._total)
        page = Page(self._total, ())
        if first:
            records, failure = self._outcome(response.records)
            if failure is None:
                page = self._page(records, position)
            elif not self._adapt(failure):
                raise failures.of_diagnostic(failure, self._peer, "the records of the search")
            position += len(records)
        if not self._total:
            note = counts.explanation(counts.of_response(response, self._decode))
            page = replace(page, diagnostics=(*page.diagnostics, note)) if note else page
        done = position > last
        if page.records or page.diagnostics or done:
            yield page
        if not done:
            async for page in self._present(position, last, size):
                yield page

    async def _search(self, query: RpnQuery, first: int) -> SearchResponse:
        answer = await self._session.request(
            SearchRequest(
                query=query,
                databases=self._databases,
                small_set_upper_bound=first,
                large_set_lower_bound=_NEVER if first else 1,
                medium_set_present_number=first,
                small_set_elements=self.form.element_set if first else None,
                medium_set_elements=self.form.element_set if first else None,
                syntax=self.form.syntax if first else None,
            ),
            "the search",
        )
        response = expect_search(answer, self._peer)
        if not response.status:
            _, failure = self._outcome(response.records)
            raise failures.of_diagnostic(
                failure or DefaultDiagnostic(100, "the search failed without a diagnostic"), self._peer, "the search"
            )
        return response

    async def _present(self, position: int, last: int, size: int) -> AsyncIterator[Page]:
        """Pages from ``position`` to ``last``; several requests are on their way when the target bears it."""
        while position <= last:
            wanted = [(at, min(size, last - at + 1)) for at in range(position, last + 1, size)]
            if not self._pipeline:
                del wanted[1:]
            futures = [self._session.request(self._request(at, count), "the records") for at, count in wanted]
            for (at, count), future in zip(wanted, futures, strict=True):
                response = expect_present(await future, self._peer)
                records, failure = self._outcome(response.records)
                if failure is not None or not records:
                    for late in futures[futures.index(future) + 1 :]:
                        await late  # their answers must be read before the session can be asked anew
                    if failure is not None and self._adapt(failure):
                        position = at
                        break
                    yield self._stopped(failure, response)
                    return
                page = self._page(records[:count], at)
                position = at + len(page.records) + len(page.diagnostics)
                yield page
                if len(records) < count:
                    self._pipeline = False  # the target sends fewer at once than it was asked for: follow its pace
                    for late in futures[futures.index(future) + 1 :]:
                        await late
                    break

    def _request(self, start: int, count: int) -> PresentRequest:
        return PresentRequest(start, count, composition=self.form.composition, syntax=self.form.syntax)

    def _stopped(self, failure: DefaultDiagnostic | None, response: PresentResponse) -> Page:
        """The set cannot be read to its end: what came stays, and the last page says why."""
        if failure is not None and not self._total:
            raise failures.of_diagnostic(failure, self._peer, "the records")
        note = (
            diagnostics.to_core(failure)
            if failure is not None
            else Diagnostic(
                f"{self._peer} stopped sending records before the end of its result set",
                detail=f"present status {response.status}",
            )
        )
        return Page(self._total, (), (note,))

    # ------------------------------------------------------------------------------------------------ understanding

    def _outcome(self, records: Records | None) -> tuple[tuple[NamePlusRecord, ...], DefaultDiagnostic | None]:
        """Records, or the diagnostic that came in their place."""
        if records is None:
            return (), None
        if isinstance(records, ResponseRecords):
            failure = self._unanimous(records.value)
            return ((), failure) if failure is not None else (records.value, None)
        if isinstance(records, Diagnostics):
            found = [diagnostic for item in records.value for diagnostic in diagnostics.flat(item)]
            return (), found[0] if found else DefaultDiagnostic(100)
        return (), records

    def _unanimous(self, records: tuple[NamePlusRecord, ...]) -> DefaultDiagnostic | None:
        """The diagnostic, when every record was replaced by one that another form of asking may cure."""
        first = None
        for item in records:
            record = item.record
            if not isinstance(record, DefaultDiagnostic | SurrogateExternal):
                return None
            diagnostic = diagnostics.flat(record)[0]
            if not curable(diagnostic.condition):
                return None
            first = first or diagnostic
        return first if self._forms else None

    def _adapt(self, failure: DefaultDiagnostic) -> bool:
        """Go on to a form of asking that differs in what the diagnostic is about."""
        old = self.form
        about_syntax = failure.condition in diagnostics.SYNTAX_CONDITIONS
        if not curable(failure.condition):
            return False
        while self._forms:
            form = self._forms.pop(0)
            if not about_syntax or form.syntax != old.syntax:
                self.form = form
                return True
        return False

    def _page(self, records: Sequence[NamePlusRecord], position: int) -> Page:
        target = self._target
        source, flavour, usual = target.id, target.flavour, self._charset
        out: list[RawRecord] = []
        notes: list[Diagnostic] = []
        for at, item in enumerate(records, position):
            record = item.record
            if isinstance(record, External):
                charset = self._charsets.get(record.oid or "", usual)
                if record.oid in oids.MARC_SYNTAXES and record.octets is not None and record.octets[:1] != b"<":
                    out.append(RawRecord(source, record.octets, "iso2709", flavour, charset, None, at))
                    continue
                try:
                    found = payload(record, source=source, charset=charset)
                except BerError as error:
                    notes.append(Diagnostic(f"Record {at} cannot be read", kind="data", detail=str(error)))
                    continue
                out.append(RawRecord(source, found.data, found.format, flavour, charset, None, at, found.holdings))
            elif isinstance(record, DefaultDiagnostic | SurrogateExternal):
                notes.extend(diagnostics.to_core(diagnostic, kind="data") for diagnostic in diagnostics.flat(record))
            else:
                raise RemoteProtocolError(f"{self._peer} sent a fragment of a record, which was not negotiated")
        return Page(self._total, tuple(out), tuple(notes))


def curable(condition: int) -> bool:
    """Whether another syntax or element set may help. 14 is what yaz-ztest says to an element set that it lacks."""
    return (
        condition == 14 or condition in diagnostics.SYNTAX_CONDITIONS or condition in diagnostics.ELEMENT_SET_CONDITIONS
    )
