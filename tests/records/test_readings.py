"""Names in Latin letters that are, may be, or certainly are not the reading of names in Chinese characters."""

import pytest

from gateway.records.readings import read_otherwise, reads_as


@pytest.mark.parametrize(
    ("characters", "latin", "otherwise"),
    [
        ("郝运", "luo yujun", True),
        ("曹雪芹", "gao e", True),
        ("曹雪芹", "cao xueqin", False),
        ("张爱玲", "chang ailing", False),  # Wade-Giles
        ("丁玲", "ting ling", False),
        ("雨果", "hugo victor", False),  # no pinyin: a foreigner, whose name the characters may stand for
        ("川端康成", "kawabata yasunari", False),
        ("但丁", "dante", False),  # one word is too little to tell
        ("国家统计局", "guo jia tong ji ju", False),
    ],
)
def test_read_otherwise(characters: str, latin: str, otherwise: bool) -> None:
    assert read_otherwise(characters, latin) is otherwise
    assert not (otherwise and reads_as(characters, latin.replace(" ", "")))
