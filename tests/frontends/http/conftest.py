import contextlib

import pytest
from aiohttp import ClientSession

from gateway.app import PARSERS
from gateway.frontends.http import HttpFrontend, create_application
from gateway.frontends.opac import Pages
from gateway.settings import GatewaySettings
from tests.support.world import raw, worlds


@pytest.fixture
async def site(tmp_path):
    """``await site({library: options}, **settings)`` gives a client of the HTTP front door and its world."""
    async with worlds(tmp_path) as make, contextlib.AsyncExitStack() as stack:

        async def start(libraries, **settings):
            world = await make(libraries, **settings)
            names = {name: {"zh": name} for name in libraries}
            application = create_application(
                world.federation, GatewaySettings(**settings), Pages(library_names=names), PARSERS
            )
            frontend = HttpFrontend(application, "127.0.0.1", 0)
            await frontend.start()
            stack.push_async_callback(frontend.close)
            session = ClientSession(f"http://127.0.0.1:{frontend.port}")
            return await stack.enter_async_context(session), world

        yield start


@pytest.fixture
def record():
    return raw
