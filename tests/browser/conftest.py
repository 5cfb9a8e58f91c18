"""Real Chromium over the pages, served on loopback with the front door's content security policy."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from gateway.frontends.opac import Pages
from tests.opac import samples

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

Handler = Callable[[web.Request], str | web.StreamResponse]


@dataclass
class Site:
    """A server over handlers by path, and what the browser complained about."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    address: str = ""
    asked: list[str] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        handler = self.handlers.get(request.path)
        if handler is None:
            raise web.HTTPNotFound()
        answer = handler(request)
        if isinstance(answer, str):
            answer = web.Response(text=answer, content_type="text/html", charset="utf-8")
        answer.headers["Content-Security-Policy"] = POLICY
        return answer


@pytest.fixture(scope="session")
def pages() -> Pages:
    return Pages(library_names=samples.LIBRARIES)


@pytest_asyncio.fixture(loop_scope="session")
async def site(pages: Pages) -> AsyncIterator[Site]:
    site = Site()
    application = web.Application()
    application.router.add_static("/static", pages.static_dir)
    application.router.add_get("/{path:.*}", site.serve)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.address = "http://{}:{}".format(*runner.addresses[0])
    yield site
    await runner.cleanup()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing; install it with `make peers`")
        pytest.skip("Chromium is missing; install it with `make peers`")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


Opener = Callable[..., AbstractAsyncContextManager[Page]]


@pytest.fixture
def opened(browser: Browser) -> Opener:
    """``async with opened(width, …) as page``: fails at the end if the page complained in the console."""

    @asynccontextmanager
    async def open_page(width: int = 1280, **options: object) -> AsyncIterator[Page]:
        context: BrowserContext = await browser.new_context(
            viewport={"width": width, "height": 800}, **options  # type: ignore[arg-type]
        )  # fmt: skip
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type != "log" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        await context.close()
        assert complaints == []

    return open_page
