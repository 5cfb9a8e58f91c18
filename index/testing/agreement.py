"""Whether two engines that hold the same records answer alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.core.errors import QueryError
from gateway.core.ports import Index, IndexSearch


async def differences(one: Index, other: Index, asked: Iterable[IndexSearch]) -> list[str]:
    """A sentence for each search whose total, facets, years, order or refusal is not the same from both."""
    out: list[str] = []
    for search in asked:
        first, second = await _answer(one, search), await _answer(other, search)
        unlike = [name for name in first.keys() | second.keys() if first.get(name) != second.get(name)]
        out += [f"{name} of {search}: {first.get(name)} and {second.get(name)}" for name in sorted(unlike)]
    return out


async def _answer(index: Index, search: IndexSearch) -> dict[str, Any]:
    try:
        page = await index.search(search)
    except QueryError as error:
        return {"refusal": str(error)}
    return {
        "total": page.total,
        "facets": dict(page.facets),
        "years": tuple(page.years),
        "order": [union.id for union in page.records],
        "near": (page.approximate, page.suggestion),
    }
