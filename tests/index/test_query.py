"""From queries to plans: what is asked of an engine, without one."""

from __future__ import annotations

import pytest

from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import Boolean, Clause, Operator, Query, Relation, Truncation
from index import plan
from index.analysis import class_path, isbn13, key, units
from index.query import MAX_CLAUSES, leaves, make_plan


def tokens(node: plan.Node, field: str) -> set[str]:
    """All terms that the plan looks up in one field."""
    match node:
        case plan.Token(name, token):
            return {token} if name == field else set()
        case plan.Sequence(name, found):
            return set(found) if name == field else set()
        case plan.Every(parts) | plan.Either(parts):
            return set().union(*(tokens(part, field) for part in parts))
        case plan.Without(keep, drop):
            return tokens(keep, field) | tokens(drop, field)
        case plan.Prefer(required, wishes):
            return tokens(required, field).union(*(tokens(wish, field) for wish in wishes))
        case plan.Boost(part, _) | plan.Fixed(part, _):
            return tokens(part, field)
    return set()


def required(query: Clause | Boolean) -> plan.Node:
    node = make_plan(Query(query))
    return node.required if isinstance(node, plan.Prefer) else node


def test_han_is_required_by_bigrams() -> None:
    assert tokens(required(Clause("any", "紅樓夢")), "any") == {"红楼", "楼梦"}


def test_the_whole_title_is_wished_for() -> None:
    assert "红楼梦" in tokens(make_plan(Query(Clause("any", "《红楼梦》"))), "title_key")


def test_title_and_author_typed_together_are_wished_for() -> None:
    node = make_plan(Query(Clause("any", "老人与海 海明威")))
    assert {"老人与海", "海明威"} <= tokens(node, "title_key")
    assert "海明威" in tokens(node, "author_key")


@pytest.mark.parametrize("typed", ["hongloumeng", "hong lou meng", "Hong Loumeng"])
def test_pinyin_is_another_way_to_match(typed: str) -> None:
    assert tokens(required(Clause("title", typed)), "title_pinyin") == {"hong", "lou", "meng"}


@pytest.mark.parametrize("typed", ["sea", "the long march", "long", "old man"])
def test_english_is_not_read_as_pinyin(typed: str) -> None:
    assert tokens(required(Clause("any", typed)), "title_pinyin") == set()


def test_initials_are_another_way_to_match() -> None:
    assert tokens(required(Clause("any", "hlm")), "title_initials") == {"hlm"}
    assert tokens(required(Clause("any", "usa")), "title_initials") == set()


def test_other_access_points_are_not_read_as_pinyin() -> None:
    assert tokens(make_plan(Query(Clause("publisher", "hongloumeng"))), "title_pinyin") == set()


def test_an_isbn_in_the_simple_box_is_an_isbn() -> None:
    assert tokens(required(Clause("any", "7-02-000220-X")), "isbn") == {"9787020002207"}


def test_words_anded_are_one_clause_again() -> None:
    node = Boolean(Operator.AND, Clause("any", "老人与海"), Clause("any", "海明威"))
    assert make_plan(Query(node)) == make_plan(Query(Clause("any", "老人与海 海明威")))


def test_clauses_of_different_kinds_stay_apart() -> None:
    node = Boolean(Operator.AND, Clause("any", "海"), Clause("any", "海明威", Relation.PHRASE))
    assert isinstance(make_plan(Query(node)), plan.Every)


def test_nothing_but_punctuation_matches_nothing() -> None:
    assert isinstance(make_plan(Query(Clause("any", "?! …"))), plan.Nothing)


def test_what_matches_nothing_does_not_spoil_an_or() -> None:
    node = Boolean(Operator.OR, Clause("any", "..."), Clause("any", "梦"))
    assert tokens(make_plan(Query(node)), "any") == {"梦"}


def test_years_overlap() -> None:
    node = make_plan(Query(Clause("year", "1990 1999", Relation.WITHIN)))
    assert node == plan.Fixed(plan.Every((plan.Between("year", None, 1999), plan.Between("year_end", 1990, None))), 1.0)


@pytest.mark.parametrize("term", ["*", "??", "a*", "*\\"])
def test_wildcards_need_something_to_hold_on_to(term: str) -> None:
    with pytest.raises(UnsupportedQueryError) as caught:
        make_plan(Query(Clause("any", term, truncation=Truncation.MASK)))
    assert caught.value.feature == "wildcard"


def test_an_escaped_wildcard_is_a_letter() -> None:
    node = make_plan(Query(Clause("callnumber", "ab\\*c*", truncation=Truncation.MASK)))
    assert node == plan.Pattern("callnumber", ("abc", plan.ANY_RUN))


def test_many_clauses_are_counted_before_any_engine_sees_them() -> None:
    node: Clause | Boolean = Clause("isbn", "1")
    for number in range(MAX_CLAUSES):
        node = Boolean(Operator.OR, node, Clause("isbn", str(number)))
    with pytest.raises(UnsupportedQueryError) as caught:
        make_plan(Query(node))
    assert caught.value.feature == "clauses"


def test_a_plan_stays_small() -> None:
    assert leaves(make_plan(Query(Clause("any", " ".join(["hong lou meng"] * 5))))) < 200


def test_units_are_words_and_single_han() -> None:
    assert units("C语言 程序设计") == ["c", "语", "言", "程", "序", "设", "计"]


def test_a_key_forgets_spaces_and_punctuation() -> None:
    assert key("The  Old Man, and the Sea.") == key("theoldman AND the sea")


def test_a_class_holds_all_above_it() -> None:
    assert class_path("I242.4") == ["i", "i2", "i24", "i242", "i2424"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("7-02-000220-X", "9787020002207"),
        ("978 7 02 000220 7", "9787020002207"),
        ("080442957x", "9780804429573"),
        ("7020002200", ""),
        ("9787020002208", ""),
        ("9771234567898", ""),
        ("红楼梦红楼梦红楼梦红", ""),
        ("", ""),
    ],
)
def test_isbns_in_every_spelling(written: str, expected: str) -> None:
    assert isbn13(written) == expected
