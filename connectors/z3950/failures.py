"""Which error a failure is, each as a sentence that names the target's host, port and the cause."""

from __future__ import annotations

import errno
import socket
import ssl

from gateway.core.errors import (
    DeadlineExceededError,
    FatalTargetError,
    RetriableError,
    UnsupportedQueryError,
    WenyuanError,
)
from gateway.protocols.z3950 import diagnostics
from gateway.protocols.z3950.apdu import DefaultDiagnostic
from gateway.protocols.z3950.ber import readable
from gateway.protocols.z3950.services import Close, CloseReason


def of_connecting(error: OSError, peer: str) -> WenyuanError:
    """Why no connection came about."""
    if isinstance(error, ConnectionRefusedError):
        return RetriableError(f"{peer} refuses connections: no Z39.50 server listens there now")
    if isinstance(error, socket.gaierror):
        return RetriableError(f"The host name of {peer} cannot be resolved", detail=str(error))
    if isinstance(error, ssl.SSLCertVerificationError):
        return FatalTargetError(f"The certificate of {peer} cannot be trusted", detail=error.verify_message)
    if isinstance(error, ssl.SSLError):
        return RetriableError(f"{peer} does not speak TLS as expected", detail=str(error))
    if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return RetriableError(f"There is no route to {peer}")
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return DeadlineExceededError(f"{peer} did not accept a connection in time")
    return RetriableError(f"No connection to {peer} could be made", detail=str(error))


def of_losing(error: Exception | None, peer: str, doing: str) -> RetriableError:
    """Why an established connection broke; ``doing`` is what was waited for."""
    if isinstance(error, ConnectionResetError):
        return RetriableError(f"{peer} reset the connection during {doing}")
    detail = str(error) if error else None
    return RetriableError(f"{peer} closed the connection during {doing}", detail=detail)


def of_close(close: Close, peer: str) -> WenyuanError:
    """What the target's Close says."""
    words = readable(close.diagnostic or "") or None
    try:
        reason = CloseReason(close.reason)
    except ValueError:
        reason = CloseReason.UNSPECIFIED
    text = reason.name.lower().replace("_", " ")
    if reason in (CloseReason.SECURITY_VIOLATION, CloseReason.COST_LIMIT, CloseReason.PROTOCOL_ERROR):
        return FatalTargetError(f"{peer} closed the session: {text}", detail=words)
    return RetriableError(f"{peer} closed the session: {text}", detail=words)


def of_diagnostic(diagnostic: DefaultDiagnostic, peer: str, doing: str) -> WenyuanError:
    """A diagnostic that ended an operation."""
    core = diagnostics.to_core(diagnostic)
    condition = diagnostic.condition
    words = f"{peer} answers {doing} with: {core.message}"
    detail = core.detail or None
    error: WenyuanError
    if not core.code.startswith("bib1:"):
        error = FatalTargetError(words, detail=detail)
    elif condition in diagnostics.UNSUPPORTED_CONDITIONS:
        error = UnsupportedQueryError(words, feature=core.code, detail=detail)
    elif condition in diagnostics.TEMPORARY_CONDITIONS:
        error = RetriableError(words, detail=detail)
    else:
        error = FatalTargetError(words, detail=detail)
    error.code = core.code
    return error
