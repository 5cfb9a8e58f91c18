"""What the first search would pay for, done before it: tables read, text machinery loaded."""

from __future__ import annotations

from gateway.core.answer import ALL_FACETS, Answer, SearchRequest
from gateway.core.query import Clause, Query
from gateway.core.record import Flavour, RawRecord
from gateway.core.target import State, TargetStatus
from gateway.federation.facets import Counted, count, years
from gateway.federation.ranking import ordered
from gateway.federation.resultset import ResultSet
from gateway.records import iso2709
from gateway.records.marc import Field, MarcRecord
from gateway.records.normalise import normalise

_UNIMARC = (("101", "a", "chi"), ("200", "a", "文淵"), ("210", "d", "1782"), ("606", "a", "目錄"))
_MARC21 = (("041", "a", "eng"), ("245", "a", "Wenyuan"), ("264", "c", "1782"), ("650", "a", "Catalogues"))


def warm_up() -> Answer:
    """Take two small records through everything that a live search does. Blocks for some tenths of a second.

    Returns the answer, for whoever draws answers up to get warm by.
    """
    results = ResultSet()
    for number, (flavour, fields) in enumerate(((Flavour.UNIMARC, _UNIMARC), (Flavour.MARC21, _MARC21))):
        made = [Field(tag, " ", " ", [(code, text)]) for tag, code, text in fields]
        record = MarcRecord("", [Field.control("001", str(number)), *made])
        for charset in ("utf-8", "gbk"):
            payload = iso2709.write(record, charset)
            results.add([normalise(RawRecord(f"warm-up-{charset}", payload, flavour=flavour, charset=charset))])
    query = Query(Clause("any", "文渊"), text="文渊")
    request = SearchRequest(query, facets=ALL_FACETS, histogram=True)
    rows = ordered(results.rows(), query, (), {})
    return Answer(
        request,
        len(rows),
        tuple([row.union for row in rows]),
        count(rows, (), counted=Counted(ALL_FACETS)),
        years(rows, ()),
        targets=tuple([TargetStatus(f"warm-up-{state}", "Wenyuan", state) for state in State]),
        complete=False,
    )
