"""Query to RPN and back."""

from __future__ import annotations

import pytest

from gateway.core.errors import DataError, UnsupportedQueryError
from gateway.core.query import INDEXES, Boolean, Clause, Node, Operator, Proximity, Query, Relation, Truncation
from gateway.protocols import pqf
from gateway.protocols.z3950.numbers import isbn_core, isbn_terms, issn_term
from gateway.protocols.z3950.querymap import AskingRules, attributes_of, bib1_map, to_rpn
from gateway.protocols.z3950.rpnquery import UnsupportedRpnError, to_query

R, T = Relation, Truncation


def asked(node: Node, **rules: object) -> str:
    attributes = rules.pop("attributes", {})
    made = AskingRules(attributes, lambda text: text.encode("utf-8"), **rules)  # type: ignore[arg-type]
    return pqf.dump(to_rpn(Query(node), made))


@pytest.mark.parametrize(
    ("clause", "text"),
    [
        (Clause("title", "红楼梦"), "@attr 1=4 红楼梦"),
        (Clause("title", " 红楼梦 "), "@attr 1=4 红楼梦"),
        (Clause("title", "dream red"), "@and @attr 1=4 dream @attr 1=4 red"),
        (Clause("any", "a b c"), "@and @and @attr 1=1016 a @attr 1=1016 b @attr 1=1016 c"),
        (Clause("title", "a b", R.ANY), "@or @attr 1=4 a @attr 1=4 b"),
        (Clause("title", "dream red", R.PHRASE), '@attr 1=4 @attr 4=1 "dream red"'),
        (Clause("title", "dream", R.PHRASE), "@attr 1=4 dream"),
        (Clause("title", "红楼梦", R.EXACT), "@attr 1=4 @attr 3=1 @attr 4=1 @attr 6=3 红楼梦"),
        (Clause("author", "曹", truncation=T.RIGHT), "@attr 1=1003 @attr 5=1 曹"),
        (Clause("title", "x", truncation=T.LEFT), "@attr 1=4 @attr 5=2 x"),
        (Clause("title", "x", truncation=T.BOTH), "@attr 1=4 @attr 5=3 x"),
        (Clause("title", "comp*", truncation=T.MASK), "@attr 1=4 @attr 5=1 comp"),
        (Clause("title", "c?mp*r", truncation=T.MASK), "@attr 1=4 @attr 5=104 c#mp?r"),
        (Clause("year", "1999", R.GE), "@attr 1=31 @attr 2=4 1999"),
        (Clause("year", "1999", R.LT), "@attr 1=31 @attr 2=1 1999"),
        (Clause("year", "1999", R.EQ), "@attr 1=31 1999"),
        (Clause("year", "1990 1999", R.WITHIN), "@and @attr 1=31 @attr 2=4 1990 @attr 1=31 @attr 2=2 1999"),
    ],
)
def test_clauses(clause: Clause, text: str) -> None:
    assert asked(clause) == text


def test_booleans_and_proximity() -> None:
    a, b = Clause("title", "a"), Clause("author", "b")
    assert asked(Boolean(Operator.NOT, a, b)) == "@not @attr 1=4 a @attr 1=1003 b"
    assert asked(Boolean(Operator.PROX, a, b)) == "@prox 0 1 0 2 k 2 @attr 1=4 a @attr 1=1003 b"
    near = Proximity(3, ">=", "sentence", ordered=True)
    assert asked(Boolean(Operator.PROX, a, b, near)) == "@prox 0 3 1 4 k 3 @attr 1=4 a @attr 1=1003 b"


def test_a_targets_own_attributes_win() -> None:
    own = {"title": "1=5 4=6 2=3", "author": "gils:1=2008"}
    assert asked(Clause("title", "a b", R.PHRASE), attributes=own) == '@attr 1=5 @attr 4=6 @attr 2=3 "a b"'
    assert asked(Clause("author", "x"), attributes=own) == "@attr gils 1=2008 x"


def test_words_as_the_target_wants_them() -> None:
    assert asked(Clause("title", "a b"), words="list") == '@attr 1=4 @attr 4=6 "a b"'
    assert asked(Clause("title", "a b"), words="phrase") == '@attr 1=4 @attr 4=1 "a b"'


@pytest.mark.parametrize(
    ("node", "feature"),
    [
        (Clause("library", "x"), "index library"),
        (Clause("title", "x", R.WITHIN), "relation within"),
        (Clause("title", " "), "empty term"),
        (Clause("title", "a\\*b?", truncation=T.MASK), "mask"),
        (Clause("title", " ".join("abcdefgh" * 20)), "words"),
        (Boolean(Operator.PROX, Clause("title", "a"), Clause("title", "b"), Proximity(unit="stanza")), "prox"),
    ],
)
def test_what_cannot_be_asked(node: Node, feature: str) -> None:
    with pytest.raises(UnsupportedQueryError) as caught:
        asked(node)
    assert caught.value.feature == feature


