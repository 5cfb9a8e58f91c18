import pytest

from gateway.records.mapping.statements import credits, glued_role, role_code


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("国家统计局编", [("国家统计局", "edt", "编", "")]),
        ("(清) 曹雪芹, 高鹗著", [("曹雪芹", "aut", "著", "清"), ("高鹗", "aut", "著", "")]),
        ("（明）施耐庵，（明）罗贯中著", [("施耐庵", "aut", "著", "明"), ("罗贯中", "aut", "著", "明")]),
        (
            "[英]J.K.罗琳著;马爱农,马爱新译",
            [("J.K.罗琳", "aut", "著", "英"), ("马爱农", "trl", "译", ""), ("马爱新", "trl", "译", "")],
        ),
        ("(美) 海明威 (Ernest Hemingway) 著", [("海明威", "aut", "著", "美")]),
        ("主编张恒龙", [("张恒龙", "edt", "主编", "")]),
        ("张三 李四编著", [("张三", "aut", "编著", ""), ("李四", "aut", "编著", "")]),
        ("鲁迅等译", [("鲁迅", "trl", "译", "")]),
        ("李四主编并译", [("李四", "edt", "主编并译", "")]),
        ("曹雪芹著 ; 高鶚續", [("曹雪芹", "aut", "著", ""), ("高鶚", "aut", "續", "")]),
        ("經濟部課題組編", [("經濟部課題組", "edt", "編", "")]),
        ("红楼梦编写组", [("红楼梦编写组", "", "", "")]),
        ("王编", [("王编", "", "", "")]),
        (
            "edited by John Smith and Mary Jones",
            [("John Smith", "edt", "edited", ""), ("Mary Jones", "edt", "edited", "")],
        ),
        (
            "John Smith, Mary Jones, editors",
            [("John Smith", "edt", "editors", ""), ("Mary Jones", "edt", "editors", "")],
        ),
        ("张三主编, 李四副主编", [("张三", "edt", "主编", ""), ("李四", "edt", "副主编", "")]),
        ("(美) 史密斯著, 李四译", [("史密斯", "aut", "著", "美"), ("李四", "trl", "译", "")]),
        (
            "陳奇猷校注, 中华书局上海编辑所编辑",
            [("陳奇猷", "ann", "校注", ""), ("中华书局上海编辑所", "edt", "编辑", "")],
        ),
        ("沈从文, 汪曾祺著", [("沈从文", "aut", "著", ""), ("汪曾祺", "aut", "著", "")]),
        ("by Donald E. Knuth", [("Donald E. Knuth", "aut", "", "")]),
        ("", []),
    ],
)
def test_statement_is_taken_apart(statement: str, expected: list[tuple[str, str, str, str]]) -> None:
    assert [tuple(credit) for credit in credits(statement)] == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("著", "aut"),
        ("070", "aut"),
        ("author.", "aut"),
        ("等主编", "edt"),
        ("譯者", "trl"),
        ("730", "trl"),
        ("搞", ""),
        ("", ""),
        ("http://id.loc.gov/vocabulary/relators/ill", "ill"),
        ("编著", "aut"),
        ("點校", "red"),
    ],
)
def test_role_words_and_codes(text: str, code: str) -> None:
    assert role_code(text) == code


def test_glued_role_needs_a_name_before_it() -> None:
    assert glued_role("张三著") is not None
    assert glued_role("王编") is None
    assert glued_role("张三") is None
    assert glued_role("Smith, John") is None
