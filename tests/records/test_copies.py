"""Copies of one record share what was understood of it, and nothing that is a library's own."""

import dataclasses
import json
from pathlib import Path

import pytest

from gateway.core.record import Flavour, RawRecord, Record
from gateway.records.keys import block_keys, feature_keys, features
from gateway.records.lazy import LazyRecord
from gateway.records.mapping import marc_view
from gateway.records.mapping.tables import tables
from gateway.records.matching import compare, same
from gateway.records.merge import merge
from gateway.records.normalise import normalise

_PAIRS = Path(__file__).parent.parent / "sameness" / "pairs.jsonl"
_OWN = {"id", "source", "local_id", "raw", "flavour", "holdings", "warnings"}

_LINES = """\
=LDR  00000nam0 2200000   450
=001  {local}
=010  \\\\$a978-7-02-000220-7$dCNY59.70
=100  \\\\$a20200101d1996    em y0chiy50      ea
=101  0\\$achi
=200  1\\$a{title}$f曹雪芹著
=210  \\\\$a北京$c人民文学出版社$d1996
=905  \\\\$a{local}$dI242.4$b{local}
"""


def _record(source: str, local: str, title: str = "红楼梦") -> LazyRecord:
    found = normalise(RawRecord(source, _LINES.format(local=local, title=title).encode(), "marcline"))
    assert isinstance(found, LazyRecord)
    return found


def test_copies_share_their_description_and_keep_their_holdings() -> None:
    one, other = _record("xian", "1"), _record("yanan", "2")
    assert one.core() is other.core()
    assert one.titles is other.titles
    assert one.holdings[0].barcode == "1"
    assert other.holdings[0].barcode == "2"
    assert feature_keys(features(one)) == feature_keys(features(other))
    assert same(features(one), features(other))
    found = compare(features(one), features(other))
    assert (found.left, found.right, found.same) == (one.id, other.id, True)


def test_another_title_is_another_record() -> None:
    one, other = _record("xian", "1"), _record("yanan", "2", "红楼梦续")
    assert one.core() is not other.core()
    assert one.titles != other.titles


def test_flavours_share_nothing() -> None:
    one = _record("xian", "1")
    text = _LINES.format(local="1", title="红楼梦").replace("=200", "=245")
    other = normalise(RawRecord("yanan", text.encode(), "marcline", flavour=Flavour.MARC21))
    assert isinstance(other, LazyRecord)
    assert one.core() is not other.core()


def _values(record: Record) -> dict[str, str]:
    return {f.name: repr(getattr(record, f.name)) for f in dataclasses.fields(Record) if f.name not in _OWN}


@pytest.mark.parametrize("side", ["left", "right"])
def test_fields_that_are_no_part_of_the_description_change_nothing(side: str) -> None:
    seen = 0
    for line in _PAIRS.read_text("utf-8").splitlines()[::5]:
        text = json.loads(line)[side]
        whole = normalise(RawRecord("a", text.encode(), "marcline"))
        before, marc21 = _values(whole), whole.flavour == "marc21"
        understood = tables("marc21" if marc21 else "unimarc").understood | {"LDR", "000"}
        kept = [part for part in text.splitlines() if part[1:4] in understood or part[:3] in understood]
        seen += len(kept) < len(text.splitlines())
        marc_view._core.cache_clear()
        less = normalise(RawRecord("b", "\n".join(kept).encode(), "marcline"))
        assert isinstance(less, LazyRecord)
        assert _values(less) == before
    assert seen


def test_a_record_with_a_value_replaced_is_a_record_like_any_other() -> None:
    record = normalise(RawRecord("lib", "001 1\n200 1# $a红楼梦$f曹雪芹著\n".encode(), "marcline"))
    other = dataclasses.replace(record, edition="第2版")
    assert (other.title, other.edition) == (record.title, "第2版")
    union = merge([record, dataclasses.replace(other, id="lib:2")])
    assert union.record.title.text == "红楼梦"
    assert block_keys(other) == block_keys(record)
