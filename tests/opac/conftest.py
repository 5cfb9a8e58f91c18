"""Pages over the sample libraries, and pages parsed."""

from __future__ import annotations

from collections.abc import Callable

import lxml.html
import pytest

from gateway.core.ports import ScanPage
from gateway.frontends.opac import Pages
from tests.opac import samples


@pytest.fixture(scope="session")
def pages() -> Pages:
    return Pages(library_names=samples.LIBRARIES)


@pytest.fixture(scope="session")
def every_page(pages: Pages) -> Callable[[str], dict[str, str]]:
    """All kinds of pages in a language, by name."""

    def render(language: str) -> dict[str, str]:
        statuses = {status.id: status for status in samples.STATUSES[:10]}
        return {
            "home": pages.home(language, targets=samples.TARGETS, statistics={"records": 1284, "unions": 402}),
            "home without libraries": pages.home(language, targets=(), statistics={}),
            "search": pages.search(language, samples.answer(total_is_estimate=True), params={"q": ["红楼梦"]}),
            "late": pages.search(
                language, samples.answer(targets=samples.WAITING, complete=False), params={"q": ["红楼梦"]}
            ),
            "empty": pages.search(
                language, samples.empty_answer(), params={"q": ["红缕梦"], "filter": ["form:book"], "index": ["title"]}
            ),
            "record": pages.record(language, samples.HONGLOU, back="/search?q=x", alike=samples.UNIONS[1:4]),
            "browse": pages.browse(language, samples.SCAN, samples.TERMS, offered={"title", "author", "class"}),
            "browse nothing": pages.browse(
                language, samples.SCAN, ScanPage((), first=True, last=True), offered={"title"}
            ),
            "targets": pages.targets(language, samples.TARGETS, statuses),
            "targets without libraries": pages.targets(language, (), {}),
            "error": pages.error(language, 404, "404", "…"),
        }

    return render


@pytest.fixture(scope="session")
def parse() -> Callable[[str], lxml.html.HtmlElement]:
    return lxml.html.document_fromstring
