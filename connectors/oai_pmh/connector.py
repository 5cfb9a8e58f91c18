"""A connector that harvests: OAI-PMH 2.0 cannot be searched, so what it gives is copied into the shared index.

Options of a target (``options:`` in its file, or query parameters of its URL):

- ``prefix``: metadataPrefix, else the best of those that the repository lists (MARC, then MODS, then Dublin Core)
- ``set``: harvest this set only
- ``overlap``: seconds by which a selective harvest begins before the last one began (default 3600), for servers that
  commit late
- ``strip``: taken off the front of identifiers, so that they are those by which the library's other systems know the
  record (``oai:koha.example:KOHA-``)
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from yarl import URL

from connectors.http import Http, Service, address_of
from connectors.oai_pmh.cursor import Cursor, Loops
from gateway.core.deadline import Deadline
from gateway.core.errors import ConfigurationError, FatalTargetError, UnsupportedQueryError, WenyuanError
from gateway.core.ports import Batch, Page
from gateway.core.query import Query
from gateway.core.record import RawRecord
from gateway.core.target import Target
from gateway.protocols.oaipmh import request
from gateway.protocols.oaipmh.dates import Granularity, format_date, parse_date
from gateway.protocols.oaipmh.errors import OAIError, target_error
from gateway.protocols.oaipmh.response import (
    HarvestedRecord,
    Identify,
    ListAnswer,
    MetadataFormat,
    parse_formats,
    parse_identify,
    parse_list,
)

_LOG = logging.getLogger(__name__)
#: Parts of names of metadata prefixes and namespaces, the best first.
_WANTED = (
    "cnmarc", "unimarc", "marc21", "marcxml", "slim", "marcxchange", "marc", "mods", "oai_dc", "dc",
)  # fmt: skip
_OVERLAP = 3600.0
#: Seconds for one answer at least: a part of a list is more work for a server than a search.
PATIENCE = 120.0
_SERVICE = Service(
    "OAI-PMH",
    b"OAI-PMH",
    {
        "Accept": "text/xml, application/xml;q=0.9, */*;q=0.1",
        "Accept-Encoding": "gzip, deflate",
        "User-Agent": "Wenyuan (OAI-PMH harvester)",
    },
    cut_is_retriable=True,  # a harvest is in no hurry
)
#: A list whose token expires is begun again; not for ever.
MAX_RESTARTS = 3


def connect(target: Target) -> OAIConnector:
    """Raises ``ConfigurationError`` when the target's address or options make no sense; opens nothing yet."""
    return OAIConnector(target)


