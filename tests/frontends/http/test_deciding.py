"""Decisions over HTTP: only with an account, only privately, only as JSON; what they do is what the desk does."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession, encode_basic_auth
from aiohttp.test_utils import make_mocked_request

from gateway.app import running
from gateway.core.record import Contributor, Identifier, Publication, Record, Title
from gateway.frontends.http import deciding
from gateway.frontends.http.problems import ProblemError
from gateway.records import keys
from gateway.settings import GatewaySettings
from gateway.union import Unifier

LI = {"Authorization": encode_basic_auth("李馆员", "秘密", "utf-8")}


def book(uid: str, isbn: str = "9787020002207") -> Record:
    source, local_id = uid.split(":")
    return Record(
        id=uid,
        source=source,
        local_id=local_id,
        titles=(Title("红楼梦"),),
        contributors=(Contributor("曹雪芹", "aut", primary=True),),
        publications=(Publication(publisher="人民文学出版社", date="1996"),),
        year=1996,
        identifiers=(Identifier("isbn", isbn, isbn),),
        languages=("chi",),
    )


@pytest.fixture
async def desk(tmp_path, monkeypatch):
    """A client of a running gateway with one cataloguer, and its index with three records in it."""
    monkeypatch.setattr(deciding, "_PAUSE", 0.0)
    accounts = tmp_path / "cataloguers"
    accounts.write_text("# who may decide\n李馆员:秘密\n", "utf-8")
    settings = GatewaySettings(data=tmp_path / "data", port=0, z3950_port=-1, cataloguers=accounts)
    async with running(settings, []) as addresses:
        index = addresses.federation.index
        await Unifier(index).add([book("a:1"), book("b:1"), book("c:1", "9787101003048")])
        async with ClientSession(f"http://127.0.0.1:{addresses.http_port}") as client:
            yield client, index


def asking(action: str, *names: str, why: object = "看过原书") -> dict[str, object]:
    return {"action": action, "names": list(names), "why": why}


async def test_a_cataloguer_joins_lists_and_undoes(desk) -> None:
    client, index = desk
    async with client.post("/decisions", json=asking("join", keys.uid("a:1"), "c:1"), headers=LI) as response:
        assert response.status == 201, await response.text()
        made = await response.json()
    assert [record["members"] for record in made["records"]] == [["a:1", "b:1", "c:1"]]
    (decision,) = made["decisions"]
    assert (decision["by"], decision["why"], decision["stands"]) == ("李馆员", "看过原书", True)
    async with client.post("/decisions", json=asking("undo", decision["id"], why="看错了"), headers=LI) as response:
        assert response.status == 201
    async with client.get("/decisions", headers=LI) as response:
        assert response.headers["Cache-Control"] == "no-store"
        (told,) = (await response.json())["decisions"]
    assert (told["stands"], told["undone"]["by"], told["undone"]["why"]) == (False, "李馆员", "看错了")
    assert {len(union.members) for union in await index.unions_of(["a:1", "c:1"])} == {1, 2}


async def test_splits_and_nevers(desk) -> None:
    client, index = desk
    for asked in (asking("split", "b:1"), asking("never", "a:1", "c:1")):
        async with client.post("/decisions", json=asked, headers=LI) as response:
            assert response.status == 201, await response.text()
    assert len(await index.unions_of(["a:1", "b:1", "c:1"])) == 3
    async with client.post("/decisions", json=asking("join", "a:1", "c:1"), headers=LI) as response:
        problem = await response.json()
    assert response.status == 400
    assert problem["type"] == "urn:wenyuan:problem:decision"
    assert "keeps them apart; undo it first" in problem["detail"]


@pytest.mark.parametrize("account", ["", "李馆员:falsch", "王:秘密"])
async def test_nobody_else_may(desk, account) -> None:
    client, index = desk
    user, _, password = account.partition(":")
    headers = {"Authorization": encode_basic_auth(user, password, "utf-8")} if account else {}
    for answer in (
        client.get("/decisions", headers=headers),
        client.post("/decisions", json=asking("undo", "d"), headers=headers),
    ):
        async with answer as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert await index.decisions() == ()


async def test_a_broken_account_is_none(desk) -> None:
    client, _ = desk
    for header in ("Basic ???", "Basic", "Bearer x", "Basic 5p2O"):
        async with client.get("/decisions", headers={"Authorization": header}) as response:
            assert response.status == 401


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"action": "burn", "names": ["a:1"], "why": "x"}, "action is one of"),
        (asking("never", "a:1"), "exactly 2"),
        (asking("join"), "names is a list"),
        (asking("join", *["a:1"] * 501), "at most 500"),
        ({"action": "join", "names": [1, 2], "why": "x"}, "names is a list"),
        (asking("split", "x" * 400), "names is a list"),
        (asking("split", "b:1", why=" "), "why is the reason"),
        (asking("split", "b:1", why=7), "why is the reason"),
        (asking("split", "\ud800"), "No record is called"),
        (asking("join", "a:1", "no:such"), "No record is called"),
        (["join"], "is an object"),
    ],
)
async def test_what_makes_no_decision_is_told(desk, body, words) -> None:
    client, index = desk
    async with client.post("/decisions", json=body, headers=LI) as response:
        assert response.status == 400
        assert words in (await response.json())["detail"]
    assert await index.decisions() == ()


async def test_only_json_is_taken(desk) -> None:
    client, index = desk
    async with client.post("/decisions", data={"action": "split", "names": "b:1", "why": "x"}, headers=LI) as response:
        assert response.status == 415
    headers = {"Content-Type": "application/json", **LI}
    for data in (b"{", b"[" * 50_000, b"\xff"):
        async with client.post("/decisions", data=data, headers=headers) as response:
            assert response.status == 400
    assert await index.decisions() == ()


async def test_without_a_file_of_cataloguers_there_is_no_such_address(site) -> None:
    client, _ = await site({})
    async with client.post("/decisions", json=asking("split", "b:1"), headers=LI) as response:
        assert response.status in (404, 405)


@pytest.mark.parametrize(
    ("remote", "public_url", "status"),
    [
        ("192.0.2.7", "", 403),
        ("192.0.2.7", "http://opac.example", 403),
        ("192.0.2.7", "https://opac.example", 401),
        ("127.0.0.1", "", 401),
        ("::1", "", 401),
    ],
)
async def test_passwords_are_asked_of_this_machine_only_or_behind_tls(remote, public_url, status) -> None:
    request = make_mocked_request("GET", "/decisions").clone(remote=remote)
    request.app[deciding.SETTINGS] = GatewaySettings(public_url=public_url)
    request.app[deciding.DESK] = deciding.Desk(None, None, lambda user, password: False)  # type: ignore[arg-type]
    with pytest.raises(ProblemError) as refused:
        await deciding.listing(request)
    assert refused.value.status == status


async def test_decisions_at_once_are_made_one_after_the_other(desk) -> None:
    client, index = desk

    async def ask(asked) -> int:
        async with client.post("/decisions", json=asked, headers=LI) as response:
            return response.status

    statuses = await asyncio.gather(ask(asking("join", "a:1", "c:1")), ask(asking("never", "a:1", "c:1")))
    assert sorted(statuses) == [201, 400]
    assert len(await index.decisions()) == 1
