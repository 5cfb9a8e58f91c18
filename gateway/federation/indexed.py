"""What searches ask of the shared index. That it cannot, or not now, is no error while libraries are asked, too."""

from __future__ import annotations

import logging
from dataclasses import replace

from gateway.core.answer import Scope, SearchRequest
from gateway.core.errors import RetriableError, UnsupportedQueryError
from gateway.core.ports import CompletingIndex, Completion, Index, IndexPage, IndexSearch, SimilarIndex
from gateway.core.query import Query
from gateway.core.record import UnionRecord
from gateway.federation.members import Members
from gateway.federation.planner import for_index
from gateway.federation.regions import Regions, regions

log = logging.getLogger(__name__)

#: Deeper than this the order is the index's alone: what was seen live is in it by then.
MERGE_DEPTH = 500

NOTHING = IndexPage(0, ())


def is_deep(request: SearchRequest) -> bool:
    """Whether the page lies where live answers are not merged any more."""
    return request.scope is Scope.ALL and request.page * request.size > MERGE_DEPTH


class Indexed:
    """The shared index as a search sees it."""

    def __init__(self, index: Index, members: Members) -> None:
        self.index = index
        self._members = members

    async def page(self, request: SearchRequest) -> IndexPage:
        """The page, or all pages up to it where live answers are to be merged in.

        Raises what the index raises only where nobody else is asked.
        """
        query = self._query(request)
        if query is None:
            return NOTHING
        end = request.page * request.size
        merged = request.scope is Scope.ALL and not is_deep(request)
        asked = replace(
            self._counting(request, query),
            start=0 if merged else end - request.size,
            size=end if merged else request.size,
            cursor=request.cursor,
        )
        try:
            return await self.index.search(asked)
        except (UnsupportedQueryError, RetriableError) as error:
            if request.scope is Scope.INDEX:
                raise
            log.info("the index did not answer: %s", error)
            return NOTHING

    async def similar(self, request: SearchRequest) -> IndexPage:
        """What the index has that matches the request nearly; nothing when it has what matches exactly."""
        query = self._query(request)
        if query is None:
            return NOTHING
        start = (request.page - 1) * request.size
        asked = replace(
            self._counting(request, query), start=start, size=request.size, cursor=request.cursor, forgiving=True
        )
        try:
            found = await self.index.search(asked)
        except (UnsupportedQueryError, RetriableError) as error:
            log.info("the index did not answer: %s", error)
            return NOTHING
        return found if found.approximate else NOTHING

    async def alike(self, union: UnionRecord, size: int) -> tuple[UnionRecord, ...]:
        """What else a reader of this record may want; nothing when the index cannot say."""
        if not isinstance(self.index, SimilarIndex):
            return ()
        try:
            return await self.index.similar(union, size=size)
        except RetriableError as error:
            log.info("the index did not answer: %s", error)
            return ()

    async def complete(self, beginning: str, size: int) -> tuple[Completion, ...]:
        """What a reader may be about to type; nothing when the index cannot say."""
        return await self.index.complete(beginning, size=size) if isinstance(self.index, CompletingIndex) else ()

    def regions(self, request: SearchRequest) -> Regions:
        """The regions that a request filters by or counts; none when it does neither."""
        chosen = [value for facet, value in (*request.filters, *request.within) if facet == "region"]
        if not chosen and "region" not in request.facets:
            return ()
        return regions((member.target for member in self._members), chosen)

    def _query(self, request: SearchRequest) -> Query | None:
        return for_index(request.query, (member.target for member in self._members))

    def _counting(self, request: SearchRequest, query: Query) -> IndexSearch:
        """All that a request asks of the index but its page."""
        return IndexSearch(
            query,
            request.filters,
            request.sort,
            facets=request.facets,
            within=request.within,
            regions=self.regions(request),
            histogram=request.histogram,
        )
