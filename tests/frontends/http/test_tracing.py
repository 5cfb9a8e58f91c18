"""Lasting addresses: of merged, split and withdrawn records; other editions; who said what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.record import Contributor, Identifier, Publication, Record, Title
from gateway.records import keys
from gateway.union import Unifier
from gateway.union.cataloguing import Cataloguing

LI = {"by": "李馆员", "at": 1_795_000_000, "why": "看过原书"}


def book(
    uid: str, title: str = "红楼梦", *, isbn: str = "9787020002207", year: int = 1996, extent: str = "1606页"
) -> Record:
    source, local_id = uid.split(":")
    return Record(
        id=uid,
        source=source,
        local_id=local_id,
        titles=(Title(title),),
        contributors=(Contributor("曹雪芹", "aut", primary=True),),
        publications=(Publication(publisher="人民文学出版社", date=str(year)),),
        year=year,
        identifiers=(Identifier("isbn", isbn, isbn),),
        extent=extent,
        languages=("chi",),
    )


NEW = replace(book("c:1", isbn="9787101003048", year=2018), publications=(Publication(publisher="中华书局"),))


@pytest.fixture
async def front(site):
    """The client, the unifier and the index of a gateway without libraries of its own."""
    client, world = await site({})
    index = world.federation.index
    return client, Unifier(index), index


def uids(*record_ids: str) -> list[str]:
    return sorted(map(keys.uid, record_ids))


async def json(client, path: str, status: int = 200, **options: object):
    response = await client.get(path, headers={"Accept": "application/json"}, **options)
    assert response.status == status, await response.text()
    return await response.json()


async def test_every_members_address_leads_to_the_union(front) -> None:
    client, unifier, _ = front
    await unifier.add([book("a:1"), book("b:1")])
    first, second = uids("a:1", "b:1")
    for path in (f"/records/{second}?format=json&explain=1", f"/id/{second}?format=json&explain=1"):
        response = await client.get(path, allow_redirects=False)
        assert (response.status, response.headers["Location"]) == (302, f"/records/{first}?format=json&explain=1")
        assert response.headers["Cache-Control"] == "no-cache"
    assert (await client.get(f"/records/{first}", allow_redirects=False)).status == 200
    assert (await json(client, f"/id/{second}"))["id"] == first


async def test_a_part_that_was_split_off_answers_at_its_own_address_again(front) -> None:
    client, unifier, _ = front
    await unifier.add([book("a:1"), book("b:1"), book("c:2")])
    await Cataloguing(unifier).split(["b:1"], **LI)
    part = await json(client, f"/records/{keys.uid('b:1')}?explain=1")
    assert [member["id"] for member in part["members"]] == ["b:1"]
    (decision,) = part["decisions"]
    assert (decision["kind"], decision["records"], decision["others"]) == ("split", ["b:1"], ["a:1", "c:2"])
    assert (decision["why"], decision["at"]) == ("看过原书", "2026-11-18T11:06:40+00:00")
    assert "李馆员" not in str(part), "who decided is for colleagues"
    assert [one["id"] for one in part["apart"]] == [uids("a:1", "c:2")[0]]
    page = await (await client.get(f"/records/{keys.uid('b:1')}?lang=en", headers={"Accept": "text/html"})).text()
    assert "A cataloguer parted records that describe different editions." in page
    assert "看过原书" in page
    assert f'href="/records/{uids("a:1", "c:2")[0]}"' in page


async def test_a_withdrawn_record_leads_to_what_was_with_it(front) -> None:
    client, unifier, _ = front
    await unifier.add([book("a:1"), book("b:1"), book("c:2")])
    await unifier.delete(["a:1"])
    await unifier.delete(["b:1"])
    response = await client.get(f"/id/{keys.uid('a:1')}", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (302, f"/records/{keys.uid('c:2')}")


async def test_a_withdrawn_record_whose_company_parted_says_where_it_went(front) -> None:
    client, unifier, _ = front
    await unifier.add([book("a:1"), book("b:1"), book("c:2")])
    await unifier.delete(["a:1"])
    await Cataloguing(unifier).split(["b:1"], **LI)
    problem = await json(client, f"/records/{keys.uid('a:1')}", 410)
    assert problem["type"] == "urn:wenyuan:problem:gone"
    assert sorted(part["id"] for part in problem["parts"]) == uids("b:1", "c:2")
    page = await client.get(f"/records/{keys.uid('a:1')}?lang=zh", headers={"Accept": "text/html"})
    assert page.status == 410
    words = await page.text()
    assert "此记录已不存在" in words
    assert all(f'href="/records/{uid}"' in words for uid in uids("b:1", "c:2"))


async def test_a_record_that_nobody_else_had_is_gone(front) -> None:
    client, unifier, _ = front
    await unifier.add([book("a:1")])
    await unifier.delete(["a:1"])
    assert (await json(client, f"/records/{keys.uid('a:1')}", 410))["parts"] == []
    assert (await json(client, f"/id/{keys.uid('a:1')}", 410))["parts"] == []
    await json(client, f"/id/{keys.uid('a:2')}", 404)
    await unifier.add([book("a:1")])
    await json(client, f"/id/{keys.uid('a:1')}")


async def test_other_editions_are_shown_and_counted(front) -> None:
    client, unifier, index = front
    many = [replace(NEW, id=f"d:{n}", source="d", local_id=str(n), year=1900 + n, identifiers=()) for n in range(30)]
    await unifier.add([book("a:1"), book("b:1"), NEW, *many, book("z:1", "史记", isbn="9787101000009")])
    await index.refresh()
    first = uids("a:1", "b:1")[0]
    work = (await json(client, f"/records/{first}"))["work"]
    assert work["total"] == 31
    assert [one["year"] for one in work["editions"]][:3] == [2018, 1929, 1928]
    assert len(work["editions"]) == 10
    assert work["editions"][0] == {
        "id": keys.uid("c:1"),
        "href": f"/records/{keys.uid('c:1')}",
        "title": "红楼梦",
        "responsibility": "",
        "publisher": "中华书局",
        "year": 2018,
        "languages": ["chi"],
        "form": "book",
        "libraries": 1,
    }
    assert len((await json(client, f"/records/{first}?editions=all"))["work"]["editions"]) == 31
    page = await (await client.get(f"/records/{first}?lang=en", headers={"Accept": "text/html"})).text()
    assert "Other editions of this work" in page
    assert f'href="/records/{first}?editions=all"' in page
    alone = await json(client, f"/records/{keys.uid('z:1')}")
    assert alone["work"] == {"total": 0, "editions": []}
    page = await (await client.get(f"/records/{keys.uid('z:1')}?lang=en", headers={"Accept": "text/html"})).text()
    assert "Other editions of this work" not in page


async def test_explaining_says_who_said_what(front) -> None:
    client, unifier, _ = front
    await unifier.add([book("a:1"), book("b:1", extent="1605页")])
    first = uids("a:1", "b:1")[0]
    plain = await json(client, f"/records/{first}")
    assert "provenance" not in plain
    told = (await json(client, f"/records/{first}?explain=1"))["provenance"]
    assert told["year"] == [{"value": 1996, "records": ["a:1", "b:1"], "taken": True}]
    assert sorted((one["value"], one["records"]) for one in told["extent"]) == [
        ("1605页", ["b:1"]),
        ("1606页", ["a:1"]),
    ]
    assert [one["taken"] for one in told["extent"]] == [True, False]


async def test_a_join_is_told_with_its_reason(front) -> None:
    client, unifier, _ = front
    await unifier.add([book("a:1"), NEW])
    made = await Cataloguing(unifier).join(["a:1", "c:1"], **LI)
    document = await json(client, f"/records/{made.unions[0].id}")
    (evidence,) = document["why"]
    assert (evidence["rule"], evidence["decision"]) == ("cataloguer", made.decisions[0].id)
    page = await (await client.get(f"/records/{made.unions[0].id}?lang=zh", headers={"Accept": "text/html"})).text()
    assert "编目员判定二者为同一版本" in page
    assert "编目员判定这些记录描述同一版本" in page
