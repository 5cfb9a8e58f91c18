"""A :class:`~gateway.core.ports.Connector` over SRU 1.1, 1.2 and 2.0.

Options of a target (``options:`` in its file, or query parameters of its URL):

- ``version``: 1.1, 1.2 (default) or 2.0; ``schema``: record schema, else by ``syntax``; ``packing``: xml or string
- ``method``: get or post; ``relations``: the CQL relations that the server knows, separated by blanks
- ``explain``: yes to read the server's explain once, before the first search: an index that it does not list is then
  refused (some servers answer an unknown index with their whole catalogue), and its limit of records is kept
- ``x-…``: sent with every request as it is
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote

from yarl import URL

from connectors.http import Http, Service, address_of
from gateway.core.deadline import Deadline
from gateway.core.errors import ConfigurationError, UnsupportedQueryError
from gateway.core.ports import Page
from gateway.core.query import Query
from gateway.core.record import RawRecord
from gateway.core.target import Diagnostic, Target
from gateway.protocols.sru.context_sets import usual_indexes
from gateway.protocols.sru.cql_ast import SERVER_CHOICE
from gateway.protocols.sru.cql_target import RELATIONS, from_query
from gateway.protocols.sru.diagnostics import SRUDiagnostic
from gateway.protocols.sru.explain import Explain, parse_explain
from gateway.protocols.sru.request import VERSIONS, SearchRequest, encode, explain_parameters, search_parameters
from gateway.protocols.sru.response import SearchResponse, SRURecord, parse_search

#: Record syntaxes by their Z39.50 names, as the schema that SRU servers know them by.
_SCHEMAS = {
    "": "marcxml", "usmarc": "marcxml", "marc21": "marcxml", "xml": "marcxml", "opac": "marcxml", "sutrs": "marcxml",
    "unimarc": "unimarcxml", "cnmarc": "cnmarcxml",
}  # fmt: skip
_SERVICE = Service(
    "SRU",
    b"searchRetrieveResponse",
    {
        "Accept": "application/sru+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
        "User-Agent": "Wenyuan (SRU client)",
    },
)
#: Bytes of an answer that are read: so many, and so many for each record asked for. ISO 2709 ends at 99,999 bytes a
#: record; as XML that is twice as much and more. What is larger costs memory in every target that errs at once.
_BODY, _BODY_OF_RECORD = 1_000_000, 256_000
_OUT_OF_RANGE = 61
_SCHEMA_REFUSED = (66, 67)


def connect(target: Target) -> SRUConnector:
    """Raises ``ConfigurationError`` when the target's address or options make no sense; opens nothing yet."""
    return SRUConnector(target)


