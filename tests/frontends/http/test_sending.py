"""What a page goes before waits until the page is out."""

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from gateway.frontends.http.context import SENDING
from gateway.frontends.http.server import sending


async def served(handler):
    application = web.Application(middlewares=[sending])
    application.add_routes([web.get("/", handler)])
    async with TestServer(application) as server, ClientSession() as session, session.get(server.make_url("/")) as got:
        return got.status, await got.text()


async def test_what_a_handler_holds_is_let_go_of_when_the_answer_is_written():
    written = []

    async def handler(request):
        response = web.Response(text="a page")
        request[SENDING].callback(lambda: written.append(response.body_length))
        return response

    assert await served(handler) == (200, "a page")
    (length,) = written  # with what the protocol adds
    assert length > len("a page")


async def test_it_is_let_go_of_when_there_is_no_answer():
    left = []

    async def handler(request):
        request[SENDING].callback(lambda: left.append(True))
        raise web.HTTPNotFound(text="nothing")

    assert await served(handler) == (404, "nothing")
    assert left == [True]


async def test_a_file_is_sent_by_the_server(tmp_path, caplog):
    """Which sends a second answer in the same connection only when the first went well."""
    (tmp_path / "style.css").write_text("body {}")
    application = web.Application(middlewares=[sending])
    application.add_routes([web.static("/static", tmp_path)])
    async with TestServer(application) as server, ClientSession() as session:
        for _ in range(3):
            async with session.get(server.make_url("/static/style.css")) as got:
                assert await got.text() == "body {}"
    assert not caplog.records
