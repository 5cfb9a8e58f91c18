"""Our client against our server over TLS, over IPv6, and with a password."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app import z3950_options
from gateway.core.errors import FatalTargetError, RetriableError
from gateway.core.query import Clause, Query
from gateway.core.record import Flavour
from gateway.frontends.z3950 import serve
from gateway.records import iso2709
from gateway.settings import load_gateway_settings
from tests.support import peers
from tests.support.peers import Peer
from tests.support.shelf import BOOKS, Shelf
from tests.support.z3950_asking import pages, settings

RED = Query(Clause("title", "红"))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    command = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([peers.program("openssl"), *command.split(), *files], check=True, capture_output=True)
    return folder


async def test_tls(certificate) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server = await serve(Shelf(), "127.0.0.1", 0, tls=context)
    peer = Peer("127.0.0.1", server.port, "shelf")
    try:
        trusted = {"tls": "yes", "tls_ca": str(certificate / "cert.pem")}
        for options in (trusted, {"tls": "yes", "tls_verify": "no"}):
            assert (await pages(settings(peer, options=options), RED))[0].total == 2
        with pytest.raises(FatalTargetError, match="cannot be trusted"):
            await pages(settings(peer, options={"tls": "yes"}), RED)
        with pytest.raises(RetriableError, match=f"127.0.0.1:{server.port}"):
            await pages(settings(peer), RED)
    finally:
        await server.close()


def test_yaz_client_over_tls_by_the_settings_of_the_gateway(ours, certificate) -> None:
    configured = load_gateway_settings(
        None, z3950_tls_certificate=certificate / "cert.pem", z3950_tls_key=certificate / "key.pem"
    )
    peer = ours(options=z3950_options(configured))
    output = peers.yaz_client(replace(peer, scheme="ssl"), "find @attr 1=4 红", "show 1+2")
    assert "Peer provided 1 certificates" in output
    assert "Number of hits: 2" in output
    assert "红与黑" in output
    assert "Number of hits" not in peers.yaz_client(peer, "find 红")


async def test_yaz_ztest_over_tls(certificate) -> None:
    both = certificate / "both.pem"
    both.write_bytes((certificate / "key.pem").read_bytes() + (certificate / "cert.pem").read_bytes())
    with peers.ztest(certificate=both) as peer:
        options = {"tls": "yes", "tls_ca": str(certificate / "cert.pem")}
        (page,) = await pages(settings(peer, options=options), Query(Clause("title", "water")), limit=3)
        assert len(page.records) == 3


async def test_tls_where_none_is_spoken() -> None:
    server = await serve(Shelf(), "127.0.0.1", 0)
    try:
        with pytest.raises(RetriableError, match="TLS"):
            await pages(settings(Peer("127.0.0.1", server.port), options={"tls": "yes"}), RED)
    finally:
        await server.close()


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
async def test_ipv6() -> None:
    try:
        server = await serve(Shelf(), "::1", 0)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    try:
        target = settings(Peer("::1", server.port, "shelf"))
        assert (await pages(target, RED))[0].total == 2
    finally:
        await server.close()
    with pytest.raises(RetriableError, match=rf"\[::1\]:{target.port} refuses"):
        await pages(target, RED)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_yaz_client_over_ipv6(background) -> None:
    try:
        server = background.run(serve(Shelf(), "::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    try:
        assert "Number of hits: 2" in peers.yaz_client(Peer("[::1]", server.port, "shelf"), "find @attr 1=4 红")
    finally:
        background.run(server.close())


@pytest.mark.parametrize(
    ("flavour", "charset", "terms"),
    [
        (Flavour.CNMARC, "gbk", "gbk"),
        (Flavour.UNIMARC, "utf-8", "utf-8"),
        (Flavour.MARC21, "utf-8", "utf-8"),
        (Flavour.MARC21, "marc-8", "utf-8"),
        (Flavour.MARC21, "marc-8", "big5"),
    ],
)
async def test_the_libraries_of_a_province(flavour, charset, terms) -> None:
    """Each with its own MARC, its own bytes of records and its own bytes of terms."""
    wanted = "Dream" if terms == "big5" else "红楼"
    server = await serve(Shelf(charset=charset, flavour=flavour), "127.0.0.1", 0, term_charset=terms)
    peer = Peer("127.0.0.1", server.port, "shelf")
    syntax = "usmarc" if flavour is Flavour.MARC21 else "unimarc"
    target = settings(peer, term_charset=terms, record_charset=charset, syntax=syntax, flavour=flavour)
    try:
        (page,) = await pages(target, Query(Clause("title", wanted)))
        (raw,) = page.records
        assert (raw.charset, raw.flavour, raw.format) == (charset, flavour, "iso2709")
        title = next(iter(iso2709.read(raw.payload, charset).fields("245", "200"))).get("a")
        assert title == ("Dream of the Red Chamber" if terms == "big5" else "红楼梦")
        opac = await pages(replace(target, syntax="opac"), Query(Clause("title", wanted)))
        assert opac[0].records[0].holdings[0].status == "available"
        assert opac[0].records[0].holdings[0].location == "二楼"
    finally:
        await server.close()


async def test_a_thousand_records_back_to_back() -> None:
    server = await serve(Shelf(BOOKS * 200), "127.0.0.1", 0)
    target = settings(Peer("127.0.0.1", server.port, "shelf"), page_size=100)
    try:
        found = await pages(target, Query(Clause("any", "9")), limit=1000)
        assert sum(len(page.records) for page in found) == 1000
        assert found[0].total == 1200
        tasks = [pages(target, RED, limit=400) for _ in range(20)]
        assert [sum(len(p.records) for p in each) for each in await asyncio.gather(*tasks)] == [400] * 20
    finally:
        await server.close()


async def test_the_wrong_password_is_named() -> None:
    server = await serve(Shelf(), "127.0.0.1", 0, authenticate=lambda user, password: password == "right")
    target = settings(Peer("127.0.0.1", server.port, "shelf"), user="u", password="wrong")
    try:
        with pytest.raises(FatalTargetError, match="Bad Userid and/or Password") as caught:
            await pages(target, RED)
        assert caught.value.code == "bib1:1011"
        assert (await pages(replace(target, password="right"), RED))[0].total == 2
    finally:
        await server.close()