class SRUConnector:
    """One target; one HTTP session for all its searches."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._who = target.label("en")
        self._url = _address(target)
        self._http = Http(target, _SERVICE, connections=target.max_connections)
        self._indexes = _index_map(target)
        options = target.options
        self._version = options.get("version", "1.2")
        if self._version not in VERSIONS:
            raise ConfigurationError(f"{target.id}: SRU version '{self._version}' is not one of {', '.join(VERSIONS)}")
        self._schema = options.get("schema") or _SCHEMAS.get(target.syntax.lower(), target.syntax)
        self._schema_is_a_guess = "schema" not in options
        self._wants_explain = options.get("explain", "").lower() in ("yes", "true", "1", "on")
        self._explaining: asyncio.Task[Explain] | None = None
        self._packing = options.get("packing", "xml")
        self._post = options.get("method", "get").lower() == "post"
        self._relations = frozenset(options["relations"].split()) if "relations" in options else RELATIONS
        self._extra = {name: value for name, value in options.items() if name.lower().startswith("x-")}
        self._base = self._url.with_query(None)
        kept = self._url.raw_query_string
        self._prefix = f"{kept}&" if kept else ""

    async def close(self) -> None:
        if self._explaining is not None:
            self._explaining.cancel()
            await asyncio.wait((self._explaining,))
            self._explaining = None
        await self._http.close()

    def cql(self, query: Query) -> str:
        """The query as this target is asked; raises ``UnsupportedQueryError``."""
        return from_query(query, self._indexes, relations=self._relations)

    async def search(self, query: Query, *, start: int, limit: int, deadline: Deadline) -> AsyncIterator[Page]:
        """Pages from 1-based ``start``, at most ``limit`` records; see :class:`gateway.core.ports.Connector`."""
        text = self.cql(query)
        at = deadline.earlier(self._target.timeout, asyncio.get_running_loop().time()).at
        position, left, size = start, limit, max(1, self._target.page_size)
        if self._wants_explain:
            explain = await self._explained(at)
            self._check_indexes(query, explain)
            size = min(size, explain.max_records or size)
        first = True
        while first or left > 0:
            asked = min(size, left)
            answer = await self._ask(text, position, asked, at)
            if self._schema_is_a_guess and _lacks_schema(answer):
                self._schema = ""  # the server's own choice; what came is seen by the record itself
                self._schema_is_a_guess = False
                answer = await self._ask(text, position, asked, at)
            self._raise_for(answer, position, first)
            notes = [_note(each) for each in (*answer.diagnostics, *answer.surrogates)]
            notes += [
                Diagnostic(f"A record of {self._who} cannot be read", kind="data", detail=f) for f in answer.faults
            ]
            records = tuple(self._raw(record, position + offset) for offset, record in enumerate(answer.records[:left]))
            got = answer.delivered
            end = position + got > answer.total
            if not got and asked and position <= answer.total:
                notes.append(
                    Diagnostic(
                        f"{self._who} says that it has {answer.total} records, but gave none from {position} on",
                        kind="remote-protocol",
                    )
                )
            elif 0 < got < asked and not end:
                size = got  # it caps maximumRecords without saying so: ask for what it gives
            yield Page(answer.total, records, tuple(notes))
            first = False
            if not got or end:
                return
            position += got
            left -= got

    async def _explained(self, at: float) -> Explain:
        """What the server says of itself, asked once for all searches; a failure is not kept."""
        task = self._explaining
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._explaining = asyncio.create_task(self._explain(at))
            # whoever waited may have given up before it failed
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(task)

    async def _explain(self, at: float) -> Explain:
        encoded = self._prefix + encode(explain_parameters(self._version))
        body = await self._http.fetch(URL(f"{self._base}?{encoded}", encoded=True), at)
        return parse_explain(body, self._who, self._target.record_charset)

    def _check_indexes(self, query: Query, explain: Explain) -> None:
        for clause in query.clauses():
            index = self._indexes[clause.index]
            if index.lower() != SERVER_CHOICE.lower() and not explain.knows_index(index):
                raise UnsupportedQueryError(
                    f"{self._who} does not list the index '{index}'; map '{clause.index}' to one that it has",
                    feature=f"index {index}",
                )

    async def _ask(self, query: str, start: int, maximum: int, at: float) -> SearchResponse:
        request = SearchRequest(query, self._version, start, maximum, self._schema, self._packing, extra=self._extra)
        charset = self._target.term_charset
        try:
            encoded = self._prefix + encode(search_parameters(request), charset)
        except UnicodeEncodeError as error:
            raise UnsupportedQueryError(
                f"{self._who} takes queries in {charset}, which has no '{error.object[error.start]}'",
                feature=f"character {error.object[error.start]}",
            ) from error
        most = _BODY + maximum * _BODY_OF_RECORD
        if self._post:
            body = await self._http.fetch(self._base, at, encoded.encode("ascii"), most=most)
        else:
            body = await self._http.fetch(URL(f"{self._base}?{encoded}", encoded=True), at, most=most)
        return parse_search(body, self._who, self._target.record_charset)

    def _raise_for(self, answer: SearchResponse, position: int, first: bool) -> None:
        """A diagnostic that stands instead of the records is an error, unless it only says that there are no more."""
        if _lacks_schema(answer) and answer.surrogates:
            raise answer.surrogates[0].error(self._who)
        if answer.delivered or not answer.diagnostics:
            return
        worst = answer.diagnostics[0]
        if worst.number == _OUT_OF_RANGE and (answer.total < position or not first):
            return
        if answer.total and worst.number is not None and worst.number in (58, 59):
            return
        raise worst.error(self._who)

    def _raw(self, record: SRURecord, position: int) -> RawRecord:
        return RawRecord(
            self._target.id,
            record.payload,
            record.format,
            self._target.flavour or record.flavour,
            "utf-8",  # the XML was read; its payload is written in UTF-8 whatever it came in
            record.identifier or None,
            record.position or position,
        )


def _lacks_schema(answer: SearchResponse) -> bool:
    """Whether nothing came because the server does not know the schema that was asked for."""
    told = (*answer.diagnostics, *answer.surrogates)
    return not answer.records and bool(told) and all(each.number in _SCHEMA_REFUSED for each in told)


def _note(diagnostic: SRUDiagnostic) -> Diagnostic:
    return Diagnostic(diagnostic.words, "remote", diagnostic.uri, diagnostic.details or diagnostic.message)


def _address(target: Target) -> URL:
    written = target.url.removeprefix("sru+")
    if not written and target.host:
        written = f"http://{target.host}:{target.port or 80}/{quote(target.database)}"
    return address_of(target, written, "SRU")


def _index_map(target: Target) -> Mapping[str, str]:
    """The usual CQL indexes, overridden by the target's own; an empty value takes one away."""
    return {name: index for name, index in {**usual_indexes(), **target.attributes}.items() if index}
