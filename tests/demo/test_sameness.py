"""The demo's records, of which it is known what they describe, put together by the gateway's rules of sameness."""

from __future__ import annotations

from collections import defaultdict

from gateway.core.record import Record
from gateway.demo.records import DemoRecord
from gateway.records.clusters import partition
from gateway.records.keys import block_keys, features
from gateway.records.normalise import normalise

#: The edition's id, and the volume where a library catalogues volumes.
Described = tuple[str, str]


def components(records: dict[str, Record]) -> list[list[str]]:
    """Records that hang together by shared candidate keys."""
    above = {name: name for name in records}

    def top(name: str) -> str:
        while above[name] != name:
            above[name] = name = above[above[name]]
        return name

    holder: dict[str, str] = {}
    for name, record in records.items():
        for key in block_keys(record):
            above[top(name)] = top(holder.setdefault(key, name))
    found: dict[str, list[str]] = defaultdict(list)
    for name in records:
        found[top(name)].append(name)
    return list(found.values())


def test_no_two_editions_are_merged_and_nearly_none_is_split(catalogues: dict[str, list[DemoRecord]]) -> None:
    described: dict[str, Described] = {}
    records: dict[str, Record] = {}
    for written in (record for found in catalogues.values() for record in found):
        record = normalise(written.raw())
        assert record.id not in records
        records[record.id] = record
        described[record.id] = (written.item.edition.id, written.item.volume)
    clusters: dict[Described, int] = defaultdict(int)
    for names in components(records):
        for cluster in partition([features(records[name]) for name in names]):
            what = {described[name] for name in cluster.ids}
            assert len(what) == 1, [records[name].title.full() for name in cluster.ids]
            clusters[what.pop()] += 1
    split = [what for what, count in clusters.items() if count > 1]
    assert len(clusters) > 380
    assert len(split) <= len(clusters) // 100
