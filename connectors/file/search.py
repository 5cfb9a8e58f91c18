"""A query over a :class:`~connectors.file.shelf.Shelf`: record numbers, in the file's order."""

from __future__ import annotations

import re
from collections.abc import Callable

from connectors.file.shelf import CODES, FENCE, TEXT, Field, Shelf, code, units
from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import Clause, Node, Operator, Query, Relation, Truncation

_ORDERED = (Relation.LT, Relation.LE, Relation.GE, Relation.GT, Relation.WITHIN)
_HAN = "\u2e80-\u303f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
#: The space beside a character of a script without spaces: part of the notation, not of the text.
_BLANK = f"(?:(?<=[{_HAN}]) | (?=[{_HAN}]))"
_YEAR = re.compile(r"-?\d{1,4}")


def find(shelf: Shelf, query: Query) -> list[int]:
    """Numbers of the records that match; raises ``UnsupportedQueryError`` for what a plain file cannot do."""
    check(query)
    done: list[set[int]] = []
    stack: list[tuple[Node, bool]] = [(query.root, False)]
    while stack:
        node, seen = stack.pop()
        if isinstance(node, Clause):
            done.append(_clause(shelf, node))
        elif not seen:
            stack += [(node, True), (node.right, False), (node.left, False)]
        else:
            right, left = done.pop(), done.pop()
            if node.operator is Operator.AND:
                done.append(left & right)
            else:
                done.append(left | right if node.operator is Operator.OR else left - right)
    return sorted(done.pop())


def check(query: Query) -> None:
    """Raise ``UnsupportedQueryError`` before anything is read."""
    stack: list[Node] = [query.root]
    while stack:
        node = stack.pop()
        if not isinstance(node, Clause):
            if node.operator is Operator.PROX:
                raise UnsupportedQueryError("A file cannot be searched by proximity", feature="proximity")
            stack += [node.left, node.right]
            continue
        if node.index not in ("any", "year", *TEXT, *CODES):
            raise UnsupportedQueryError(f"A file cannot be searched by '{node.index}'", feature=f"index {node.index}")
        if node.relation in _ORDERED and node.index != "year":
            raise UnsupportedQueryError(
                f"A file knows no order of '{node.index}'", feature=f"relation {node.relation} of {node.index}"
            )


def _clause(shelf: Shelf, clause: Clause) -> set[int]:
    if clause.index == "year":
        return _year(shelf, clause)
    if clause.index in shelf.codes:
        return _code(shelf.codes[clause.index], clause)
    return _text(shelf.text[clause.index], clause)


def _year(shelf: Shelf, clause: Clause) -> set[int]:
    given = [int(digits) for digits in _YEAR.findall(clause.term)]
    if not given:
        return set()
    low, high = -9999, 9999
    match clause.relation:
        case Relation.LT:
            high = given[0] - 1
        case Relation.LE:
            high = given[0]
        case Relation.GE:
            low = given[0]
        case Relation.GT:
            low = given[0] + 1
        case _:
            low, high = given[0], given[-1]
    return {at for at, span in enumerate(shelf.years) if span is not None and span[0] <= high and span[1] >= low}


def _code(postings: dict[str, list[int]], clause: Clause) -> set[int]:
    if clause.truncation is Truncation.MASK:
        pattern = re.compile(_masked(clause.term, lambda piece: code(clause.index, piece), ".", "", r"\Z"))
        return {at for key, numbers in postings.items() if pattern.fullmatch(key) for at in numbers}
    found: set[int] = set()
    words = [clause.term] if clause.relation is not Relation.ANY else clause.term.split()
    for word in words:
        wanted = code(clause.index, word)
        under = clause.index == "class" and clause.truncation is Truncation.NONE  # a class holds what lies under it
        found |= _by_key(postings, wanted, Truncation.RIGHT if under else clause.truncation)
    return found


def _by_key(postings: dict[str, list[int]], wanted: str, truncation: Truncation) -> set[int]:
    if not wanted:
        return set()
    match truncation:
        case Truncation.NONE:
            return set(postings.get(wanted, ()))
        case Truncation.RIGHT:
            return {at for key, numbers in postings.items() if key.startswith(wanted) for at in numbers}
        case Truncation.LEFT:
            return {at for key, numbers in postings.items() if key.endswith(wanted) for at in numbers}
        case _:
            return {at for key, numbers in postings.items() if wanted in key for at in numbers}


def _text(field: Field, clause: Clause) -> set[int]:
    if clause.truncation is Truncation.MASK:
        whole = clause.relation is Relation.EXACT
        end = f" {FENCE}" if whole else "(?= )"
        inner = _masked(clause.term, lambda piece: " ".join(units(piece)), f"[^{FENCE} ]", _BLANK, end)
        pattern = re.compile((f"{FENCE} " if whole else "(?<= )") + inner)
        return {at for at, text in enumerate(field.texts) if text and pattern.search(text)}
    if clause.relation in (Relation.ALL, Relation.ANY):
        # a run of Han characters is one word here and must stand together
        found = (_phrase(field, units(word), clause) for word in clause.term.split())
        sets = [each for each in found if each is not None]
        if not sets:
            return set()
        return set.union(*sets) if clause.relation is Relation.ANY else set.intersection(*sets)
    return _phrase(field, units(clause.term), clause) or set()


def _phrase(field: Field, wanted: list[str], clause: Clause) -> set[int] | None:
    """Records that hold these units next to each other; None when the word was nothing but punctuation."""
    if not wanted:
        return None
    left = clause.truncation in (Truncation.LEFT, Truncation.BOTH)
    right = clause.truncation in (Truncation.RIGHT, Truncation.BOTH)
    candidates: set[int] | None = None
    for at, unit in enumerate(wanted):
        open_left, open_right = left and at == 0, right and at == len(wanted) - 1
        kind = {(False, False): Truncation.NONE, (True, False): Truncation.LEFT, (False, True): Truncation.RIGHT}.get(
            (open_left, open_right), Truncation.BOTH
        )
        found = _by_key(field.postings, unit, kind)
        candidates = found if candidates is None else candidates & found
        if not candidates:
            return set()
    text = " ".join(wanted)
    if clause.relation is Relation.EXACT:
        before, after = ("" if left else f"{FENCE} "), ("" if right else f" {FENCE}")
    else:
        before, after = ("" if left else " "), ("" if right else " ")
    if len(wanted) == 1 and clause.relation is not Relation.EXACT:
        return candidates
    needle = before + text + after
    return {at for at in candidates or () if needle in field.texts[at]}


def _masked(term: str, fold_piece: Callable[[str], str], one: str, blank: str, end: str) -> str:
    """A masked term as a regular expression over folded text: ``*`` any run, ``?`` one character.

    ``one`` matches a character, ``blank`` a space that stands only between units, ``end`` what must follow. Every run
    is taken up to the first place where the next part fits and never given back, so time stays bounded.
    """
    optional = f"{blank}?" if blank else ""
    run = f"(?:{one}|{blank})" if blank else one
    parts: list[str] = []
    open_run = False
    for piece, mask in re.findall(r"((?:[^*?\\]|\\.)+)|([*?])", term, re.DOTALL):
        if mask == "*":
            open_run = True
            continue
        wanted = one if mask else re.escape(fold_piece(re.sub(r"\\(.)", r"\1", piece)))
        if wanted:
            parts.append(f"(?>{run}*?{optional}{wanted}" if open_run else f"(?>{optional}{wanted}")
            open_run = False
    if open_run or not parts:
        return ")".join([*parts, ""]) + f"{run}*{end}"
    return ")".join(parts) + f"{end})"
