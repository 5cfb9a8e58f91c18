import itertools

from gateway.core.answer import FACETS
from gateway.core.record import Holding, RawRecord, Record
from gateway.records.facets import facet_values
from gateway.records.keys import uid
from gateway.records.labels import codes, label
from gateway.records.merge import MERGE_RULES, merge
from gateway.records.normalise import normalise

FIRST = """010 ## $a978-7-02-000220-7
100 ## $a20080101d2008    em y0chiy50      ea
101 0# $achi
200 1# $a红楼梦$Ahong lou meng$f(清) 曹雪芹著
606 0# $a古典小说$y中国
701 #0 $a曹雪芹$4著
905 ## $aA$b001
"""
SECOND = """010 ## $a978-7-02-000220-7$dCNY59.70
100 ## $a20080101d2008    em y0chiy50      ea
101 0# $achi
200 1# $a紅樓夢$e校注本$f曹雪芹著$g高鶚續
330 ## $a四大名著之一
606 0# $a古典小說$y中國
701 #0 $a曹雪芹$4著
702 #0 $a高鶚$4續
"""


def record(source: str, text: str) -> Record:
    return normalise(RawRecord(source, text.encode(), "marcline", local_id="1"))


def members() -> list[Record]:
    return [record("xian", FIRST), record("baoji", SECOND), record("hanzhong", FIRST)]


def test_members_keep_their_holdings_under_their_own_name() -> None:
    union = merge(members())
    assert [(h.source, h.barcode) for h in union.holdings] == [("baoji", ""), ("hanzhong", "001"), ("xian", "001")]
    assert union.sources == ("baoji", "hanzhong", "xian")
    assert Holding(source="baoji") in union.holdings


def test_every_order_of_members_gives_the_same_union() -> None:
    unions = [merge(list(order)) for order in itertools.permutations(members())]
    assert all(union == unions[0] for union in unions)
    assert unions[0].id == min(uid(f"{source}:1") for source in ("xian", "baoji", "hanzhong"))


def test_values_are_united_by_their_folded_form() -> None:
    merged = merge(members()).record
    assert [title.text for title in merged.titles] == ["红楼梦"] or [t.text for t in merged.titles] == ["紅樓夢"]
    assert merged.title.pinyin == "hong lou meng"
    assert merged.title.other == ("校注本",)
    assert len(merged.subjects) == 1
    assert [c.name for c in merged.contributors] == ["曹雪芹", "高鶚"]
    assert [(i.value, i.price) for i in merged.identifiers] == [("9787020002207", "CNY59.70")]
    assert merged.summary == "四大名著之一"


def test_one_member_is_itself() -> None:
    only = record("xian", FIRST)
    union = merge([only])
    assert union.record.titles == only.titles
    assert union.members == (only,)


def test_every_field_has_a_declared_rule() -> None:
    names = {name for name in Record.__slots__ if name not in ("id", "source", "local_id", "raw")}
    assert names == set(MERGE_RULES)


def test_facets_cover_what_is_offered() -> None:
    values = facet_values(merge(members()))
    assert tuple(values) == FACETS
    assert values["library"] == ("baoji", "hanzhong", "xian")
    assert values["year"] == ("2008",)
    assert values["form"] == ("book",)
    assert values["language"] == ("chi",)


def test_labels_in_both_languages() -> None:
    assert label("forms", "book", "zh") == "图书"
    assert label("languages", "chi", "en") == "Chinese"
    assert label("relators", "trl", "zh") == "译"
    assert label("forms", "no-such-form", "en") == "no-such-form"
    for name in ("forms", "languages", "relators", "countries", "status", "audience"):
        assert all(label(name, code, language) for code in codes(name) for language in ("zh", "en"))


def test_uid_has_a_fixed_shape() -> None:
    assert uid("xian:1") == uid("xian:1") != uid("xian:2")
    assert len(uid("xian:1")) == 16
    assert uid("xian:1")[0] == "w"
    assert uid("xian:1").isalnum()
    assert uid("xian:1").islower()
