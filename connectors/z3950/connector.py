"""A Z39.50 target as ``core.ports.Connector``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial

from connectors.z3950 import browsing
from connectors.z3950.pool import Pool, truth
from connectors.z3950.probing import probe
from connectors.z3950.search import Asking, Form
from connectors.z3950.session import Session
from gateway.core.deadline import Deadline
from gateway.core.errors import ConfigurationError, DataError, RetriableError, UnsupportedQueryError
from gateway.core.ports import Connector, Page, ScanTerm
from gateway.core.probe import ProbeReport
from gateway.core.query import Clause, Query
from gateway.core.target import Target
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import Uri
from gateway.protocols.z3950.ber import Oid
from gateway.protocols.z3950.numbers import ISBN_FORMS, ISSN_FORMS
from gateway.protocols.z3950.querymap import AskingRules, to_rpn
from gateway.protocols.z3950.rpn import Operand, RpnQuery
from gateway.protocols.z3950.services import SortKeySpec
from gateway.records.charset import canonical, decode, encode

#: Servers that are known to read pipelined requests in order (by implementation name or id, in lower case).
_PIPELINING = ("yaz", "zebra", "wenyuan", "gfs")


class Z3950Connector:
    """Options of a target: ``piggyback`` (yes), ``pipeline`` (auto, yes, no), ``words`` (and, list, phrase), ``isbn``
    and ``issn`` (``numbers.ISBN_FORMS``, ``ISSN_FORMS``), ``schema`` (of XML records: an identifier or a name),
    ``syntaxes`` (others to try, by name), ``charsets`` (``usmarc=marc-8 xml=utf-8``), ``one_database`` (no), ``sort``
    (no), and those of ``pool.Settings``."""

    def __init__(self, target: Target) -> None:
        self._target = target
        options = target.options
        self._pool = Pool(target)
        self._forms = _forms(target)
        self._databases = _databases(target)
        self._sorts = truth(options.get("sort", ""))
        self._charsets = _charsets(target)
        self._piggyback = truth(options.get("piggyback", "yes")) and not options.get("schema")
        self._pipeline = options.get("pipeline", "auto")
        try:
            charset = canonical(target.term_charset)
        except DataError as error:
            raise ConfigurationError(f"Target {target.id}: {error.message}") from error
        self._rules = AskingRules(
            target.attributes,
            partial(encode, charset=charset),
            words=options.get("words", "and"),
            isbn=_number_form(target, "isbn", ISBN_FORMS),
            issn=_number_form(target, "issn", ISSN_FORMS),
        )
        self._negotiated_rules: dict[str, AskingRules] = {}

    @property
    def open_sessions(self) -> int:
        """Sockets that are open now."""
        return self._pool.open_sessions

    @property
    def target(self) -> Target:
        return self._target

    def rpn(self, query: Query) -> RpnQuery:
        """What the target is asked when no character set was negotiated; raises ``UnsupportedQueryError``."""
        return to_rpn(query, self._rules)

    async def search(self, query: Query, *, start: int, limit: int, deadline: Deadline) -> AsyncIterator[Page]:
        """See ``core.ports.Connector``."""
        self.rpn(query)  # refuses before anything is sent
        self._order(query)
        limit = max(0, min(limit, self._target.max_records - start + 1))
        fresh = False
        while True:
            session = await self._pool.acquire(deadline, fresh=fresh)
            reused, session.searches = session.searches > 0, session.searches + 1
            clean = answered = False
            try:
                rpn = to_rpn(query, self._rules_for(session))
                async for page in self._ask(session, rpn, start, limit, self._order(query)):
                    answered = True
                    yield page
                clean = True
                return
            except RetriableError:
                # A kept session may have been dropped by the target meanwhile: that is no failure of the target.
                clean = session.usable
                if answered or not reused or clean or fresh:
                    raise
                fresh = True
            except BaseException as error:
                clean = not isinstance(error, GeneratorExit) and session.usable
                raise
            finally:
                self._pool.release(session, clean=clean)

    async def probe(self, *, words: Sequence[str] = (), deadline: Deadline) -> ProbeReport:
        """See ``core.probe.ProbingConnector``."""
        return await probe(self._target, words, deadline)

    async def warm(self, deadline: Deadline) -> None:
        """See ``core.ports.WarmingConnector``: a session is opened and kept."""
        self._pool.release(await self._pool.acquire(deadline), clean=True)

    async def close(self) -> None:
        await self._pool.close()

    async def scan(
        self, clause: Clause, *, before: int = 0, count: int = 20, deadline: Deadline
    ) -> tuple[ScanTerm, ...]:
        """The target's own browse list around the clause's term, at most ``before`` terms ahead of it.

        Raises as ``search`` does; ``UnsupportedQueryError`` for a clause of several words under ``words: and``.
        """
        session = await self._pool.acquire(deadline)
        clean = False
        try:
            start = to_rpn(Query(clause), self._rules_for(session)).root
            if not isinstance(start, Operand):
                raise UnsupportedQueryError("A list begins at one term", feature="scan of several words")
            charset = session.charset or self._target.term_charset
            found = await browsing.scan(
                session,
                self._databases[0],
                start,
                before=before,
                count=count,
                decode=lambda octets: decode(octets, charset)[0],
            )
            clean = True
            return found
        except UnsupportedQueryError:
            clean = session.usable
            raise
        finally:
            self._pool.release(session, clean=clean)

    def _order(self, query: Query) -> tuple[SortKeySpec, ...]:
        """How the target is to sort, when its file says that it can: the gateway orders what it merged anyway."""
        return browsing.sort_keys(query.sort, self._target.attributes) if self._sorts and query.sort else ()

    async def _ask(
        self, session: Session, query: RpnQuery, start: int, limit: int, sort: tuple[SortKeySpec, ...]
    ) -> AsyncIterator[Page]:
        """Pages of all databases as of one: in one search, or in one for each where the target bears no more."""
        before = 0
        for databases in self._databases:
            asking = Asking(
                self._target,
                session,
                self._forms,
                databases=databases,
                charsets=self._charsets,
                piggyback=self._piggyback,
                pipeline=self._pipelining(session),
            )
            total = 0
            async for page in asking.run(query, max(1, start - before), limit, sort):
                total = page.total
                limit -= len(page.records) + len(page.diagnostics)
                yield page if not before else _behind(page, before)
            before += total
            self._remember(asking.form)

    def _rules_for(self, session: Session) -> AskingRules:
        """Terms in the character set that was negotiated, else in the target's own."""
        charset = session.charset
        if charset is None:
            return self._rules
        found = self._negotiated_rules.get(charset)
        if found is None:
            found = self._negotiated_rules[charset] = replace(self._rules, encode=partial(encode, charset=charset))
        return found

    def _pipelining(self, session: Session) -> bool:
        if self._pipeline != "auto":
            return truth(self._pipeline)
        init = session.init
        names = f"{init.implementation_name} {init.implementation_id}".lower() if init else ""
        return any(name in names for name in _PIPELINING)

    def _remember(self, form: Form) -> None:
        """Ask first as it worked last."""
        if form != self._forms[0]:
            self._forms = [form, *(other for other in self._forms if other != form)]