class OAIConnector:
    """One repository. ``harvest`` asks one thing at a time; a repository is asked by one harvest only."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._who = target.label("en")
        self._http = Http(target, _SERVICE, connections=2)
        self._url = address_of(target, target.url.removeprefix("oai+"), "OAI-PMH", "oai+")
        self._set = target.options.get("set", "")
        self._strip = target.options.get("strip", "")
        self._prefix = target.options.get("prefix", "")
        self._of = blake2b(
            "\0".join((str(self._url), self._set, self._prefix, self._strip)).encode(), digest_size=8
        ).hexdigest()
        self._overlap = _seconds(target, "overlap", _OVERLAP)

    async def close(self) -> None:
        await self._http.close()

    def search(self, query: Query, *, start: int, limit: int, deadline: Deadline) -> AsyncIterator[Page]:
        """Always refused: the records of a harvested library are found in the shared index."""
        raise UnsupportedQueryError(
            f"{self._who} cannot be searched live; its harvested records are in the shared index", feature="search"
        )

    async def harvest(self, cursor: str = "") -> AsyncIterator[Batch]:
        """See :class:`gateway.core.ports.HarvestingConnector`; one batch is one part of the repository's list."""
        at = Cursor.read(cursor)
        if at.of != self._of:
            at = Cursor(of=self._of)  # of another repository, set or format: it says nothing about this one
        identify = await self._identify()
        prefix = at.prefix or await self._best_prefix()
        if not at.token:
            at = at.begin(prefix, self._since(at, identify))
        loops, restarts = Loops(self._who), 0
        while True:
            answer = await self._part(at)
            if (error := _refusal(answer)) is not None:
                at = self._mended(at, error, restarts)
                loops, restarts = Loops(self._who), restarts + 1
                continue
            loops.check(at.token, answer)
            at = self._next(at, answer)
            yield self._batch(at, answer, identify)
            if not at.token:
                return

    async def _fetch(self, parameters: request.Parameters) -> bytes:
        kept = self._url.raw_query_string
        encoded = f"{kept}&{request.encode(parameters)}" if kept else request.encode(parameters)
        url = URL(f"{self._url.with_query(None)}?{encoded}", encoded=True)
        until = asyncio.get_running_loop().time() + max(PATIENCE, self._target.timeout)
        return await self._http.fetch(url, until)

    async def _part(self, at: Cursor) -> ListAnswer:
        """The part of the list that the cursor points at."""
        if at.token:
            asked = request.resume("ListRecords", at.token)
        else:
            asked = request.begin_list("ListRecords", at.prefix, since=at.since, set_spec=self._set)
        return parse_list(await self._fetch(asked), self._who, self._target.record_charset)

    def _mended(self, at: Cursor, error: OAIError, restarts: int) -> Cursor:
        """Where to go on after an error; raises when nothing helps."""
        if error.code == "badResumptionToken" and at.token:
            if restarts >= MAX_RESTARTS:
                raise FatalTargetError(
                    f"{self._who} forgets its resumption tokens before its list ends; after {MAX_RESTARTS} new "
                    "beginnings this harvest is given up",
                    detail=error.words,
                )
            _LOG.warning("%s does not know its token any more (%s); its list begins again", self._who, error.words)
            return at.restarted()
        if error.code == "badArgument" and not at.token and "T" in at.since:
            return at.begin(at.prefix, at.since[:10])  # it says seconds, but takes days only
        raise target_error(error, self._who)

    def _next(self, at: Cursor, answer: ListAnswer) -> Cursor:
        began = at.began or _usable(answer.response_date)
        if answer.token:
            return at.on(answer.token, began)
        return at.done(began)

    def _since(self, at: Cursor, identify: Identify | None) -> str:
        """``from`` of a new list: the beginning of the last complete harvest, less the overlap; "" for everything."""
        if not at.last:
            return ""
        instant = parse_date(at.last) - timedelta(seconds=self._overlap)
        return format_date(instant, identify.granularity if identify is not None else Granularity.SECOND)

    async def _identify(self) -> Identify | None:
        """None when the repository cannot tell who it is, but may still list its records."""
        try:
            found = parse_identify(await self._fetch(request.simple("Identify")), self._who)
        except WenyuanError as error:
            if error.kind == "retriable" or error.kind == "timeout":
                raise
            _LOG.warning("%s does not identify itself: %s", self._who, error)
            return None
        return found if isinstance(found, Identify) else None

    async def _best_prefix(self) -> str:
        if self._prefix:
            return self._prefix
        found = parse_formats(await self._fetch(request.simple("ListMetadataFormats")), self._who)
        if isinstance(found, OAIError) or not found:
            return "oai_dc"  # every repository must have it (section 3.4)
        return min(found, key=_rank).prefix

    def _batch(self, at: Cursor, answer: ListAnswer, identify: Identify | None) -> Batch:
        last: dict[str, HarvestedRecord] = {}
        for record in answer.records:
            name = record.header.identifier
            last.pop(name, None)  # listed twice in one part: the later one counts
            last[name] = record
        records = tuple(self._raw(record) for record in last.values() if not record.header.deleted)
        gone = tuple(name.removeprefix(self._strip) for name, record in last.items() if record.header.deleted)
        notes: tuple[str, ...] = ()
        if identify is not None and identify.deleted != "persistent" and not at.token:
            notes = (
                f"{self._who} keeps {'no' if identify.deleted == 'no' else 'only some'} record of deletions; harvest "
                "it in full from time to time",
            )
        return Batch(records, at.write(), gone, answer.faults, notes, answer.total)

    def _raw(self, record: HarvestedRecord) -> RawRecord:
        return RawRecord(
            self._target.id,
            record.payload,
            record.format,
            self._target.flavour,
            "utf-8",  # the XML was read; its payload is written in UTF-8 whatever it came in
            record.header.identifier.removeprefix(self._strip),
        )


def _refusal(answer: ListAnswer) -> OAIError | None:
    """The error that stands in place of the records; that none match is no error."""
    if answer.records or not answer.errors or answer.errors[0].code == "noRecordsMatch":
        return None
    return answer.errors[0]


def _rank(each: MetadataFormat) -> int:
    words = f"{each.prefix} {each.namespace} {each.schema}".lower()
    return next((at for at, part in enumerate(_WANTED) if part in words), len(_WANTED))


def _usable(date: str) -> str:
    """The server's own time when it says one that can be read; else ours, and a day for the clocks' difference."""
    try:
        return format_date(parse_date(date, strict=False))
    except ValueError:
        return format_date(datetime.now(UTC) - timedelta(days=1))


def _seconds(target: Target, name: str, usual: float) -> float:
    written = target.options.get(name, "")
    try:
        value = float(written) if written else usual
    except ValueError:
        value = -1.0
    if not 0 <= value <= 366 * 86_400:
        raise ConfigurationError(f"{target.id}: the option {name}={written!r} is no number of seconds up to a year")
    return value
