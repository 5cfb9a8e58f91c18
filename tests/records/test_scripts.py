"""A name in characters and the same name romanised are one contributor, linked or not."""

import pytest

from gateway.core.record import RawRecord
from gateway.records.normalise import normalise

RECORD = """LDR 00000cam a2200000 i 4500
001 x1
100 1# {a}$aCao, Xueqin,$dapproximately 1717-1763,$eauthor.
245 10 $6880-02$aHong lou meng /$cCao Xueqin zhu.
700 1# {c}$aGao, E,$d1738-1815.
700 1# $aHawkes, David,$etranslator.
880 1# {b}$a曹雪芹,$d约1717-1763,$e著.
880 10 $6245-02/$1$a红楼梦 /$c曹雪芹著 ; 高鹗续.
880 1# {d}$a高鹗,$d1738-1815.
"""


@pytest.mark.parametrize(
    ("a", "b", "c", "d"),
    [
        ("$6880-01", "$6100-01/$1", "$6880-03", "$6700-03/$1"),
        ("", "$6100-00/$1", "", "$6700-00/$1"),
        ("", "$6100-01/$1", "", "$6700-03/$1"),
        ("$6880-01", "$6700-01/$1", "$6880-03", "$6700-00/$1"),
    ],
    ids=["linked", "unlinked", "half the link", "linked under another tag"],
)
def test_two_scripts_make_one_contributor(a: str, b: str, c: str, d: str) -> None:
    text = RECORD.format(a=a, b=b, c=c, d=d)
    found = normalise(RawRecord("lib", text.encode(), "marcline")).contributors
    assert sorted((each.name, each.pinyin, each.role, each.primary) for each in found) == [
        ("Hawkes, David", "", "trl", False),
        ("曹雪芹", "Cao, Xueqin", "aut", True),
        ("高鹗", "Gao, E", "aut", False),
    ]


def test_two_people_of_one_reading_and_two_roles_stay_two() -> None:
    text = "245 10 $aBook\n700 1# $aLi, Ming,$etranslator.\n880 1# $6700-00/$1$a黎明,$e著.\n"
    found = normalise(RawRecord("lib", text.encode(), "marcline")).contributors
    assert [(each.name, each.pinyin) for each in found] == [("Li, Ming", ""), ("黎明", "")]
