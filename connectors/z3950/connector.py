"""A Z39.50 target as ``core.ports.Connector``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from connectors.z3950.pool import Pool, truth
from connectors.z3950.probing import probe
from connectors.z3950.search import Asking, Form
from connectors.z3950.session import Session
from gateway.core.deadline import Deadline
from gateway.core.errors import ConfigurationError, DataError, RetriableError
from gateway.core.ports import Connector, Page
from gateway.core.probe import ProbeReport
from gateway.core.query import Query
from gateway.core.target import Target
from gateway.protocols.z3950 import charneg, oids
from gateway.protocols.z3950.querymap import AskingRules, to_rpn
from gateway.records.charset import canonical, encode

#: Servers that are known to read pipelined requests in order (by implementation name or id, in lower case).
_PIPELINING = ("yaz", "zebra", "wenyuan", "gfs")


class Z3950Connector:
    """Options of a target: ``piggyback`` (yes), ``pipeline`` (auto, yes, no), ``words`` (and, list, phrase), ``isbn``
    (as-typed, plain, 10, 13), ``syntaxes`` (others to try, by name), and those of ``pool.Settings``."""

    def __init__(self, target: Target) -> None:
        self._target = target
        options = target.options
        self._pool = Pool(target)
        self._forms = _forms(target)
        self._piggyback = truth(options.get("piggyback", "yes"))
        self._pipeline = options.get("pipeline", "auto")
        try:
            charset = canonical(target.term_charset)
        except DataError as error:
            raise ConfigurationError(f"Target {target.id}: {error.message}") from error
        self._rules = AskingRules(
            target.attributes,
            lambda text: encode(text, charset),
            words=options.get("words", "and"),
            isbn=options.get("isbn", "as-typed"),
        )
        self._negotiated_rules = replace(self._rules, encode=lambda text: text.encode("utf-8"))

    @property
    def open_sessions(self) -> int:
        """Sockets that are open now."""
        return self._pool.open_sessions

    async def search(self, query: Query, *, start: int, limit: int, deadline: Deadline) -> AsyncIterator[Page]:
        """See ``core.ports.Connector``."""
        to_rpn(query, self._rules)  # refuses before anything is sent
        limit = max(0, min(limit, self._target.max_records - start + 1))
        fresh = False
        while True:
            session = await self._pool.acquire(deadline, fresh=fresh)
            reused, session.searches = session.searches > 0, session.searches + 1
            clean = answered = False
            try:
                asking = Asking(
                    self._target, session, self._forms, piggyback=self._piggyback, pipeline=self._pipelining(session)
                )
                async for page in asking.run(to_rpn(query, self._rules_for(session)), start, limit):
                    answered = True
                    yield page
                self._remember(asking.form)
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

    async def close(self) -> None:
        await self._pool.close()

    def _rules_for(self, session: Session) -> AskingRules:
        """Terms in UTF-8 when that was negotiated, else in the target's own character set."""
        if session.init is not None and charneg.selected_charset(charneg.selection_of(session.init)) == "utf-8":
            return self._negotiated_rules
        return self._rules

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


def _forms(target: Target) -> list[Form]:
    """Ways to ask for records, the configured one first."""
    try:
        names = [target.syntax, *target.options.get("syntaxes", "usmarc unimarc xml").replace(",", " ").split()]
        syntaxes = list(dict.fromkeys(oids.syntax(name) for name in names))
    except ValueError as error:
        raise ConfigurationError(f"Target {target.id}: {error}") from error
    sets = list(dict.fromkeys([target.element_set or None, "F", None]))
    return [Form(syntax, element_set) for syntax in syntaxes for element_set in sets]


def connect(target: Target) -> Connector:
    """``ConfigurationError`` when the target's settings cannot work."""
    if not target.host:
        raise ConfigurationError(f"Target {target.id} names no host; write url: z3950://host:port/database")
    return Z3950Connector(target)
