"""The contract of ``gateway.core.ports.Index``, as tests that every engine passes.

An engine's own test file subclasses :class:`IndexContract` and gives it a fixture ``index`` that yields an open, empty
index::

    class TestMine(IndexContract):
        @pytest_asyncio.fixture
        async def index(self):
            opened = await my_engine.open_index("...")
            yield opened
            await opened.close()

What an engine can do beyond that has contracts of its own: :class:`ListingContract` (unions by change),
:class:`DecidingContract` (cataloguers' decisions, traces of what is gone), :class:`WorksContract` (other editions by
key), :class:`AidsContract` (forgiving searches, completions, browse lists) and :class:`FindingContract` (walks by
cursor, trees of facets, years, several sort keys, fuzzy clauses, similar records).
"""

from index.testing.aids import AidsContract
from index.testing.contract import IndexContract, fill
from index.testing.deciding import DecidingContract
from index.testing.finding import FindingContract
from index.testing.listing import ListingContract
from index.testing.works import WorksContract

__all__ = [
    "AidsContract",
    "DecidingContract",
    "FindingContract",
    "IndexContract",
    "ListingContract",
    "WorksContract",
    "fill",
]
