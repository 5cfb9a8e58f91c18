"""Precision and recall of sameness on the labelled pairs, beside three rules that other systems use.

The peers are written anew from their published descriptions: ISBN only; title + author + year as one key; and a key in
the manner of Gold Rush (fixed-length pieces of title, year, pages, edition, publisher, type, part, author).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks import _labelled
from gateway.core.record import RawRecord, Record
from gateway.records.keys import features
from gateway.records.matching import compare
from gateway.records.normalise import normalise
from gateway.records.text import fold
from gateway.records.volumes import edition_key, extent_key

PAIRS = Path(__file__).parent.parent / "tests" / "sameness" / "pairs.jsonl"


def read_pairs() -> list[tuple[str, bool, Record, Record]]:
    found = []
    for line in PAIRS.read_text("utf-8").splitlines():
        pair = json.loads(line)
        left, right = (
            RawRecord(side, pair[side].encode(), "marcline", local_id=pair["id"]) for side in ("left", "right")
        )
        found.append((pair["kind"], pair["same"], normalise(left), normalise(right)))
    return found


def isbn_only(a: Record, b: Record) -> bool:
    return bool(set(a.identifiers_of("isbn")) & set(b.identifiers_of("isbn")))


def title_author_year(a: Record, b: Record) -> bool:
    def key(record: Record) -> tuple[str, str, int | None]:
        author = record.contributors[0].name if record.contributors else ""
        return fold(record.title.text), fold(author), record.year

    return key(a) == key(b)


def gold_rush(a: Record, b: Record) -> bool:
    def key(record: Record) -> str:
        title = fold(" ".join([record.title.full(), *record.title.other])).replace(" ", "")
        publisher = fold(record.publications[0].publisher) if record.publications else ""
        author = fold(record.contributors[0].name)[:5] if record.contributors else ""
        pieces = [f"{title:_<70.70}", str(record.year or ""), f"{extent_key(record.extent).pages:04d}"]
        pieces += [str(edition_key(record.edition).number), publisher.replace(" ", "")[:5], record.form[:1], author]
        return "".join(pieces)

    return key(a) == key(b)


def wenyuan(a: Record, b: Record) -> bool:
    return compare(features(a), features(b)).same


RULES: dict[str, Callable[[Record, Record], bool]] = {
    "wenyuan": wenyuan,
    "isbn only": isbn_only,
    "title+author+year": title_author_year,
    "gold-rush-like key": gold_rush,
}


def run() -> None:
    """For our own pairs and for each labelled set of the test data: how well each rule does, and what is wrong."""
    _judge("own pairs", read_pairs())
    for name, pairs in _labelled.sets().items():
        print()
        _judge(name, pairs)


def _judge(title: str, pairs: list[tuple[str, bool, Record, Record]]) -> None:
    """Prints precision and recall for each rule, then Wenyuan's errors by kind of pair and its verdicts by rule."""
    print(f"{title}: {len(pairs)} labelled pairs, {sum(same for _, same, _, _ in pairs)} of them the same edition")
    for name, rule in RULES.items():
        said = [(rule(a, b), same) for _, same, a, b in pairs]
        right = sum(verdict and same for verdict, same in said)
        precision = right / max(1, sum(verdict for verdict, _ in said))
        recall = right / max(1, sum(same for _, same in said))
        print(f"{name:20} precision {precision:7.2%}  recall {recall:7.2%}")
    wrong: Counter[str] = Counter()
    decided: Counter[tuple[str, bool]] = Counter()
    for kind, same, a, b in pairs:
        evidence = compare(features(a), features(b))
        decided[evidence.rule, same] += 1
        if evidence.same != same:
            wrong[f"{'missed' if same else 'false merge'}: {kind} ({evidence.rule})"] += 1
    print("by rule (verdict, how many pairs are labelled the same / different):")
    for rule_name in sorted({rule_name for rule_name, _ in decided}):
        print(f"  {rule_name:26} {decided[rule_name, True]:5} {decided[rule_name, False]:5}")
    for text, count in wrong.most_common():
        print(f"  {count:4} {text}")


if __name__ == "__main__":
    run()