def _behind(page: Page, before: int) -> Page:
    """The page with ``before`` records of other databases ahead of it."""
    records = tuple(replace(record, position=record.position + before) for record in page.records)
    return replace(page, total=page.total + before, records=records)


def _databases(target: Target) -> list[tuple[str, ...]]:
    """The databases of each search."""
    names = tuple(filter(None, target.database.split("+"))) or ("Default",)
    return [(name,) for name in names] if truth(target.options.get("one_database", "")) else [names]


def _charsets(target: Target) -> dict[str, str]:
    """``usmarc=marc-8 xml=utf-8`` by OID."""
    out = {}
    for pair in target.options.get("charsets", "").replace(",", " ").split():
        syntax, _, name = pair.partition("=")
        try:
            out[str(oids.syntax(syntax))] = canonical(name)
        except (ValueError, DataError) as error:
            raise ConfigurationError(
                f"Target {target.id}: charsets are pairs like usmarc=marc-8; {pair!r} is none", detail=str(error)
            ) from error
    return out


def _number_form(target: Target, name: str, forms: Sequence[str]) -> str:
    form = target.options.get(name, "as-typed")
    if form not in forms:
        raise ConfigurationError(f"Target {target.id}: {name} is {form!r}, but must be one of {', '.join(forms)}")
    return form


def _forms(target: Target) -> list[Form]:
    """Ways to ask for records, the configured one first."""
    try:
        names = [target.syntax, *target.options.get("syntaxes", "usmarc unimarc xml").replace(",", " ").split()]
        syntaxes = list(dict.fromkeys(oids.syntax(name) for name in names))
    except ValueError as error:
        raise ConfigurationError(f"Target {target.id}: {error}") from error
    sets = list(dict.fromkeys([target.element_set or None, "F", None]))
    forms = [Form(syntax, element_set) for syntax in syntaxes for element_set in sets]
    schema = target.options.get("schema", "")
    if not schema:
        return forms
    # A search response brings no records in a schema, and servers disagree about element sets beside one.
    return [Form(oids.XML, None, _schema(schema)), *forms]


def _schema(text: str) -> Oid | Uri:
    try:
        return oids.dotted(text)
    except ValueError:
        return Uri(text)


def connect(target: Target) -> Connector:
    """``ConfigurationError`` when the target's settings cannot work."""
    if not target.host:
        raise ConfigurationError(f"Target {target.id} names no host; write url: z3950://host:port/database")
    return Z3950Connector(target)
