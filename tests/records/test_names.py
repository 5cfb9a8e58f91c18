import pytest

from gateway.records.names import any_same, publisher_within, same_name, strangers
from gateway.records.readings import reads_as


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ("曹雪芹", "曹雪芹", True),
        ("曹雪芹", "高鹗", False),
        ("曹雪芹", "cao xueqin", True),
        ("曾国藩", "zeng guofan", True),
        ("曹雪芹", "gao e", False),
        ("张爱玲", "chang ailing", None),
        ("雨果", "hugo victor", None),
        ("川端康成", "kawabata yasunari", None),
        ("国家统计局", "国家统计局编", True),
        ("Краєзнавці".lower(), "melnychenko", None),
        ("奥威尔 orwell g", "乔治 奥威尔", True),
        ("奥威尔 orwell g", "orwell george", True),
        ("国家统计局", "中华人民共和国国家统计局", True),
        ("中央编译局", "中共中央马克思恩格斯列宁斯大林著作编译局", None),
        ("北京大学", "北京师范大学", None),
        ("王力", "王立", False),
        ("rowling j k", "j k rowling", True),
        ("john doe", "johnny doe", None),
        ("test author", "tst author", False),
        ("smith zadie", "smith patti", False),
    ],
)
def test_names(a: str, b: str, verdict: bool | None) -> None:
    assert same_name(a, b) is verdict
    assert same_name(b, a) is verdict


def test_any_of_several_names() -> None:
    assert any_same(("张三", "李四"), ("李四",)) is True
    assert any_same(("张三",), ("李四", "王五")) is False
    assert any_same(("张三",), ()) is None
    assert any_same(("中央编译局",), ("中共中央马克思恩格斯列宁斯大林著作编译局",)) is None


def test_strangers() -> None:
    assert strangers(("张三", "李四"), ("张三", "王五"))
    assert not strangers(("张三",), ("张三", "王五"))
    assert strangers(("zhang san",), ("李四",))
    assert not strangers(("hugo victor",), ("雨果",))


def test_publishers_that_lose_their_front() -> None:
    assert publisher_within("三联书店", "生活读书新知三联书店")
    assert not publisher_within("北京", "北京十月文艺")


@pytest.mark.parametrize(
    ("characters", "latin", "verdict"),
    [
        ("红楼梦", "hongloumeng", True),
        ("废都", "feidu", True),
        ("曾国藩家书", "zengguofanjiashu", True),
        ("曾国藩家书", "cengguofanjiashu", True),
        ("吕氏春秋", "lvshichunqiu", True),
        ("吕氏春秋", "lushichunqiu", True),
        ("python编程", "pythonbiancheng", True),
        ("红楼梦", "hongloumengping", False),
        ("红楼梦", "honglou", False),
        ("红" * 500, "hong" * 500, False),
    ],
)
def test_readings(characters: str, latin: str, verdict: bool) -> None:
    assert reads_as(characters, latin) is verdict
