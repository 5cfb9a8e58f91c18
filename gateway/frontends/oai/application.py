"""aiohttp application that gives the shared index to harvesters (OAI-PMH 2.0), by GET and POST.

The state of a list is in its resumption token alone, signed with a key that all gateways of one index share, so that
any of them can go on with it. Every protocol error is an OAI-PMH answer with HTTP status 200.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from aiohttp import web

from gateway.core.ports import Listed, Listing, ListingIndex, NotingIndex
from gateway.core.target import Target
from gateway.frontends.oai.formats import FORMATS
from gateway.frontends.oai.sets import Sets
from gateway.protocols.oaipmh import server_response as xml
from gateway.protocols.oaipmh.dates import stamp
from gateway.protocols.oaipmh.errors import RefusedError, refused
from gateway.protocols.oaipmh.response import Header
from gateway.protocols.oaipmh.server_request import ServerRequest, read_range, read_request
from gateway.protocols.oaipmh.token import Resumption, read_token, write_token

_KEY = "oai-token-key"
MAX_REQUEST = 64 * 1024  #: bytes of a POSTed form
MAX_FIELDS = 50
TOKEN_SECONDS = 3 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Options:
    """How the repository calls itself, and how much it gives at once."""

    name: str = "文渊 Wenyuan"
    emails: Sequence[str] = ("admin@wenyuan.example",)
    domain: str = "wenyuan.example"  #: in ``oai:DOMAIN:ID``; must never change once somebody has harvested
    public_url: str = ""  #: baseURL; "" for the address by which the harvester came
    records: int = 200  #: records of one ListRecords answer
    headers: int = 1000  #: headers of one ListIdentifiers answer


def application(
    index: ListingIndex,
    targets: Sequence[Target] = (),
    options: Options = Options(),
    *,
    clock: Callable[[], float] = time.time,
) -> web.Application:
    """For any prefix, or for a server of its own. ``clock`` gives seconds since 1970."""
    door = _Door(index, Sets(targets), options, clock)
    app = web.Application()
    for path in ("", "/"):
        app.router.add_route("GET", path, door.get)
        app.router.add_route("POST", path, door.post)
    return app


class _Door:
    def __init__(self, index: ListingIndex, sets: Sets, options: Options, clock: Callable[[], float]) -> None:
        self._index = index
        self._sets = sets
        self._options = options
        self._clock = clock
        self._key: bytes | None = None
        self._prefix = f"oai:{options.domain}:"

    async def get(self, request: web.Request) -> web.Response:
        return await self._answer(request, request.rel_url.raw_query_string)

    async def post(self, request: web.Request) -> web.Response:
        body = bytearray()
        async for part in request.content.iter_any():
            body += part
            if len(body) > MAX_REQUEST:
                raise web.HTTPRequestEntityTooLarge(MAX_REQUEST, len(body))
        return await self._answer(request, body.decode("ascii", "replace"))

    async def _answer(self, request: web.Request, encoded: str) -> web.Response:
        now = int(self._clock())  # before anything is read: what changes from here on is not in this answer
        base = self._options.public_url or f"{request.scheme}://{request.host}{request.path}"
        asked: ServerRequest | None = None
        try:
            asked = read_request(_parameters(encoded))
            body = await self._body(asked, base, now)
            text = xml.answer(body, base, asked.verb, asked.arguments, now)
        except RefusedError as error:
            verb, arguments = (asked.verb, asked.arguments) if asked is not None else ("", {})
            text = xml.refusal(error.errors, base, verb, arguments, now)
        response = web.Response(body=text.encode("utf-8"), content_type="text/xml", charset="utf-8")
        response.headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("Accept-Encoding", "").lower():
            response.enable_compression(web.ContentCoding.gzip)
        return response

    async def _body(self, asked: ServerRequest, base: str, now: int) -> str:
        if asked.verb == "Identify":
            return await self._identify(base, now)
        if asked.verb == "ListMetadataFormats":
            if asked.get("identifier"):
                await self._one(asked.get("identifier"))
            return xml.formats(offered for offered, _ in FORMATS.values())
        if asked.verb == "ListSets":
            if asked.get("resumptionToken"):
                raise refused("badResumptionToken", "the sets of this repository are given at once, without a token")
            return xml.sets(self._sets.described(await self._index.sources()))
        if asked.verb == "GetRecord":
            _check_prefix(asked.get("metadataPrefix"))
            found = await self._one(asked.get("identifier"))
            item = await asyncio.to_thread(self._record, found, asked.get("metadataPrefix"))
            return xml.listing("GetRecord", [item], None)
        return await self._list(asked, now)

    async def _identify(self, base: str, now: int) -> str:
        first = await self._index.listed_first()
        return xml.identify(
            xml.Repository(
                self._options.name,
                base,
                self._options.emails,
                first if first is not None else now,
                self._options.domain,
                f"{self._prefix}w234567abcdefghi",
                ("gzip",),
            )
        )

    async def _one(self, identifier: str) -> Listed:
        found = None
        if identifier.startswith(self._prefix):
            found = await self._index.listed_one(identifier[len(self._prefix) :], whole=True)
        if found is None:
            raise refused("idDoesNotExist", f"there is no record '{identifier[:200]}' in this repository")
        return found

    async def _list(self, asked: ServerRequest, now: int) -> str:
        key = await self._token_key()
        token = asked.get("resumptionToken")
        if token:
            state = read_token(token, key, now)
            if state.verb != asked.verb:
                raise refused("badResumptionToken", f"this token was given for {state.verb}")
        else:
            state = Resumption(
                asked.verb, asked.get("metadataPrefix"), asked.get("from"), asked.get("until"), asked.get("set"),
                "", 0, 0, 0,
            )  # fmt: skip
        _check_prefix(state.prefix)
        listing = await self._listing(state)
        whole = state.verb == "ListRecords"
        size = self._options.records if whole else self._options.headers
        found = await self._index.listed(listing, after=state.mark, size=size + 1, whole=whole)
        part = found[:size]
        if not part and not token:
            raise refused("noRecordsMatch", "no record was changed in this time, in this set")
        expires = now + TOKEN_SECONDS
        ended: xml.Token | None = None
        if len(found) > size:
            total = state.total or await self._index.listed_count(listing)
            following = replace(
                state, mark=part[-1].mark, cursor=state.cursor + len(part), total=total, expires=expires
            )
            ended = xml.Token(write_token(following, key), state.cursor, total, expires)
        elif token:
            ended = xml.Token("", state.cursor, state.total)
        return await asyncio.to_thread(self._rendered, state, part, ended)

    def _rendered(self, state: Resumption, part: Sequence[Listed], token: xml.Token | None) -> str:
        if state.verb == "ListRecords":
            items = [self._record(each, state.prefix) for each in part]
        else:
            items = [xml.header(self._header(each)) for each in part]
        return xml.listing(state.verb, items, token)

    async def _listing(self, state: Resumption) -> Listing:
        since, until = read_range(state.since, state.until)
        sources = None
        if state.set_spec:
            sources = self._sets.sources(state.set_spec, await self._index.sources())
        return Listing(since, until, sources)

    def _record(self, listed: Listed, prefix: str) -> str:
        if listed.union is None:
            return xml.record(replace(self._header(listed), deleted=True), "")
        return xml.record(self._header(listed), FORMATS[prefix][1](listed.union))

    def _header(self, listed: Listed) -> Header:
        return Header(self._prefix + listed.id, stamp(listed.at), self._sets.of(listed.sources), listed.gone)

    async def _token_key(self) -> bytes:
        if self._key is None:
            kept = await self._index.note(_KEY) if isinstance(self._index, NotingIndex) else None
            if kept is None:
                kept = secrets.token_hex(32)
                if isinstance(self._index, NotingIndex):
                    await self._index.set_note(_KEY, kept)
            self._key = bytes.fromhex(kept)
        return self._key


def _parameters(encoded: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise refused("badArgument", f"at most {MAX_FIELDS} arguments in UTF-8 are read") from error


def _check_prefix(prefix: str) -> None:
    if prefix not in FORMATS:
        raise refused("cannotDisseminateFormat", f"there is no format '{prefix[:60]}'; there are {', '.join(FORMATS)}")
