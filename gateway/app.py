"""The composition root: settings and targets in, a running gateway out."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from gateway import plugins
from gateway.core.answer import Scope, SearchRequest
from gateway.core.errors import ConfigurationError, DataError, RetriableError
from gateway.core.ports import HarvestingConnector, Index, ListingIndex
from gateway.core.query import Query
from gateway.core.record import UnionRecord
from gateway.core.target import State, Target
from gateway.federation.keeper import Keeper
from gateway.federation.members import Members
from gateway.federation.planner import for_index
from gateway.federation.search import Federation
from gateway.federation.warmth import warm_up
from gateway.frontends.http import HttpFrontend, create_application
from gateway.frontends.http import deciding as http_deciding
from gateway.frontends.oai import Options as OAIOptions
from gateway.frontends.oai import application as oai
from gateway.frontends.opac import Pages
from gateway.frontends.sru import application as sru
from gateway.frontends.z3950 import ServerOptions as Z3950Options
from gateway.frontends.z3950 import serve as serve_z3950
from gateway.frontends.z3950.accounts import authenticator, one_account, read_accounts
from gateway.harvest import Harvester, Schedule
from gateway.interpreter import tidy, tuned
from gateway.protocols.simple import parse_simple
from gateway.protocols.sru import cql
from gateway.records.charset import canonical
from gateway.records.layouts import use_profile
from gateway.records.text import add_words
from gateway.settings import GatewaySettings
from gateway.union import Unifier
from gateway.union.catalogue import UnionCatalogue
from gateway.union.cataloguing import Cataloguing
from gateway.union.live import Ask, LiveCatalogue

#: Union records of one search of the Z39.50 database ``live``; they are kept as long as its result set is.
LIVE_RECORDS = 200


def parse_cql(text: str) -> Query:
    return cql.to_query(cql.parse(text))


#: ``syntax=`` values of every front door that takes a query as text.
PARSERS: Mapping[str, Callable[[str], Query]] = MappingProxyType({"simple": parse_simple, "cql": parse_cql})


@contextlib.asynccontextmanager
async def open_index(settings: GatewaySettings) -> AsyncIterator[Index]:
    if settings.dictionary is not None:
        await asyncio.to_thread(_extend_dictionary, settings.dictionary)
    location = settings.index_url or str(settings.data)
    index = await plugins.index_factory(settings.index)(location)
    try:
        yield index
    finally:
        await index.close()


def _extend_dictionary(path: Path) -> None:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The dictionary {path} cannot be read as UTF-8 text", detail=str(error)) from error
    add_words(word for line in lines if (word := line.partition("#")[0].strip()))


@contextlib.asynccontextmanager
async def open_federation(settings: GatewaySettings, targets: Sequence[Target]) -> AsyncIterator[Federation]:
    """Index, members and keeper wired together; all is closed and written at the end."""
    async with _opened(settings, targets) as (federation, _):
        yield federation


@contextlib.asynccontextmanager
async def _opened(settings: GatewaySettings, targets: Sequence[Target]) -> AsyncIterator[tuple[Federation, Unifier]]:
    """The federation and what alone may change the unions of its index."""
    for target in targets:
        use_profile(target.id, target.holdings)
    async with open_index(settings) as index:
        unifier = Unifier(index)
        keeper = Keeper(unifier.add, index)
        members = Members(targets, plugins.connector_factory)
        federation = Federation(index=index, members=members, keeper=keeper, settings=settings)
        keeper.start()
        await asyncio.to_thread(warm_up)
        try:
            with tuned():
                tidying = asyncio.create_task(tidy(federation.quiet))
                try:
                    yield federation, unifier
                finally:
                    tidying.cancel()
        finally:
            await federation.close()


def harvests(federation: Federation, unifier: Unifier, settings: GatewaySettings) -> Schedule:
    """The rounds of harvests over the enabled libraries whose connector can harvest."""
    members = [member for member in federation.members if member.target.enabled]
    pairs = [(member.target, federation.members.connector(member)) for member in members]
    able = [(target, connector) for target, connector in pairs if isinstance(connector, HarvestingConnector)]
    return Schedule(Harvester(federation.index, unifier), able, settings.harvest_every)


@contextlib.asynccontextmanager
async def running(settings: GatewaySettings, targets: Sequence[Target]) -> AsyncIterator[Addresses]:
    """The gateway listening on HTTP and, unless its port is -1, on Z39.50."""
    async with _opened(settings, targets) as (federation, unifier), contextlib.AsyncExitStack() as stack:
        names = {target.id: dict(target.name) for target in targets}
        pages = Pages(library_names=names)
        await asyncio.to_thread(lambda: pages.warm_up(warm_up()))
        application = create_application(federation, settings, pages, PARSERS)
        if settings.cataloguers is not None:
            may = authenticator(read_accounts(settings.cataloguers))
            http_deciding.add_routes(application, http_deciding.Desk(federation.index, Cataloguing(unifier), may))
        if isinstance(federation.index, ListingIndex):
            application.add_subapp("/oai", oai(federation.index, targets, oai_options(settings)))
        catalogue = UnionCatalogue(federation.index, targets, lambda query: for_index(query, targets))
        application.add_subapp("/sru", sru(catalogue))
        http = HttpFrontend(application, settings.host, settings.port)
        try:
            await http.start()
        except OSError as error:
            raise ConfigurationError(
                f"HTTP port {settings.port} on {settings.host} cannot be opened; give another with --port",
                detail=error.strerror,
            ) from error
        stack.push_async_callback(http.close)
        z3950_port = None
        if settings.z3950_port >= 0:
            try:
                server = await serve_z3950(
                    LiveCatalogue(catalogue, live_asker(federation, settings)),
                    settings.z3950_host,
                    settings.z3950_port,
                    options=z3950_options(settings),
                )
            except OSError as error:
                raise ConfigurationError(
                    f"Z39.50 port {settings.z3950_port} on {settings.z3950_host} cannot be opened; "
                    "give another with --z3950-port",
                    detail=error.strerror,
                ) from error
            stack.push_async_callback(server.close)
            z3950_port = server.port
        if settings.harvest_every:
            schedule = harvests(federation, unifier, settings)
            schedule.start()
            stack.push_async_callback(schedule.close)
        if settings.warm_up:
            federation.members.warm_up()
        yield Addresses(federation, settings.host, http.port, settings.z3950_host, z3950_port)


def live_asker(federation: Federation, settings: GatewaySettings) -> Ask:
    """What the Z39.50 database ``live`` asks: the libraries themselves, within the gateway's own deadline."""

    async def ask(query: Query, libraries: Sequence[str]) -> Sequence[UnionRecord]:
        request = SearchRequest(
            query, Scope.LIVE, size=LIVE_RECORDS, sort=query.sort, targets=tuple(libraries), deadline=settings.deadline
        )
        answer = await federation.search(request)
        if answer.targets and not any(status.state in (State.OK, State.PARTIAL) for status in answer.targets):
            told = [f"{status.id}: {status.diagnostic.message}" for status in answer.targets if status.diagnostic]
            raise RetriableError("No library answered", detail="; ".join(told[:5]) or None)
        return answer.records

    return ask


