import asyncio
import json

import pytest

from gateway.frontends.http.lines import encoded


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            b"GET /search?q=\xe7\xba\xa2 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /search?q=%E7%BA%A2 HTTP/1.1\r\nHost: x\r\n\r\n",
        ),
        (b"GET /search?q=a HTTP/1.1\r\n\r\n", b"GET /search?q=a HTTP/1.1\r\n\r\n"),
        (b"POST /sru HTTP/1.1\r\n\r\nquery=\xe7\xba\xa2", b"POST /sru HTTP/1.1\r\n\r\nquery=\xe7\xba\xa2"),
        (b"query=\xe7\xba\xa2", b"query=\xe7\xba\xa2"),
        (b"\x16\x03\x01\xff", b"\x16\x03\x01\xff"),
    ],
)
def test_only_the_request_line_is_touched(data, expected):
    assert encoded(data) == expected


async def test_a_query_as_typed_into_curl(site, record):
    client, _ = await site({"a": {"records": [record("a", 1, "红楼梦")]}})
    reader, writer = await asyncio.open_connection("127.0.0.1", client._base_url.port)
    line = "GET /search?q=红楼梦&format=json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    writer.write(line.encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    assert head.startswith(b"HTTP/1.1 200")
    assert json.loads(body)["query"] == "红楼梦"