def test_an_index_that_the_target_lacks_or_has_wrong() -> None:
    for wrong in ("", "-", "title", "1:4"):
        with pytest.raises(UnsupportedQueryError) as caught:
            asked(Clause("title", "x"), attributes={"title": wrong})
        assert caught.value.feature == "index title"


def test_a_deep_query_is_refused() -> None:
    node: Node = Clause("title", "x")
    for _ in range(70):
        node = Boolean(Operator.AND, Clause("title", "x"), node)
    with pytest.raises(UnsupportedQueryError):
        asked(node)


def test_characters_that_the_target_lacks() -> None:
    for error in (UnicodeEncodeError("gbk", "x", 0, 1, "no"), DataError("no")):

        def fail(text: str, error: Exception = error) -> bytes:
            raise error

        with pytest.raises(UnsupportedQueryError, match="character set lacks"):
            to_rpn(Query(Clause("title", "x")), AskingRules({}, fail))


@pytest.mark.parametrize(
    ("term", "form", "sent"),
    [
        ("7-02-000220-X", "as-typed", "7-02-000220-X"),
        ("7-02-000220-X", "plain", "702000220X"),
        ("7-02-000220-X", "13", "9787020002207"),
        ("978-7-02-000220-7", "10", "702000220X"),
        ("978-7-02-000220-7", "plain", "9787020002207"),
        ("080442957x", "13", "9780804429573"),
        ("9780804429573", "10", "080442957X"),
        ("979-10-90636-07-1", "10", "9791090636071"),
        ("no isbn", "13", "no isbn"),
        ("7-02", "10", "7-02"),
    ],
)
def test_isbn(term: str, form: str, sent: str) -> None:
    assert isbn_terms(term, form) == (sent,)
    assert asked(Clause("isbn", term, R.PHRASE), isbn=form).endswith(sent.strip('"') + '"' * (" " in sent))


@pytest.mark.parametrize(
    ("term", "form", "sent"),
    [
        ("9787020002207", "hyphens", ("978-7-02-000220-7",)),
        ("702000220X", "hyphens", ("7-02-000220-X",)),
        ("9787111213826", "hyphens", ("978-7-111-21382-6",)),
        ("9787530211434", "hyphens-10", ("7-5302-1143-9",)),
        ("7-80512-343-1", "hyphens-13", ("978-7-80512-343-1",)),
        ("9787900000000", "hyphens", ("978-7-900000-00-0",)),
        ("0306406152", "hyphens-13", ("978-0-306-40615-7",)),
        ("9783161484100", "hyphens", ("9783161484100",)),
        ("9791090636071", "hyphens-10", ("9791090636071",)),
        ("9787020002207", "any", ("9787020002207", "702000220X", "978-7-02-000220-7", "7-02-000220-X")),
        ("9783161484100", "any", ("9783161484100", "316148410X")),
        ("9791090636071", "any", ("9791090636071",)),
        ("红楼梦", "any", ("红楼梦",)),
    ],
)
def test_isbn_in_every_form(term: str, form: str, sent: tuple[str, ...]) -> None:
    assert isbn_terms(term, form) == sent


@pytest.mark.parametrize(
    ("term", "core"),
    [("978-7-02-000220-7", "702000220"), ("7020002207", "702000220"), ("711107575X", "711107575"),
     ("9791234567896", ""), ("no isbn", ""), ("97870200022", "")],
)  # fmt: skip
def test_an_isbn_with_anything_around_it(term: str, core: str) -> None:
    assert isbn_core(term) == core
    sent = asked(Clause("isbn", term, R.PHRASE), isbn="wild")
    assert sent == (f"@attr 1=7 @attr 5=3 {core}" if core else asked(Clause("isbn", term, R.PHRASE)))


@pytest.mark.parametrize(
    ("term", "form", "sent"),
    [("1000-1234", "plain", "10001234"), ("1000123x", "hyphen", "1000-123X"), ("1000 1234", "as-typed", "1000 1234"),
     ("123", "plain", "123")],
)  # fmt: skip
def test_issn(term: str, form: str, sent: str) -> None:
    assert issn_term(term, form) == sent
    assert asked(Clause("issn", term, R.PHRASE), issn=form).endswith(sent.strip('"') + '"' * (" " in sent))


def test_any_form_of_an_isbn_will_do() -> None:
    sent = asked(Clause("isbn", "0306406152"), isbn="any")
    assert sent.count("@or") == 3
    assert sent.count("1=7") == 4


def test_the_map_names_only_known_indexes() -> None:
    ask, use = bib1_map()
    assert set(ask) <= set(INDEXES)
    assert set(use.values()) <= set(INDEXES)
    for index, text in ask.items():
        (attribute,) = attributes_of(text)
        assert use[attribute.value] == index  # type: ignore[index]


