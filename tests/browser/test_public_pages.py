"""What a reader meets: no sideways scrolling, filters within reach, the keyboard, no script, late libraries."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from gateway.core.answer import Answer
from gateway.frontends.http.documents import brief_document
from gateway.frontends.opac import Pages
from tests.opac import samples

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Opener = Callable[..., AbstractAsyncContextManager[Page]]
WIDTHS = (1280, 360)


def params(request: web.Request) -> dict[str, list[str]]:
    return {name: request.query.getall(name) for name in request.query}


@pytest.fixture
def whole_site(site: Any, pages: Pages) -> Any:
    """Every kind of page; filtering by form really filters."""

    def search(request: web.Request) -> str:
        if request.query["q"] == "红缕梦":
            return pages.search("zh", samples.empty_answer(), params=params(request))
        forms = [value.removeprefix("form:") for value in request.query.getall("filter", []) if value[:5] == "form:"]
        records = tuple(union for union in samples.UNIONS if not forms or union.record.form in forms)
        answer = samples.answer(records=records, total=len(records) if forms else 203, total_is_estimate=not forms)
        return pages.search(request.query.get("lang", "zh"), answer, params=params(request))

    statuses = {status.id: status for status in samples.STATUSES}
    site.handlers = {
        "/": lambda _: pages.home("zh", targets=samples.TARGETS, statistics={"records": 1284, "unions": 402}),
        "/search": search,
        f"/records/{samples.HONGLOU.id}": lambda _: pages.record("zh", samples.HONGLOU, back="/search?q=x"),
        "/browse": lambda _: pages.browse("zh", samples.SCAN, samples.TERMS, offered={"title", "class"}),
        "/suggest": lambda _: json.dumps(["红", ["红楼梦新补", "红与黑"], ["题名", "题名"], ["/a", "/b"]]),
        "/targets": lambda _: pages.targets("en", samples.TARGETS, statuses),
        "/error": lambda _: pages.error("zh", 404, "没有这一页", "地址 " + "/x" * 200 + " 有误。"),
    }
    return site


PATHS = ("/", "/search?q=红楼梦", "/search?q=红楼梦&lang=en&filter=form:book&page=3", "/search?q=红缕梦",
         f"/records/{samples.HONGLOU.id}", "/browse", "/targets", "/error")  # fmt: skip


@pytest.mark.parametrize("width", WIDTHS)
async def test_no_page_is_wider_than_the_screen_even_with_everything_unfolded(
    whole_site: Any, opened: Opener, width: int
) -> None:
    async with opened(width) as page:
        for path in PATHS:
            await page.goto(whole_site.address + path)
            for unfold in (False, True):
                if unfold:
                    await page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
                assert await page.evaluate("document.documentElement.scrollWidth") <= width, (path, unfold)
                outside = await page.evaluate(
                    """(width) => [...document.querySelectorAll('main a, main button, main td, main h3, main p')]
                    .filter((item) => !item.closest('.hidden') && item.getBoundingClientRect().right > width + 0.5)
                    .map((item) => item.outerHTML.slice(0, 80))""",
                    width,
                )
                assert outside == [], (path, unfold)


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", WIDTHS)
async def test_filters_are_reached_and_filter_with_and_without_script(
    whole_site: Any, opened: Opener, width: int, script: bool
) -> None:
    async with opened(width, java_script_enabled=script, reduced_motion="reduce") as page:
        await page.goto(whole_site.address + "/search?q=红楼梦")
        await expect(page.locator(".hits > li")).to_have_count(8)
        if width < 900:
            await page.locator("a.to-facets").click()
            await expect(page.locator("#facets h2")).to_be_in_viewport()
            if script:
                await page.locator("details[data-facet=form] > summary").click()
        await page.locator("details[data-facet=form] a", has_text="期刊").click()
        await expect(page.locator(".hits > li")).to_have_count(1)
        await expect(page.locator(".hit-title").first).to_contain_text("红楼梦学刊")
        await page.locator("a.chip").click()
        await expect(page.locator(".hits > li")).to_have_count(8)


async def test_the_search_box_and_the_order_work(whole_site: Any, opened: Opener) -> None:
    async with opened() as page:
        await page.goto(whole_site.address + "/")
        await page.get_by_label("检索词").fill("红楼梦")
        await page.get_by_label("检索字段").select_option("title")
        await page.get_by_role("button", name="检索").click()
        await expect(page).to_have_url(f"{whole_site.address}/search?q=%E7%BA%A2%E6%A5%BC%E6%A2%A6&index=title")
        await page.get_by_label("排序").select_option("newest")
        await page.wait_for_url("**sort=newest**")
        await expect(page.get_by_label("排序")).to_have_value("newest")


async def test_the_keyboard_reaches_content_holdings_and_records(whole_site: Any, opened: Opener) -> None:
    async with opened(reduced_motion="reduce") as page:
        await page.goto(whole_site.address + "/search?q=红楼梦")
        await page.keyboard.press("Tab")
        skip = page.locator("a.skip")
        await expect(skip).to_be_focused()
        await expect(skip).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await expect(page.locator("#main")).to_be_focused()
        held = page.locator("details.held").first
        await held.locator("summary").focus()
        await page.keyboard.press("Enter")
        await expect(held.get_by_text("陕西省图书馆")).to_be_visible()
        await expect(held.get_by_text("I242.47/5", exact=True).first).to_be_visible()
        await page.locator(".hit-title a").first.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("红楼梦")
        await expect(page.get_by_role("table", name="各馆馆藏")).to_contain_text("已借出")


async def test_touch_targets_of_the_main_controls_are_large_enough(whole_site: Any, opened: Opener) -> None:
    """WCAG 2.2, 2.5.8: 24 by 24 CSS pixels at least."""
    async with opened(360) as page:
        await page.goto(whole_site.address + "/search?q=红楼梦&filter=form:book")
        small = await page.evaluate(
            """() => [...document.querySelectorAll('button, select, input[type=search], .top-nav a, .chip, .pages a, '
            + '.to-facets, summary, .facet li > a')]
            .filter((item) => item.checkVisibility() && !item.closest('details:not([open]) > :not(summary)'))
            .map((item) => [item.outerHTML.slice(0, 60), item.getBoundingClientRect().width,
            item.getBoundingClientRect().height]).filter(([, width, height]) => width < 24 || height < 24)"""
        )
        assert small == []


def event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def late_site(site: Any, pages: Pages, before: Answer, after: Answer) -> None:
    """The page as it is at first, a stream that tells of the rest, and from then on the whole page."""
    streamed = False

    def search(request: web.Request) -> str | web.Response:
        nonlocal streamed
        if request.query.get("format") != "sse":
            return pages.search("zh", after if streamed else before, params=params(request))
        streamed = True
        slow = {"id": "yanan", "name": "", "state": "timeout", "hits": None, "returned": 0, "ms": 8000.0,
                "diagnostic": {"message": "No answer within 8.0 s", "kind": "timeout"}}  # fmt: skip
        came = {
            "id": "weinan",
            "name": "",
            "state": "ok",
            "hits": 1234,
            "returned": 20,
            "ms": 4210.0,
            "diagnostic": None,
        }
        body = event("answer", brief_document(before)) + event("target", slow) + event("target", came)
        body += event("answer", brief_document(after)) + event("done", brief_document(after))
        return web.Response(text=body, content_type="text/event-stream")

    site.handlers = {"/search": search}


async def test_late_libraries_appear_without_reloading(site: Any, pages: Pages, opened: Opener) -> None:
    before = samples.answer(records=samples.UNIONS[:3], total=3, targets=samples.WAITING, complete=False)
    late_site(site, pages, before, samples.answer(total=8))
    async with opened() as page:
        await page.goto(site.address + "/search?q=红楼梦")
        await expect(page.locator(".hits > li")).to_have_count(8)
        await expect(page.locator("#asked")).to_contain_text("1 个超时（延安中山图书馆）")
        await expect(page.locator("#late-refresh")).to_be_hidden()
        assert page.url.count("/search") == 1


async def test_a_reader_at_work_is_asked_before_the_list_changes(site: Any, pages: Pages, opened: Opener) -> None:
    before = samples.answer(records=samples.UNIONS[:3], total=3, targets=samples.WAITING, complete=False)
    late_site(site, pages, before, samples.answer(total=8))
    async with opened() as page:
        held: list[Any] = []  # the stream, kept back until the reader has begun to work
        await page.route("**/search?*format=sse*", lambda route: held.append(route))
        await page.goto(site.address + "/search?q=红楼梦", wait_until="commit")
        await page.locator("#targets > summary").click()
        for _ in range(1_000):
            if held:
                break
            await page.wait_for_timeout(10)
        await held[0].continue_()
        await expect(page.locator("#late-text")).to_have_text("又有图书馆应答，现共 8 条记录。")
        await expect(page.locator("[data-target=weinan]")).to_contain_text("命中 1,234 条")
        await expect(page.locator("[data-target=weinan]")).to_contain_text("4.21 秒")
        await expect(page.locator("[data-target=yanan] .target-cause")).to_have_text("未在时限内应答。")
        await expect(page.locator("#asked")).to_have_text("已询问 12 个图书馆： 8 个已应答1 个超时（延安中山图书馆）1 个失败（汉中市图书馆）1 个因连续失败暂停询问（商洛市图书馆）1 个不支持这种检索（安康市图书馆）")  # fmt: skip # noqa: E501
        await expect(page.locator(".hits > li")).to_have_count(3)
        await page.locator("#late-refresh").click()
        await expect(page.locator(".hits > li")).to_have_count(8)
        await expect(page.locator("#results")).to_be_focused()
        await expect(page.locator("#targets")).to_have_attribute("open", "")


async def test_nothing_new_is_said_so(site: Any, pages: Pages, opened: Opener) -> None:
    before = samples.answer(targets=samples.WAITING, complete=False)
    late_site(site, pages, before, samples.answer())
    async with opened() as page:
        await page.goto(site.address + "/search?q=红楼梦")
        await expect(page.locator("#late-text")).to_have_text("所有图书馆都已应答，没有新的结果。")
        assert len([path for path in site.asked if path.startswith("/search")]) == 2


async def test_what_is_typed_is_completed(whole_site: Any, opened: Opener) -> None:
    async with opened(1280) as page:
        await page.goto(whole_site.address + "/search?q=红楼梦")
        await page.locator("#q").fill("红")
        await expect(page.locator("#completions option")).to_have_count(2)
        assert await page.locator("#completions option").first.get_attribute("value") == "红楼梦新补"


@pytest.mark.parametrize("script", [True, False])
async def test_a_branch_of_a_tree_is_unfolded_and_years_are_limited(
    whole_site: Any, opened: Opener, script: bool
) -> None:
    async with opened(1280, java_script_enabled=script) as page:
        await page.goto(whole_site.address + "/search?q=红楼梦")
        await page.locator("details[data-facet=class] a.branch").first.click()
        assert "within=class:" in page.url
        await page.locator("#year-from").fill("1960")
        await page.locator("#year-from").press("Enter")
        await page.wait_for_url("**from=1960**")
        assert "within=class" in page.url
