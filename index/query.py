"""From the one ``core.Query`` to a plan over the index's fields.

Bounded: what an engine could choke on (too many terms, too deep, wildcards that match everything) is refused in words
before the engine sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import Boolean, Clause, Node, Operator, Query, Relation, Truncation
from gateway.records import text
from index import analysis, fields, plan
from index.forgiving import forgiven
from index.ranking import wishes
from index.reading import latin_readings, whole_values

MAX_CLAUSES = 500
MAX_TOKENS = 3_000
MAX_WILDCARDS = 8
MAX_TERM_LENGTH = 4_000
MAX_DEPTH = 60
#: Clauses beyond these only filter: nobody types so many to find one known item.
_RANKED_CLAUSES = 16

#: In a fuzzy clause, what matches as typed counts so many times.
_EXACTLY = 4.0

_TRUNCATABLE_CODES = frozenset(fields.CODES)


def make_plan(query: Query, *, forgiving: bool = False) -> plan.Node:
    """Raises ``UnsupportedQueryError`` with the feature that the index lacks.

    A ``forgiving`` plan finds what is nearly as typed; see ``index.forgiving``.
    """
    return _Planner(forgiving).make(query.root)


class _Planner:
    def __init__(self, forgiving: bool) -> None:
        self._forgiving = forgiving
        self._clauses = 0
        self._tokens = 0

    def make(self, root: Node) -> plan.Node:
        return self._node(root, 0)

    def _node(self, node: Node, depth: int) -> plan.Node:
        if isinstance(node, Clause):
            return self._clause(node)
        if depth > MAX_DEPTH:
            raise UnsupportedQueryError(
                f"The query nests more than {MAX_DEPTH} levels deep; write it with fewer brackets", feature="depth"
            )
        if node.operator is Operator.PROX:
            return self._near(node)
        if node.operator is Operator.NOT:
            keep, drops = _negation(node)
            kept = self._node(keep, depth + 1)
            forgiving, self._forgiving = self._forgiving, False  # what is not wanted is exactly that
            dropped = _either([self._node(drop, depth + 1) for drop in drops])
            self._forgiving = forgiving
            return plan.Without(kept, dropped)
        operands = _operands(node, node.operator)
        if node.operator is Operator.AND:
            return _every([self._node(part, depth + 1) for part in _joined(operands)])
        return _either([self._node(part, depth + 1) for part in operands])

    # One clause

    def _clause(self, clause: Clause) -> plan.Node:
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise UnsupportedQueryError(
                f"The query has more than {MAX_CLAUSES} search terms; ask for fewer at once", feature="clauses"
            )
        if len(clause.term) > MAX_TERM_LENGTH:
            raise UnsupportedQueryError(
                f"A search term has {len(clause.term)} characters; the most is {MAX_TERM_LENGTH}", feature="term length"
            )
        if any("\ud800" <= letter <= "\udfff" for letter in clause.term):
            raise UnsupportedQueryError("A search term holds half a character; type it again", feature="surrogates")
        if clause.index == "year":
            return _year(clause)
        if clause.relation in (Relation.LT, Relation.LE, Relation.GE, Relation.GT, Relation.WITHIN):
            raise UnsupportedQueryError(
                f"The index can compare only years by '{clause.relation.value}', not '{clause.index}'",
                feature=f"relation {clause.relation.value}",
            )
        if clause.index == "all":
            return plan.Everything()
        if clause.fuzzy and clause.index not in fields.TEXT:
            raise UnsupportedQueryError(
                f"The index cannot look for what is like a '{clause.index}'; it can for words of titles, names and "
                "subjects",
                feature="fuzzy",
            )
        if clause.index in fields.TEXT:
            return self._counted(self._text(clause))
        if clause.index in fields.CODES:
            return self._counted(self._code(clause))
        raise UnsupportedQueryError(
            f"The index has no access point '{clause.index}'; ask for any, title, author, subject or another",
            feature=clause.index,
        )

    def _counted(self, node: plan.Node) -> plan.Node:
        self._tokens += leaves(node)
        if self._tokens > MAX_TOKENS:
            raise UnsupportedQueryError("The query has too many words; ask for fewer at once", feature="terms")
        return node

    def _text(self, clause: Clause) -> plan.Node:
        field = clause.index
        folded = text.fold(clause.term) if clause.truncation is not Truncation.MASK else clause.term
        if clause.truncation is not Truncation.NONE:
            return _truncated(clause)
        if clause.fuzzy:
            exactly = self._text(replace(clause, fuzzy=False))
            asked = folded.split() if clause.relation is Relation.ANY else [folded]
            return _either(
                [plan.Boost(exactly, _EXACTLY), *(forgiven(field, part) for part in asked[:_RANKED_CLAUSES])]
            )
        if self._forgiving and clause.relation is not Relation.ANY and not analysis.isbn13(clause.term):
            return self._preferring(forgiven(field, folded), field, folded, analysis.units_of_folded(folded))
        if clause.relation is Relation.EXACT or (clause.relation is Relation.EQ and field in fields.KEYED):
            return _exact(field, analysis.key_of_folded(folded))
        units = analysis.units_of_folded(folded)
        if not units:
            return plan.Nothing()
        if clause.relation is Relation.PHRASE:
            phrase = _sequence(fields.units(field), units)
            return self._preferring(phrase, field, folded, units)
        if clause.relation is Relation.ANY:
            words = [_every([plan.Token(field, token) for token in text.query_tokens(word)]) for word in folded.split()]
            return self._preferring(_either(words), field, folded, units)
        tokens = text.query_tokens(folded)
        if not tokens:
            return plan.Nothing()
        words = [_either([plan.Token(field, token), *latin_readings(field, token, tokens)]) for token in tokens]
        required = _either([_every(words), *(plan.Fixed(whole, 1.0) for whole in whole_values(field, folded))])
        number = analysis.isbn13(clause.term) if field == "any" else ""
        if number:
            required = _either([plan.Boost(plan.Token("isbn", number), 10.0), required])
        return self._preferring(required, field, folded, units)

    def _preferring(self, required: plan.Node, field: str, folded: str, units: list[str]) -> plan.Node:
        if self._clauses > _RANKED_CLAUSES:
            return required
        return plan.Prefer(required, wishes(field, folded, units))

    def _code(self, clause: Clause) -> plan.Node:
        field = clause.index
        if clause.truncation is not Truncation.NONE:
            return _truncated(clause)
        values = clause.term.split() if clause.relation is Relation.ANY else [clause.term]
        tokens = [code for value in values if (code := _code_term(field, value))]
        return _either([plan.Fixed(plan.Token(field, token), 1.0) for token in tokens])

    def _near(self, node: Boolean) -> plan.Node:
        """``prox`` of two words that stand next to each other, in this order: a phrase. Nothing wider is offered."""
        left, right, how = node.left, node.right, node.proximity
        if (
            isinstance(left, Clause)
            and isinstance(right, Clause)
            and left.index == right.index
            and left.index in fields.TEXT
            and how is not None
            and (how.distance, how.unit, how.ordered) == (1, "word", True)
            and how.relation in ("<=", "=")
        ):
            return self._clause(Clause(left.index, f"{left.term} {right.term}", Relation.PHRASE))
        raise UnsupportedQueryError(
            "The index finds words near each other only as neighbours in order; search for a phrase instead",
            feature="proximity",
        )


def _operands(node: Boolean, operator: Operator) -> list[Node]:
    """The operands of a chain of one associative operator from left to right, without recursion: chains may be long."""
    out: list[Node] = []
    stack: list[Node] = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, Boolean) and top.operator is operator:
            stack += [top.right, top.left]
        else:
            out.append(top)
    return out


def _negation(node: Boolean) -> tuple[Node, list[Node]]:
    """``a not b not c`` as what to keep and what to drop."""
    drops: list[Node] = []
    keep: Node = node
    while isinstance(keep, Boolean) and keep.operator is Operator.NOT:
        drops.append(keep.right)
        keep = keep.left
    return keep, drops


def _joined(operands: list[Node]) -> list[Node]:
    """Words asked for one by one in one access point become one clause again: their order counts for ranking."""
    out: list[Node] = []
    for node in operands:
        last = out[-1] if out else None
        if (
            isinstance(node, Clause)
            and isinstance(last, Clause)
            and node.index == last.index
            and node.index in fields.TEXT
            and (node.relation, last.relation) == (Relation.ALL, Relation.ALL)
            and (node.truncation, last.truncation) == (Truncation.NONE, Truncation.NONE)
            and len(last.term) + len(node.term) < MAX_TERM_LENGTH
            and not (node.fuzzy or last.fuzzy)
            and not analysis.isbn13(node.term)
            and not analysis.isbn13(last.term)
        ):
            out[-1] = Clause(node.index, f"{last.term} {node.term}")
        else:
            out.append(node)
    return out


def _year(clause: Clause) -> plan.Node:
    words = clause.term.replace("-", " ").split() if clause.relation is Relation.WITHIN else clause.term.split()
    try:
        years = [int(word) for word in words]
    except ValueError:
        years = []
    expected = 2 if clause.relation is Relation.WITHIN else 1
    if len(years) != expected or any(abs(year) > 9_999 for year in years) or clause.truncation is not Truncation.NONE:
        raise UnsupportedQueryError(
            f"'{clause.term}' is not a year the index can compare; write four digits, or two years for a range",
            feature="year",
        )
    low: int | None = years[0]
    high: int | None = years[-1]
    match clause.relation:
        case Relation.LT:
            low, high = None, years[0] - 1
        case Relation.LE:
            low = None
        case Relation.GE:
            high = None
        case Relation.GT:
            low, high = years[0] + 1, None
    parts: list[plan.Node] = []
    if high is not None:
        parts.append(plan.Between(fields.YEAR, None, high))
    if low is not None:
        parts.append(plan.Between(fields.YEAR_END, low, None))
    return plan.Fixed(_every(parts), 1.0)


def _exact(field: str, key: str) -> plan.Node:
    if not key:
        return plan.Nothing()
    names = fields.KEYED if field == "any" else (field,)
    if field not in fields.KEYED and field != "any":
        raise UnsupportedQueryError(
            f"The index cannot compare the whole of '{field}'; search its words", feature="exact"
        )
    return _either([plan.Token(fields.key(name), key) for name in names])


def _code_term(field: str, value: str) -> str:
    if field == "isbn":
        return analysis.isbn13(value) or analysis.code(value)
    if field == "identifier":
        return analysis.isbn13(value) or analysis.code(value)
    if field == "id":
        return value.strip()
    return analysis.code(value)


def _truncated(clause: Clause) -> plan.Node:
    """Truncation works on single words of Latin and the like, and on runs of Han characters as on words."""
    fold: Callable[[str], str] = analysis.key if clause.index in _TRUNCATABLE_CODES else text.fold
    if clause.truncation is Truncation.MASK:
        masks = [clause.term] if clause.index in _TRUNCATABLE_CODES else clause.term.split()
        return _every([_pattern(clause.index, _mask(word, fold)) for word in masks])
    before = (plan.ANY_RUN,) if clause.truncation in (Truncation.LEFT, Truncation.BOTH) else ()
    after = (plan.ANY_RUN,) if clause.truncation in (Truncation.RIGHT, Truncation.BOTH) else ()
    words = fold(clause.term).split()
    if not words:
        return plan.Nothing()
    if clause.index in _TRUNCATABLE_CODES:
        return _pattern(clause.index, (*before, words[0], *after))
    out: list[plan.Node] = []
    for place, word in enumerate(words):
        parts = ((*before,) if place == 0 else ()) + (word,) + ((*after,) if place == len(words) - 1 else ())
        out.append(_pattern(clause.index, parts))
    return _every(out)


def _pattern(index: str, parts: tuple[str, ...]) -> plan.Node:
    literal = "".join(part for part in parts if part not in (plan.ANY_RUN, plan.ANY_ONE))
    if len(parts) > 2 * MAX_WILDCARDS + 1 or len(literal) > 100:
        raise UnsupportedQueryError(
            f"A term with wildcards may hold {MAX_WILDCARDS} of them and 100 letters", feature="wildcard"
        )
    if not literal or (len(literal) < 2 and literal.isascii()):
        raise UnsupportedQueryError(
            "A term with wildcards needs at least two letters, or one Chinese character, besides them",
            feature="wildcard",
        )
    if index in fields.CODES:
        return plan.Pattern(index, parts)
    if not literal.isascii() and any(len(analysis.units_of_folded(part)) > 1 for part in parts):
        # A Han string has no word ends: truncated or not, it matches inside longer strings.
        runs = [analysis.units_of_folded(part) for part in parts if part not in (plan.ANY_RUN, plan.ANY_ONE)]
        return _every([_sequence(fields.units(index), run) for run in runs])
    if len(parts) == 1:
        return plan.Token(fields.units(index), parts[0])
    if not literal.isascii() and len(literal) == 1:
        return plan.Token(fields.units(index), literal)
    return plan.Pattern(fields.units(index), parts)


def _mask(word: str, fold: Callable[[str], str]) -> tuple[str, ...]:
    parts: list[str] = []
    literal = ""
    letters = iter(word)
    for letter in letters:
        if letter in "*?":
            parts += [fold(literal)] if fold(literal) else []
            parts.append(plan.ANY_RUN if letter == "*" else plan.ANY_ONE)
            literal = ""
        else:
            literal += next(letters, "") if letter == "\\" else letter
    parts += [fold(literal)] if fold(literal) else []
    return tuple(parts)


def _sequence(field: str, units: list[str]) -> plan.Node:
    return plan.Sequence(field, tuple(units)) if len(units) > 1 else plan.Token(field, units[0])


def _every(parts: list[plan.Node]) -> plan.Node:
    if any(isinstance(part, plan.Nothing) for part in parts):
        return plan.Nothing()
    return parts[0] if len(parts) == 1 else plan.Every(tuple(parts)) if parts else plan.Nothing()


def _either(parts: list[plan.Node]) -> plan.Node:
    live = [part for part in parts if not isinstance(part, plan.Nothing)]
    return live[0] if len(live) == 1 else plan.Either(tuple(live)) if live else plan.Nothing()


def leaves(node: plan.Node) -> int:
    """How many terms the engine will look up."""
    match node:
        case plan.Every(parts) | plan.Either(parts) | plan.AtLeast(parts, _):
            return sum(map(leaves, parts))
        case plan.Without(keep, drop):
            return leaves(keep) + leaves(drop)
        case plan.Prefer(required, wishes_):
            return leaves(required) + sum(map(leaves, wishes_))
        case plan.Boost(part, _) | plan.Fixed(part, _):
            return leaves(part)
        case plan.Sequence(_, tokens):
            return len(tokens)
        case _:
            return 1
