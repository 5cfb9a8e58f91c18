"""What a session answers to each request: no sockets here, an APDU in and APDUs out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.core.errors import QueryError, UnsupportedQueryError
from gateway.core.query import Node as QueryNode
from gateway.core.query import Query
from gateway.core.serving import Catalogue, ResultSet
from gateway.frontends.z3950 import browsing, counting, failures
from gateway.frontends.z3950.failures import diagnose
from gateway.frontends.z3950.naming import LANGUAGES, Databases, negotiable
from gateway.frontends.z3950.options import ServerOptions
from gateway.frontends.z3950.presenting import Presenter, Selected
from gateway.frontends.z3950.refusal import Refusal
from gateway.frontends.z3950.segments import cut
from gateway.protocols.sru import cql
from gateway.protocols.z3950 import ber, charneg, oids
from gateway.protocols.z3950.apdu import (
    Apdu,
    Authentication,
    DefaultDiagnostic,
    IdPass,
    InfoUnit,
    InitRequest,
    InitResponse,
    OpenAuth,
    Option,
    PresentRequest,
    PresentResponse,
    PresentStatus,
    ResponseRecords,
    SearchRequest,
    SearchResponse,
    Segment,
)
from gateway.protocols.z3950.rpn import External, RpnQuery
from gateway.protocols.z3950.rpnquery import to_query
from gateway.protocols.z3950.services import (
    DeleteRequest,
    DeleteResponse,
    ExtendedServicesRequest,
    ExtendedServicesResponse,
    ListStatus,
    ResourceReportRequest,
    ResourceReportResponse,
    ScanRequest,
    ScanResponse,
    SortRequest,
    SortResponse,
)
from gateway.records.charset import codecs as charsets

_OPTIONS = frozenset(
    {Option.SEARCH, Option.PRESENT, Option.DELETE, Option.SCAN, Option.SORT, Option.TRIGGER_RESOURCE_CONTROL,
     Option.NAMED_RESULT_SETS, Option.NEGOTIATION, Option.QUERY_TYPE_104, Option.SEGMENTATION_1,
     Option.SEGMENTATION_2}
)  # fmt: skip


@dataclass(slots=True)
class Held:
    """A result set of the session with what made it."""

    results: ResultSet
    databases: tuple[str, ...]
    query: Query
    charset: str | None = None  #: of its records, when its database's name says so


class Handler:
    def __init__(self, catalogue: Catalogue, options: ServerOptions) -> None:
        self._catalogue = catalogue
        self._options = options
        self._databases = Databases(catalogue.databases)
        self._sets: dict[str, Held] = {}
        self._charset = charsets.canonical(options.term_charset)
        self._negotiated = False
        self._version = 3
        self._named_sets = True
        self._presenter = Presenter(options)

    async def answer(self, request: Apdu) -> tuple[Apdu, ...]:
        """The response, after its segments. Raises nothing but cancellation: what goes wrong becomes a diagnostic."""
        segments: tuple[Apdu, ...] = ()
        if isinstance(request, InitRequest):
            response: Apdu = self._init(request)
        elif isinstance(request, SearchRequest):
            response = await self._guarded_search(request)
        elif isinstance(request, PresentRequest):
            *segments_, response = await self._guarded_present(request)
            segments = tuple(replace(segment, reference_id=request.reference_id) for segment in segments_)
        elif isinstance(request, ScanRequest):
            response = await self._scan(request)
        elif isinstance(request, SortRequest):
            response = await self._sort(request)
        elif isinstance(request, DeleteRequest):
            response = self._delete(request)
        elif isinstance(request, ExtendedServicesRequest):
            response = ExtendedServicesResponse(diagnostics=(DefaultDiagnostic(221, request.package_type),))
        else:
            assert isinstance(request, ResourceReportRequest)
            response = ResourceReportResponse(status=5)
        return (*segments, replace(response, reference_id=request.reference_id))

    # ----------------------------------------------------------------------------------------------------- Init

    def _init(self, request: InitRequest) -> InitResponse:
        options = self._options
        self._version = 3 if 2 in request.versions else 2
        proposal = charneg.proposal_of(request)
        offered = _OPTIONS if proposal else _OPTIONS - {Option.NEGOTIATION}
        negotiated = frozenset(request.options) & offered
        self._named_sets = Option.NAMED_RESULT_SETS in negotiated
        level = 2 if Option.SEGMENTATION_2 in negotiated else 1 if Option.SEGMENTATION_1 in negotiated else 0
        self._presenter.limit(request.preferred_size, request.exceptional_size, level)
        other: tuple[InfoUnit, ...] | None = None
        if proposal is not None:
            other, charset = charneg.answer(proposal, known=negotiable, languages=LANGUAGES)
            if charset is not None:
                self._charset, self._negotiated = charset, True
                if proposal.records:
                    self._presenter.charset = charset
        accepted = self._welcome(request.authentication)
        return InitResponse(
            versions=frozenset(request.versions) & {0, 1, 2} or frozenset({0, 1}),
            options=negotiated,
            preferred_size=self._presenter.preferred,
            exceptional_size=self._presenter.exceptional,
            result=accepted,
            implementation_id="wenyuan",
            implementation_name=options.name,
            implementation_version="Wenyuan",
            user_information=None if accepted else failures.of_init(1011),
            other_info=other,
        )

    def _welcome(self, given: Authentication | None) -> bool:
        check = self._options.authenticate
        if check is None:
            return True
        if isinstance(given, IdPass):
            return check(given.user or "", given.password or "")
        if isinstance(given, OpenAuth):
            user, _, password = given.value.partition("/")
            return check(user, password)
        return False

    # --------------------------------------------------------------------------------------------------- Search

    async def _guarded_search(self, request: SearchRequest) -> SearchResponse:
        try:
            return await self._search(request)
        except Refusal as refusal:
            failure = refusal.diagnostic
        except Exception as error:  # whatever a catalogue does, the session goes on
            failure = diagnose(error)
        return SearchResponse(status=False, result_set_status=3, records=failure)

    async def _search(self, request: SearchRequest) -> SearchResponse:
        name = request.result_set
        if name != "default" and not self._named_sets:
            raise Refusal(22, name)
        if not request.replace and name in self._sets:
            raise Refusal(21, name)
        if name not in self._sets and len(self._sets) >= self._options.max_result_sets:
            raise Refusal(112, str(self._options.max_result_sets))
        databases, charset = self._databases.chosen(request.databases)
        decode = self._decoder(charset)
        query = self._query(request, decode)
        self._sets.pop(name, None)
        results = await self._catalogue.search(databases, query)
        self._sets[name] = Held(results, databases, query, charset)
        total = results.total
        counted = None
        if self._version == 3 and isinstance(request.query, RpnQuery):
            counted = await counting.report(self._catalogue, databases, request.query, total, decode)
        response = SearchResponse(count=total, next_position=1 if total else 0, additional_info=counted)
        count, elements = self._piggyback(request, total)
        if not count:
            return response
        try:
            found = await self._presenter.records(results, [(1, count)], Selected.of(elements, request.syntax), charset)
        except Refusal as refusal:
            return replace(response, present_status=PresentStatus.FAILURE, records=refusal.diagnostic)
        returned = len(found.records)
        return replace(
            response,
            returned=returned,
            next_position=returned + 1 if returned < total else 0,
            present_status=found.status,
            records=ResponseRecords(found.records),
        )

    @staticmethod
    def _piggyback(request: SearchRequest, total: int) -> tuple[int, object]:
        """How many records come with the response, and in which element set (3.2.2.1.6)."""
        if total <= request.small_set_upper_bound:
            return total, request.small_set_elements
        if total < request.large_set_lower_bound:
            return min(max(request.medium_set_present_number, 0), total), request.medium_set_elements
        return 0, None

    def _query(self, request: SearchRequest, decode: Callable[[bytes], str]) -> Query:
        query = request.query
        if isinstance(query, RpnQuery):
            return to_query(query, decode, self._nodes())
        if isinstance(query, External) and query.oid == oids.QUERY_CQL:
            return self._cql(query)
        raise Refusal(107, type(query).__name__)

    @staticmethod
    def _cql(query: External) -> Query:
        data = query.octets if query.octets is not None else ber.strip(query.single or b"")
        try:
            return cql.to_query(cql.parse(data.decode("utf-8")))
        except UnsupportedQueryError:
            raise
        except (QueryError, UnicodeDecodeError) as error:
            raise Refusal(108, str(error)) from error

    def _nodes(self) -> dict[str, QueryNode]:
        return {name: held.query.root for name, held in self._sets.items()}

    def _decoder(self, charset: str | None) -> Callable[[bytes], str]:
        """Reads terms; ``ValueError`` for octets that are not in the character set in force.

        What was negotiated holds for all databases. Nobody types MARC-8: with such a database terms stay as they were.
        """
        name = self._terms(charset)

        def decode(octets: bytes) -> str:
            text = charsets.decode_strict(octets, name)
            if text is None:
                raise ValueError(f"the term is not {name}")
            return text

        return decode

    def _terms(self, charset: str | None) -> str:
        return self._charset if self._negotiated or charset in (None, "marc-8") else charset or self._charset

    # -------------------------------------------------------------------------------------------------- Present

    async def _guarded_present(self, request: PresentRequest) -> tuple[Apdu, ...]:
        try:
            return await self._present(request)
        except Refusal as refusal:
            failure = refusal.diagnostic
        except Exception as error:
            failure = diagnose(error)
        return (PresentResponse(status=PresentStatus.FAILURE, records=failure),)

    async def _present(self, request: PresentRequest) -> tuple[Apdu, ...]:
        held = self._sets.get(request.result_set)
        if held is None:
            raise Refusal(30, request.result_set)
        total = held.results.total
        ranges = [(request.start, request.count)]
        ranges += [(extra.start, extra.count) for extra in request.additional_ranges or ()]
        for start, count in ranges:
            if start < 1 or count < 0 or start + count - 1 > total:
                raise Refusal(13, f"{start}+{count} of {total}")
        selected = Selected.of(request.composition, request.syntax)
        limits = self._presenter.limits(request)
        found = await self._presenter.records(held.results, ranges, selected, held.charset, limits)
        status, after = found.status, found.next_position
        contents, complete = cut(found.records, limits) if limits.level else ([found.records], len(found.records))
        if complete < len(found.records):
            status, after = PresentStatus.PARTIAL_2, found.positions[complete]
        *segments, last = contents
        response = PresentResponse(
            returned=complete,
            next_position=after if after <= total else 0,
            status=status,
            records=ResponseRecords(last),
        )
        return (*(Segment(returned=len(segment), records=segment) for segment in segments), response)

    # --------------------------------------------------------------------------------------- Scan, Sort, Delete

    async def _scan(self, request: ScanRequest) -> ScanResponse:
        try:
            databases, charset = self._databases.chosen(request.databases)
            name = self._terms(charset)
            return await browsing.scan(
                self._catalogue,
                databases,
                request,
                self._decoder(charset),
                lambda text: charsets.encode(text, name, "ncr"),
            )
        except Refusal as refusal:
            return browsing.scan_failure(refusal.diagnostic)
        except Exception as error:
            return browsing.scan_failure(diagnose(error))

    async def _sort(self, request: SortRequest) -> SortResponse:
        try:
            if not request.inputs:
                raise Refusal(208)
            if len(request.inputs) > 1:
                raise Refusal(230, "1")
            held = self._sets.get(request.inputs[0])
            if held is None:
                raise Refusal(30, request.inputs[0])
            if request.output not in self._sets and len(self._sets) >= self._options.max_result_sets:
                raise Refusal(112, str(self._options.max_result_sets))
            keys = browsing.sort_keys(request)
            query = replace(held.query, sort=keys)
            results = await self._catalogue.search(held.databases, query)
            self._sets[request.output] = Held(results, held.databases, query, held.charset)
            return SortResponse(count=results.total)
        except Refusal as refusal:
            failure = refusal.diagnostic
        except UnsupportedQueryError as error:
            failure = DefaultDiagnostic(207, error.message)
        except Exception as error:
            failure = diagnose(error)
        return SortResponse(status=2, result_set_status=3, diagnostics=(failure,))

    def _delete(self, request: DeleteRequest) -> DeleteResponse:
        if request.function == 1:
            self._sets.clear()
            return DeleteResponse(status=0)
        statuses = tuple(
            ListStatus(name, 1 if self._sets.pop(name, None) is None else 0) for name in request.result_sets or ()
        )
        failed = sum(1 for status in statuses if status.status)
        return DeleteResponse(status=9 if failed else 0, statuses=statuses or None)