def answered(text: str, **sets: Node) -> Node:
    return to_query(pqf.parse(text), lambda data: data.decode("utf-8"), sets).root


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("@attr 1=4 红楼梦", Clause("title", "红楼梦")),
        ("红楼梦", Clause("any", "红楼梦")),
        ("@attr 1=1016 @attr 2=102 x", Clause("any", "x")),
        ("@attr 1=4 @attr 4=1 x", Clause("title", "x")),
        ('@attr 1=4 @attr 4=1 "x y"', Clause("title", "x y", R.PHRASE)),
        ('@attr 1=4 @attr 4=6 "x y"', Clause("title", "x y")),
        ("@attr 1=4 @attr 6=3 x", Clause("title", "x", R.EXACT)),
        ("@attr 1=4 @attr 3=1 @attr 6=2 x", Clause("title", "x", R.EXACT)),
        ("@attr 1=4 @attr 5=1 @attr 6=3 x", Clause("title", "x", truncation=T.RIGHT)),
        ("@attr 1=4 @attr 5=100 x", Clause("title", "x")),
        ("@attr 1=4 @attr 5=101 x#y*", Clause("title", "x*y\\*", truncation=T.MASK)),
        ("@attr 1=4 @attr 5=104 x?y#", Clause("title", "x*y?", truncation=T.MASK)),
        ("@attr 1=31 @attr 2=4 1999", Clause("year", "1999", R.GE)),
        ("@attr 1=31 @attr 2=5 @attr 4=4 @term numeric 1999", Clause("year", "1999", R.GT)),
        ('@attr 1=31 @attr 2=104 "1990 1999"', Clause("year", "1990 1999", R.WITHIN)),
        ("@attr 1=4,title x", Clause("title", "x")),
        ("@attr 1=1003 @term string 曹雪芹", Clause("author", "曹雪芹")),
    ],
)
def test_clauses_of_clients(text: str, clause: Clause) -> None:
    assert answered(text) == clause


@pytest.mark.parametrize(
    ("text", "condition", "addinfo"),
    [
        ("@attr 1=9999 x", 114, "9999"),
        ("@attr 2=6 x", 117, "6"),
        ("@attr 2=103 x", 117, "103"),
        ("@attr 3=9 x", 119, "9"),
        ("@attr 3=1 x", 119, "1"),
        ("@attr 4=999 x", 118, "999"),
        ("@attr 5=102 x", 120, "102"),
        ("@attr 6=4 x", 122, "4"),
        ("@attr 7=1 x", 113, "7"),
        ("@attr gils 1=4 x", 121, "1.2.840.10003.3.5"),
        ("@attrset gils x", 121, "1.2.840.10003.3.5"),
        ("@attr 1=title x", 246, "title"),
        ("@set other", 30, "other"),
        ("@attr 1=4 @set made", 245, "made"),
        ('""', 125, ""),
        ('@term null ""', 229, ""),
        ("@prox 1 1 1 2 k 2 a b", 131, "exclusion"),
        ("@prox 0 1 1 9 k 2 a b", 131, "9"),
        ("@prox 0 1 1 2 k 99 a b", 132, "99"),
        ("@prox 0 1 1 2 p 2 a b", 132, "2"),
        ("@and a " * 61 + "a", 6, "60"),
    ],
)
def test_what_clients_cannot_have(text: str, condition: int, addinfo: str) -> None:
    with pytest.raises(UnsupportedRpnError) as caught:
        answered(text, made=Clause("title", "x"))
    assert (caught.value.condition, caught.value.addinfo) == (condition, addinfo)


def test_a_term_in_another_character_set() -> None:
    query = pqf.parse("@attr 1=4 红", lambda text: text.encode("gbk"))
    with pytest.raises(UnsupportedRpnError) as caught:
        to_query(query, lambda data: data.decode("utf-8"))
    assert caught.value.condition == 125


def test_a_result_set_stands_for_its_query() -> None:
    made = Clause("title", "x")
    assert answered("@not @set made y", made=made) == Boolean(Operator.NOT, made, Clause("any", "y"))


def test_too_many_words() -> None:
    left = "@or " * 5 + "a a a a a a"
    text = "@or " * 11 + " ".join([left] * 12)
    with pytest.raises(UnsupportedRpnError) as caught:
        answered(text)
    assert caught.value.condition == 5


@pytest.mark.parametrize(
    "node",
    [
        Clause("title", "x"),
        Clause("title", "x y", R.PHRASE),
        Clause("title", "x", R.EXACT),
        Clause("year", "1999", R.LE),
        Clause("author", "x", truncation=T.BOTH),
        Clause("title", "c?m*p", truncation=T.MASK),
        Boolean(Operator.PROX, Clause("any", "a"), Clause("any", "b"), Proximity(2, "<", "paragraph", True)),
    ],
)
def test_there_and_back(node: Node) -> None:
    assert answered(asked(node)) == node
