"""Plans as tantivy queries, and documents as tantivy documents. No query string is ever parsed."""

from __future__ import annotations

import re
from collections.abc import Callable

import tantivy
from tantivy import FieldType, Occur, Query

from gateway.core.answer import ALL_FACETS
from index import fields, plan
from index.document import Document

#: Raise when fields or their analysis change: search indexes of another number are rebuilt from SQLite.
SCHEMA_VERSION = 4

#: Numbers in a document beside the years, all for sorting and looking up.
SORT_NUMBERS = ("sort_year_up", "sort_year_down", "sort_added", "prior")
SORT_TEXTS = ("sort_title", "sort_stroke", "sort_author")

_SPECIAL = re.compile(r"[!-/:-@\[-`{-~]")

NUM = "num"
MARK = "mark"
_ALL = "kind"


def build_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in fields.TEXT:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field(fields.units(name), tokenizer_name="whitespace", index_option="position")
    for name in fields.READABLE:
        builder.add_text_field(fields.pinyin(name), tokenizer_name="whitespace", index_option="position")
    codes = [*fields.CODES, *map(fields.key, fields.KEYED), _ALL, MARK]
    for name in fields.READABLE:
        codes += [fields.pinyin_key(name), fields.initials(name)]
    for name in codes:
        builder.add_text_field(name, stored=name == MARK, tokenizer_name="raw", index_option="basic")
    for name in ALL_FACETS:
        if name == "region":  # no record tells it
            continue
        builder.add_text_field(fields.facet(name), tokenizer_name="raw", index_option="basic", fast=True)
    for name in (fields.YEAR, fields.YEAR_END, NUM):
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in SORT_NUMBERS:
        builder.add_integer_field(name, fast=True)
    for name in SORT_TEXTS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    return builder.build()


def to_tantivy(num: int, document: Document) -> tantivy.Document:
    try:
        return _made(num, document, str)
    except UnicodeEncodeError:
        return _made(num, document, _whole)


def _made(num: int, document: Document, whole: Callable[[str], str]) -> tantivy.Document:
    out = tantivy.Document()
    add = out.add_text
    add(_ALL, "union")
    out.add_integer(NUM, num)
    for name, tokens in document.running.items():
        if tokens:
            add(name, whole(tokens))
    for name, values in document.terms.items():
        for value in map(whole, values):
            add(name, value)
    for name, number in document.numbers.items():
        out.add_integer(name, number)
    for name, value in document.sort_text.items():
        add(name, whole(value))
    return out


def _whole(value: str) -> str:
    """Without halves of surrogate pairs, which a damaged record may hold and no engine takes."""
    return value.encode("utf-8", "replace").decode()


class Translator:
    """Plans over one schema; a plan of bounded depth, so plain recursion is safe."""

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema

    def query(self, node: plan.Node) -> Query:
        match node:
            case plan.Token(field, token):
                option = "freq" if field in fields.TEXT else "basic"
                return Query.term_query(self._schema, field, token, option)
            case plan.Sequence(field, tokens):
                return Query.phrase_query(self._schema, field, list(tokens))
            case plan.Every(parts):
                return Query.boolean_query([(Occur.Must, self.query(part)) for part in parts])
            case plan.Either(parts):
                return Query.boolean_query([(Occur.Should, self.query(part)) for part in parts])
            case plan.Prefer(required, wishes):
                return Query.boolean_query(
                    [(Occur.Must, self.query(required)), *((Occur.Should, self.query(wish)) for wish in wishes)]
                )
            case plan.Fixed(part, score):
                return Query.const_score_query(self.query(part), score)
            case plan.Boost(part, factor):
                return Query.boost_query(self.query(part), factor)
            case plan.Without(keep, drop):
                return Query.boolean_query([(Occur.Must, self.query(keep)), (Occur.MustNot, self.query(drop))])
            case plan.Between(field, low, high):
                return Query.range_query(self._schema, field, FieldType.Integer, low, high)
            case plan.Pattern(field, parts):
                return Query.const_score_query(Query.regex_query(self._schema, field, regex(parts)), 1.0)
            case plan.AtLeast(parts, least):
                return Query.boolean_query([(Occur.Should, self.query(part)) for part in parts], least)
            case plan.Similar(field, token, distance):
                return Query.fuzzy_term_query(self._schema, field, token, distance, transposition_cost_one=True)
            case plan.Everything():
                return Query.const_score_query(Query.term_query(self._schema, _ALL, "union", "basic"), 1.0)
        return Query.empty_query()


def regex(parts: tuple[str, ...]) -> str:
    """A pattern as the regular expression of tantivy's term dictionary (anchored at both ends)."""
    special = {plan.ANY_RUN: ".*", plan.ANY_ONE: "."}
    return "".join(special.get(part) or _SPECIAL.sub(r"\\\g<0>", part) for part in parts)
