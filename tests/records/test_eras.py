"""Years in Chinese figures and by eras."""

import pytest

from gateway.records.mapping.punctuation import years


@pytest.mark.parametrize(
    ("text", "expected"),
    [("民国二十五年", [1936]), ("民国25年[1936]", [1936]), ("清光緒三十年", [1904]), ("一九八二年", [1982]),
     ("[民国36年]", [1947]), ("民國十年", [1921]), ("康熙六十一年", [1722]), ("乾隆元年刻本", [1736]),
     ("昭和55", [1980]),
     ("民国二五年", [1936]), ("民国一百零三年", [2014]), ("民国十年至民国二十年", [1921, 1931]), ("清康熙", []),
     ("康熙五百年", []), ("二百年", []), ("一九八二页", [])],
)  # fmt: skip
def test_years(text: str, expected: list[int]) -> None:
    assert years(text) == expected
