"""What cataloguers decide: joins, splits, nevers and their undoing, over re-harvests, deletions and contradictions."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from gateway.core.decision import Kind
from gateway.core.ports import Change, DecidingIndex, Index, IndexSearch, TracingIndex
from gateway.core.record import Contributor, Holding, Identifier, Publication, RawRecord, Record, Title
from gateway.records import keys
from gateway.records.clusters import JOINED
from gateway.union import Unifier, cataloguing
from gateway.union.cataloguing import Cataloguing, DecisionError, concerning

LI = {"by": "李馆员", "at": 1_795_000_000, "why": "看过原书"}


class Opened(Index, DecidingIndex, TracingIndex):
    """What the fixture gives."""


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
        identifiers=(Identifier("isbn", isbn, isbn),) if isbn else (),
        extent=extent,
        languages=("chi",),
        holdings=(Holding(source=source),),
        raw=RawRecord(source, f"{uid} {title} {isbn} {year}".encode(), local_id=local_id),
    )


OTHER = {"isbn": "9787101003048"}  #: vetoed against the others by its number


async def clusters(index: Index) -> set[frozenset[str]]:
    await index.refresh()
    page = await index.search(IndexSearch(None, size=1000))
    assert page.total == len(page.records) == (await index.statistics())["unions"]
    return {frozenset(member.id for member in union.members) for union in page.records}


def sets(*groups: str) -> set[frozenset[str]]:
    return {frozenset(group.split()) for group in groups}


@pytest.fixture
def unifier(index: Index) -> Unifier:
    return Unifier(index)


@pytest.fixture
def desk(unifier: Unifier) -> Cataloguing:
    return Cataloguing(unifier)


async def test_a_join_makes_one_of_two_that_the_rules_keep_apart(index: Opened, unifier: Unifier, desk: Cataloguing):
    await unifier.add([book("a:1"), book("b:1"), book("c:1", **OTHER), book("d:1", **OTHER)])
    assert await clusters(index) == sets("a:1 b:1", "c:1 d:1")
    made = await desk.join([keys.uid("a:1"), "c:1"], **LI)
    assert await clusters(index) == sets("a:1 b:1 c:1 d:1")
    (union,) = made.unions
    (decision,) = made.decisions
    assert (decision.kind, decision.by, decision.at, decision.why) == (Kind.JOIN, "李馆员", LI["at"], "看过原书")
    assert {one.decision for one in union.why if one.rule == JOINED} == {decision.id}
    assert any("isbn" in one.conflict for one in union.why)
    assert await index.decisions() == (decision,)


async def test_what_comes_later_joins_where_it_matches(index: Opened, unifier: Unifier, desk: Cataloguing):
    """A record that one of the joined matches is not kept out by the difference to the other one."""
    await unifier.add([book("a:1"), book("c:1", **OTHER)])
    await desk.join(["a:1", "c:1"], **LI)
    await unifier.add([book("e:1"), book("f:1", **OTHER), book("g:1", isbn="9787805200019")])
    assert await clusters(index) == sets("a:1 c:1 e:1 f:1", "g:1")


async def test_a_split_takes_records_out_together(index: Opened, unifier: Unifier, desk: Cataloguing):
    await unifier.add([book(f"{source}:1") for source in "abcde"])
    made = await desk.split([keys.uid("a:1"), "b:1"], **LI)
    assert await clusters(index) == sets("a:1 b:1", "c:1 d:1 e:1")
    assert {frozenset(m.id for m in union.members) for union in made.unions} == sets("a:1 b:1", "c:1 d:1 e:1")
    assert made.decisions[0].others == ("c:1", "d:1", "e:1")


async def test_never_keeps_a_pair_apart_whatever_comes(index: Opened, unifier: Unifier, desk: Cataloguing):
    await unifier.add([book("a:1"), book("b:2", **OTHER)])
    await desk.never(keys.uid("a:1"), keys.uid("b:2"), **LI)
    await unifier.add([book("b:2")])
    assert await clusters(index) == sets("a:1", "b:2")
    await unifier.add([book("c:1")])  # matches both, and goes with one of them
    assert await clusters(index) in (sets("a:1 c:1", "b:2"), sets("a:1", "b:2 c:1"))


async def test_decisions_survive_harvests_deletions_and_returns(index: Opened, unifier: Unifier, desk: Cataloguing):
    await unifier.add([book("a:1"), book("b:1"), book("c:1", **OTHER)])
    await desk.join(["a:1", "c:1"], **LI)
    await desk.split(["b:1"], **LI)
    expected = sets("a:1 c:1", "b:1")
    assert await clusters(index) == expected
    changed = [replace(book("a:1", extent="1607页")), book("b:1", extent="1605页"), book("c:1", year=1997, **OTHER)]
    await unifier.add(changed)
    assert await clusters(index) == expected
    await unifier.delete(["a:1"])
    assert await clusters(index) == sets("c:1", "b:1")
    await unifier.add([book("a:1")])
    assert await clusters(index) == expected
    await unifier.delete(["a:1", "b:1", "c:1"])
    await unifier.add([book("c:1", **OTHER)])
    await unifier.add([book("b:1")])
    await unifier.add([book("a:1")])
    assert await clusters(index) == expected


async def test_a_missing_link_of_a_join_breaks_nothing(index: Opened, unifier: Unifier, desk: Cataloguing):
    await unifier.add([book("a:1"), book("b:1", **OTHER), book("c:1", isbn="9787805200019")])
    await desk.join(["a:1", "b:1", "c:1"], **LI)
    await unifier.delete(["b:1"])
    assert await clusters(index) == sets("a:1 c:1")


async def test_undoing_gives_back_what_the_rules_say(index: Opened, unifier: Unifier, desk: Cataloguing):
    await unifier.add([book("a:1"), book("b:1"), book("c:1", **OTHER)])
    before = {union.id: union for union in await index.unions_of(["a:1", "b:1", "c:1"])}
    joined = (await desk.join(["a:1", "c:1"], **LI)).decisions[0]
    split = (await desk.split(["b:1"], **LI)).decisions[0]
    for one in await index.decisions():
        if one.stands:
            await desk.undo(one.id, by="王", at=2_000_000_000, why="看错了")
    assert {union.id: union for union in await index.unions_of(["a:1", "b:1", "c:1"])} == before
    history = {one.id: one for one in await index.decisions()}
    assert (history[split.id].undone_by, history[split.id].undone_at) == ("王", 2_000_000_000)
    assert not history[joined.id].stands
    with pytest.raises(DecisionError, match="undone already"):
        await desk.undo(split.id, **LI)
    with pytest.raises(DecisionError, match="No decision"):
        await desk.undo("d0", **LI)


async def test_a_split_narrows_the_joins_that_hold_both_sides(index: Opened, unifier: Unifier, desk: Cataloguing):
    records = [book(f"{source}:1", isbn=isbn) for source, isbn in zip("abcd", ISBNS, strict=True)]
    await unifier.add(records)
    joined = (await desk.join([record.id for record in records], **LI)).decisions[0]
    assert await clusters(index) == sets("a:1 b:1 c:1 d:1")
    made = await desk.split(["c:1", "d:1"], by="王", at=LI["at"] + 1, why="第二版")
    assert await clusters(index) == sets("a:1 b:1", "c:1 d:1")
    assert [one.kind for one in made.decisions] == [Kind.SPLIT, Kind.JOIN, Kind.JOIN, Kind.JOIN]
    standing = [one for one in await index.decisions() if one.stands]
    assert {(one.kind, one.records) for one in standing} == {
        (Kind.JOIN, ("a:1", "b:1")),
        (Kind.JOIN, ("c:1", "d:1")),
        (Kind.SPLIT, ("c:1", "d:1")),
    }
    old = next(one for one in await index.decisions() if one.id == joined.id)
    assert old.undone_why == f"narrowed by {made.decisions[0].id}"


ISBNS = ("9787020002207", "9787101003048", "9787805200019", "9787530200001")


async def test_contradictions_are_told_and_change_nothing(index: Opened, unifier: Unifier, desk: Cataloguing):
    await unifier.add([book("a:1"), book("b:1"), book("c:1", **OTHER)])
    never = (await desk.never("a:1", "c:1", **LI)).decisions[0]
    before = await clusters(index)
    with pytest.raises(DecisionError, match=f"a:1 and c:1: {never.id} .*看过原书.* keeps them apart; undo it first"):
        await desk.join(["a:1", "c:1"], **LI)
    with pytest.raises(DecisionError, match="keeps them apart"):
        await desk.join(["b:1", "c:1"], **LI)  # b:1 is in one union record with a:1, which counts, too
    assert await clusters(index) == before
    assert await index.decisions() == (never,)
    await desk.undo(never.id, **LI)
    joined = (await desk.join(["a:1", "c:1"], **LI)).decisions[0]
    with pytest.raises(DecisionError, match="one union record"):
        await desk.never(keys.uid("a:1"), keys.uid("c:1"), **LI)
    with pytest.raises(DecisionError, match=f"{joined.id} .* holds them together"):
        await desk.never("a:1", "c:1", **LI)


async def test_a_chain_of_joins_contradicts_though_its_middle_is_gone(
    index: Opened, unifier: Unifier, desk: Cataloguing
):
    await unifier.add([book("a:1"), book("b:1", **OTHER), book("c:1", isbn="9787805200019")])
    await desk.join(["a:1", "b:1"], **LI)
    await unifier.delete(["a:1"])
    await desk.join(["b:1", "c:1"], **LI)
    await unifier.delete(["b:1"])
    await unifier.add([book("a:1")])
    assert await clusters(index) == sets("a:1", "c:1")
    with pytest.raises(DecisionError, match="holds them together"):
        await desk.never("a:1", "c:1", **LI)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda desk: desk.join(["a:1"], **LI), "name two"),
        (lambda desk: desk.join(["a:1", "no:such"], **LI), "No record is called 'no:such'"),
        (lambda desk: desk.split(["a:1", "b:1"], **LI), "all the records"),
        (lambda desk: desk.split(["a:1", "c:1"], **LI), "different union records"),
        (lambda desk: desk.never("a:1", "wnosuch", **LI), "No record is called 'wnosuch'"),
        (lambda desk: desk.join(["a:1", "c:1"], by=" ", at=1), "who made it"),
    ],
)
async def test_what_cannot_be_decided_is_told(index: Opened, unifier: Unifier, desk: Cataloguing, ask, words):
    await unifier.add([book("a:1"), book("b:1"), book("c:1", **OTHER)])
    before = await clusters(index)
    with pytest.raises(DecisionError, match=words):
        await ask(desk)
    assert await clusters(index) == before
    assert await index.decisions() == ()


async def test_a_decision_about_too_many_records_is_refused(
    index: Opened, unifier: Unifier, desk: Cataloguing, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cataloguing, "MAX_RECORDS", 5)
    crowd = [book(f"l{number}:1") for number in range(5)]
    await unifier.add([*crowd, book("c:1", **OTHER)])
    with pytest.raises(DecisionError, match="at most 5 records; these are 6"):
        await desk.join(["l1:1", "c:1"], **LI)


async def test_deciding_writes_what_it_concerns_and_nothing_else(index: Opened):
    changes: list[Change] = []
    apply = index.apply

    async def noting(change: Change) -> None:
        changes.append(change)
        await apply(change)

    index.apply = noting  # type: ignore[method-assign]
    unifier = Unifier(index)
    far = book("z:9", "史记", isbn="9787101000009")
    await unifier.add([book("a:1"), book("b:1"), book("c:1", **OTHER), far])
    await Cataloguing(unifier).join(["a:1", "c:1"], **LI)
    assert changes[1].records == ()
    assert [{m.id for m in union.members} for union in changes[1].unions] == [{"a:1", "b:1", "c:1"}]
    assert len(changes[1].decisions) == 1
    await unifier.add([book("a:1"), far])  # nothing new
    assert len(changes) == 2


async def test_decisions_and_harvests_at_once_end_as_one_after_the_other(index: Opened, unifier: Unifier):
    desk = Cataloguing(unifier)
    await unifier.add([book("a:1"), book("c:1", **OTHER)])
    await asyncio.gather(desk.join(["a:1", "c:1"], **LI), *(unifier.add([book(f"{source}:1")]) for source in "defgh"))
    assert await clusters(index) == sets("a:1 c:1 d:1 e:1 f:1 g:1 h:1")


async def test_those_concerning_a_union_are_those_that_stand(index: Opened, unifier: Unifier, desk: Cataloguing):
    await unifier.add([book("a:1"), book("b:1"), book("c:1", **OTHER)])
    never = (await desk.never("a:1", "c:1", **LI)).decisions[0]
    split = (await desk.split(["b:1"], **LI)).decisions[0]
    await desk.undo(never.id, **LI)
    (union,) = await index.unions_of(["b:1"])
    assert concerning(await index.decisions(), union) == [split]


async def test_a_deleted_record_leaves_its_heirs(index: Opened, unifier: Unifier):
    await unifier.add([book("a:1"), book("b:1"), book("c:1"), book("z:9", "史记", isbn="9787101000009")])
    await unifier.delete(["a:1", "z:9"])
    assert await index.heirs(keys.uid("a:1")) == ("b:1", "c:1")
    assert await index.heirs(keys.uid("z:9")) == ()
    assert await index.heirs(keys.uid("b:1")) is None
