"""Diagnostics for what went wrong, and failed answers to each kind of request."""

from __future__ import annotations

import logging
from dataclasses import replace

from gateway.core.errors import DataError, QueryError, RetriableError, UnsupportedQueryError, WenyuanError
from gateway.frontends.z3950.browsing import scan_failure
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import (
    Apdu,
    DefaultDiagnostic,
    InfoUnit,
    PresentRequest,
    PresentResponse,
    PresentStatus,
    SearchRequest,
    SearchResponse,
)
from gateway.protocols.z3950.rpn import External
from gateway.protocols.z3950.rpnquery import UnsupportedRpnError
from gateway.protocols.z3950.schema import OtherInformation
from gateway.protocols.z3950.schema_records import DiagnosticFormat1, DiagnosticUnit
from gateway.protocols.z3950.services import SortRequest, SortResponse

log = logging.getLogger(__name__)

_FEATURES = (("index", 114), ("relation", 117), ("trunc", 120), ("mask", 120), ("prox", 110), ("operator", 110))


def diagnose(error: Exception) -> DefaultDiagnostic:
    """The diagnostic for what a catalogue or a query raised."""
    if isinstance(error, UnsupportedRpnError):
        return DefaultDiagnostic(error.condition, error.addinfo)
    if isinstance(error, UnsupportedQueryError):
        condition = next((number for mark, number in _FEATURES if mark in error.feature), 3)
        return DefaultDiagnostic(condition, error.feature)
    if isinstance(error, QueryError):
        return DefaultDiagnostic(108, error.message)
    if isinstance(error, DataError):
        return DefaultDiagnostic(14, error.message)
    if isinstance(error, RetriableError):
        return DefaultDiagnostic(2, error.message)
    if isinstance(error, WenyuanError):
        return DefaultDiagnostic(1, error.message)
    log.exception("A catalogue failed behind the Z39.50 server", exc_info=error)
    return DefaultDiagnostic(1, "the catalogue failed; the operator finds the cause in the log")


def terminated(request: Apdu) -> Apdu:
    """The answer to an operation that the origin had us cancel (condition 105)."""
    failure = DefaultDiagnostic(105, "")  # YAZ reads no default diagnostic without addinfo
    response: Apdu
    if isinstance(request, SearchRequest):
        response = SearchResponse(status=False, result_set_status=3, records=failure)
    elif isinstance(request, PresentRequest):
        response = PresentResponse(status=PresentStatus.FAILURE, records=failure)
    elif isinstance(request, SortRequest):
        response = SortResponse(status=2, result_set_status=3, diagnostics=(failure,))
    else:
        response = scan_failure(failure)
    return replace(response, reference_id=request.reference_id)


def of_init(condition: int) -> External:
    """A diagnostic in an Init response: diag-1 within userInfo-1, where clients look for it."""
    unit = DiagnosticUnit(DefaultDiagnostic(condition, ""))
    explained = External(oids.DIAG_FORMAT_1, single=DiagnosticFormat1.encode((unit,)))
    return External(oids.USER_INFO_1, single=OtherInformation.encode((InfoUnit(explained),)))