def z3950_options(settings: GatewaySettings) -> Z3950Options:
    """``ConfigurationError`` for a file that cannot be read or a character set that nobody knows."""
    accounts = dict(one_account(settings.z3950_account)) if settings.z3950_account else {}
    if settings.z3950_accounts is not None:
        accounts |= read_accounts(settings.z3950_accounts)
    tls = None
    if settings.z3950_tls_certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            tls.load_cert_chain(settings.z3950_tls_certificate, settings.z3950_tls_key)
        except OSError as error:
            raise ConfigurationError(
                f"The certificate {settings.z3950_tls_certificate} or its key cannot be used", detail=str(error)
            ) from error
    try:
        charset = canonical(settings.z3950_charset)
    except DataError as error:
        raise ConfigurationError(f"z3950_charset: {error.message}") from error
    return Z3950Options(
        term_charset="utf-8" if charset == "marc-8" else charset,
        record_charset=charset,
        convert=True,
        authenticate=authenticator(accounts) if accounts else None,
        max_sessions=settings.z3950_max_sessions,
        max_sessions_per_address=settings.z3950_max_sessions_per_address,
        idle_seconds=settings.z3950_idle_seconds,
        tls=tls,
    )


def oai_options(settings: GatewaySettings) -> OAIOptions:
    return OAIOptions(
        emails=(settings.admin_email,),
        domain=settings.oai_domain,
        public_url=f"{settings.public_url}/oai" if settings.public_url else "",
    )


class Addresses:
    """Where a running gateway listens, with the ports that it really got."""

    def __init__(
        self, federation: Federation, host: str, http_port: int, z3950_host: str, z3950_port: int | None
    ) -> None:
        self.federation = federation
        self.url = f"http://{'[' + host + ']' if ':' in host else host}:{http_port}"
        self.http_port = http_port
        self.z3950 = f"{z3950_host}:{z3950_port}/union" if z3950_port is not None else None
