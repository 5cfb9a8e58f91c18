"""One family of errors; the class decides what happens next.

Retry, breaker, metric label, diagnostic and the sentence a person reads follow from the class and its fields. Nobody
parses messages. ``str(error)`` is a sentence in English that says what, where and what to do.
"""

from __future__ import annotations

from typing import ClassVar


class WenyuanError(Exception):
    """Base of all errors that Wenyuan raises on purpose.

    ``kind`` is a stable word for metrics, JSON and problem types; ``detail`` adds what the peer said, word for word;
    ``code`` is the peer's own number for it (``bib1:114``, ``http:503``), set by who raises when there is one.
    """

    kind: ClassVar[str] = "error"
    code: str = ""

    def __init__(self, message: str, *, detail: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.message} ({self.detail})" if self.detail else self.message


class ConfigurationError(WenyuanError):
    """Something a person wrote in a file, an option or the environment is wrong; nothing is tried."""

    kind = "configuration"


class FatalTargetError(WenyuanError):
    """This target will not answer this request however often it is asked (wrong password, no such database)."""

    kind = "fatal"


class RetriableError(WenyuanError):
    """The target may answer if asked again (refused, reset, busy); ``retry_after`` is in seconds when the peer said."""

    kind = "retriable"

    def __init__(self, message: str, *, detail: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, detail=detail)
        self.retry_after = retry_after


class ConflictError(RetriableError):
    """Another writer changed what a change was worked out from: read again and work it out afresh."""

    kind = "conflict"


class DeadlineExceededError(RetriableError):
    """The time that the searcher gave ran out before the target answered."""

    kind = "timeout"


class DataError(WenyuanError):
    """One record (or one file's part) cannot be read; the others are not concerned.

    ``offset`` is the byte position in its source, when known.
    """

    kind = "data"

    def __init__(self, message: str, *, detail: str | None = None, offset: int | None = None) -> None:
        super().__init__(message, detail=detail)
        self.offset = offset


class ProtocolError(WenyuanError):
    """The rules of a protocol were broken, by us (local) or by the peer (remote)."""

    kind = "protocol"


class LocalProtocolError(ProtocolError):
    """We tried to send what the protocol does not allow in this state: a bug on our side."""

    kind = "local-protocol"


class RemoteProtocolError(ProtocolError):
    """The peer sent what the protocol does not allow; the connection cannot be used any more."""

    kind = "remote-protocol"


class QueryError(WenyuanError):
    """A query that a person typed cannot be understood or carried out."""

    kind = "query"


class QuerySyntaxError(QueryError):
    """A query's text breaks its language's grammar. ``position`` counts characters from 0."""

    kind = "query-syntax"

    def __init__(self, message: str, *, position: int, text: str, detail: str | None = None) -> None:
        super().__init__(message, detail=detail)
        self.position = position
        self.text = text


class UnsupportedQueryError(QueryError):
    """The query is well formed, but this target (or index) cannot do it; ``feature`` names what it lacks."""

    kind = "unsupported"

    def __init__(self, message: str, *, feature: str, detail: str | None = None) -> None:
        super().__init__(message, detail=detail)
        self.feature = feature
