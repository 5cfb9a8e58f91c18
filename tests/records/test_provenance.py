"""For each value of a union record: which members said it, and what was said otherwise."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.record import Contributor, Identifier, Publication, Record, Subject, Title
from gateway.records.merge import MERGE_RULES, merge
from gateway.records.provenance import Said, provenance


def record(source: str, **values: object) -> Record:
    made = Record(
        id=f"{source}:1",
        source=source,
        local_id="1",
        titles=(Title("红楼梦"),),
        contributors=(Contributor("曹雪芹", "aut", primary=True),),
        publications=(Publication("北京", "人民文学出版社", "1996"),),
        identifiers=(Identifier("isbn", "9787020002207", "7-02-000220-X"),),
        year=1996,
        extent="1606页",
        languages=("chi",),
    )
    return replace(made, **values)  # type: ignore[arg-type]


def test_values_that_all_say_have_all_for_sources() -> None:
    told = provenance(merge([record("a"), record("b", titles=(Title("紅樓夢"),))]))
    assert told["titles"] == (Said(Title("红楼梦"), ("a:1", "b:1")),)
    assert told["year"] == (Said(1996, ("a:1", "b:1")),)
    assert told["languages"] == (Said("chi", ("a:1", "b:1")),)


def test_values_of_one_member_have_it_alone() -> None:
    subjects = (Subject(("古典小说", "中国", "清代")),)
    told = provenance(merge([record("a"), record("b", subjects=subjects, summary="以贾宝玉为中心")]))
    assert told["subjects"] == (Said(subjects[0], ("b:1",)),)
    assert told["summary"] == (Said("以贾宝玉为中心", ("b:1",)),)


def test_what_was_not_taken_is_told_behind_what_was() -> None:
    told = provenance(merge([record("a"), record("b", year=1997, extent="1605页"), record("c")]))
    assert told["year"] == (Said(1996, ("a:1", "c:1")), Said(1997, ("b:1",), taken=False))
    assert told["extent"] == (Said("1606页", ("a:1", "c:1")), Said("1605页", ("b:1",), taken=False))


def test_every_value_of_every_field_has_a_source() -> None:
    """Whatever the merge rules make of members, no value comes from nowhere."""
    union = merge(
        [
            record("a", notes=("据程乙本", "有插图"), edition="第2版"),
            record("b", titles=(Title("紅樓夢", pinyin="Hong lou meng"),), identifiers=()),
            record("c", contributors=(Contributor("高鹗", "aut"),), publications=(), audience="成人"),
        ]
    )
    told = provenance(union)
    for name in MERGE_RULES.keys() - {"flavour", "charset", "charset_confidence", "warnings", "holdings"}:
        value = getattr(union.record, name)
        values = list(value) if isinstance(value, tuple) else [value] if value else []
        taken = [said for said in told.get(name, ()) if said.taken]
        assert [said.value for said in taken] == values, name
        assert all(said.records for said in taken), name
        assert all(said.records for said in told.get(name, ()))
    assert not {"warnings", "holdings", "charset"} & told.keys()


def test_one_record_alone_says_everything_itself() -> None:
    told = provenance(merge([record("a")]))
    assert {said.records for values in told.values() for said in values} == {("a:1",)}
