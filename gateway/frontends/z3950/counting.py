"""What each term of a query finds by itself, as the additional search information of a Search response (3.2.2.1.12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.core.serving import Catalogue, CountingCatalogue
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import InfoUnit, OtherInfo
from gateway.protocols.z3950.rpn import External, Operand, RpnQuery
from gateway.protocols.z3950.rpnquery import clause
from gateway.protocols.z3950.schema_records import QueryTerm, SearchInfoReport, SubqueryReport

#: Terms above this are not counted one by one: each costs a search.
_MOST = 16


async def report(
    catalogue: Catalogue, databases: Sequence[str], query: RpnQuery, total: int, decode: Callable[[bytes], str]
) -> OtherInfo | None:
    """A searchResult-1 report (USR.1); None when nobody could count.

    A single term finds what the query finds. Result sets among the operands are passed over, as they have no term.
    """
    operands = [leaf for leaf in query.operands() if isinstance(leaf, Operand)]
    whole = isinstance(query.root, Operand)
    if whole:
        counts: Sequence[int] | None = [total]
    elif isinstance(catalogue, CountingCatalogue) and 0 < len(operands) <= _MOST:
        counts = await catalogue.count(databases, [clause(operand, decode) for operand in operands])
    else:
        counts = None
    if counts is None:
        return None
    reports = tuple(
        SubqueryReport(whole, str(number), QueryTerm(operand.term), count)
        for number, (operand, count) in enumerate(zip(operands, counts, strict=True), 1)
    )
    return (InfoUnit(External(oids.USER_INFO_SEARCH_RESULT, single=SearchInfoReport.encode(reports))),)
