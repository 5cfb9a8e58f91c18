"""The facts under ``config/demo/editions``."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from gateway.core.errors import ConfigurationError
from gateway.demo import editions as module
from gateway.demo.editions import Credit, check_digit, isbn10, load_editions, places, roles
from gateway.demo.wording import printed_isbn, wrong_check_digit
from gateway.records.text import fold

EDITIONS = load_editions()


def test_there_are_enough_editions_of_every_kind() -> None:
    assert len(EDITIONS) >= 280
    assert {edition.kind for edition in EDITIONS} == {"book", "serial", "map", "audio", "score"}
    languages = Counter(edition.language for edition in EDITIONS)
    assert languages["chi"] > 250
    assert languages["eng"] >= 30
    assert languages["jpn"] >= 5


def test_all_isbns_have_right_check_digits_and_belong_to_one_edition() -> None:
    isbns = [edition.isbn for edition in EDITIONS if edition.isbn]
    for isbn in isbns:
        digits = isbn.replace("-", "")
        assert len(digits) == 13, isbn
        assert check_digit(digits) == digits[12], isbn
    assert len(set(isbns)) == len(isbns)


def test_every_edition_has_what_a_record_needs() -> None:
    for edition in EDITIONS:
        where = f"{edition.title} {edition.year}"
        assert edition.title, where
        assert edition.place in places(), where
        assert 1900 < edition.year < 2025, where
        assert edition.clc[0].isupper(), where
        assert all(all(parts) for parts in edition.subjects), where
        assert edition.size.endswith("cm"), where
        assert all(credit.role in roles() for credit in edition.credits), where
        assert bool(edition.original) == bool(edition.original_language), where


def test_the_dream_of_the_red_chamber_has_many_editions() -> None:
    found = [edition for edition in EDITIONS if fold(edition.title) == "红楼梦" and edition.kind == "book"]
    assert {"人民文学出版社", "中华书局", "岳麓书社", "岩波書店", "平凡社"} <= {edition.publisher for edition in found}
    assert any(edition.title == "The story of the stone" for edition in EDITIONS)


def test_statements_are_taken_apart() -> None:
    edition = next(edition for edition in EDITIONS if edition.isbn == "978-7-02-000220-7")
    assert edition.credits[0] == Credit("曹雪芹", "著", "清")
    assert [credit.role for credit in edition.credits] == ["著", "续", "整理", "整理"]
    part = next(edition for edition in EDITIONS if edition.isbn == "978-7-5366-9396-8")
    assert (part.title, part.part_number, part.part_name) == ("三体", "II", "黑暗森林")


def test_ten_digit_isbns_as_books_had_them() -> None:
    assert isbn10("978-7-02-000220-7") == "7-02-000220-X"
    assert printed_isbn("978-7-02-000220-7", 1996) == "7-02-000220-X"
    assert printed_isbn("978-7-02-000220-7", 2008) == "978-7-02-000220-7"
    assert wrong_check_digit("7-02-000220-X") != "7-02-000220-X"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": "red"}, "unknown key 'colour'"),
        ({"from": "无名出版社 1999"}, "must be a publisher"),
        ({"from": "中华书局"}, "must be a publisher"),
    ],
)
def test_a_fault_in_the_files_names_the_file_and_the_title(
    change: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = {"title": "书", "from": "中华书局 1999", "extent": "1页 21cm CNY1.00", "class": "Z1", "subjects": "书"}
    read = module.read

    def reading(*parts: str) -> Any:
        return [sound | change] if parts[0] == "editions" else read(*parts)

    monkeypatch.setattr(module, "read", reading)
    with pytest.raises(ConfigurationError, match=f"classics.yaml, 书.*{said}"):
        load_editions.__wrapped__()
