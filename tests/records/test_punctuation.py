"""Brackets of supplied data come off where they are whole or cut in two by a subfield; those behind words stay."""

import pytest

from gateway.records.mapping.punctuation import unbracket


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("[北京]", "北京"),
        ("［出版者不详］", "出版者不详"),
        ("[北京", "北京"),
        ("New York?]", "New York?"),
        ("London [u.a.]", "London [u.a.]"),
        ("[Beijing] : [s.n.]", "[Beijing] : [s.n.]"),
        ("北京", "北京"),
    ],
)
def test_unbracket(value: str, expected: str) -> None:
    assert unbracket(value) == expected
