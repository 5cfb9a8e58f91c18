"""Precision and recall of sameness on the labelled pairs, beside three rules that other systems use.

The peers are written anew from their published descriptions: ISBN only; title + author + year as one key; and a key in
the manner of Gold Rush (fixed-length pieces of title, year, pages, edition, publisher, type, part, author).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

from benchmarks import _labelled, _perturbed
from gateway.core.record import RawRecord, Record
from gateway.demo.members import load_members
from gateway.demo.records import records
from gateway.records.keys import block_keys, features
from gateway.records.matching import compare
from gateway.records.normalise import normalise
from gateway.records.text import fold
from gateway.records.volumes import edition_key, extent_key

PAIRS = Path(__file__).parent.parent / "tests" / "sameness" / "pairs.jsonl"
#: Made later, out of other editions and other accidents.
FIFTH = PAIRS.with_name("fifth.jsonl")


def read_pairs(path: Path = PAIRS) -> list[tuple[str, bool, Record, Record]]:
    found = []
    for line in path.read_text("utf-8").splitlines():
        pair = json.loads(line)
        left, right = (
            RawRecord(side, pair[side].encode(), "unknown" if pair[side][0] == "<" else "marcline", local_id=pair["id"])
            for side in ("left", "right")
        )
        found.append((pair["kind"], pair["same"], normalise(left), normalise(right)))
    return found


def demo_records() -> list[tuple[Record, tuple[str, str]]]:
    """The records of the demo's libraries, faults and all, each with the edition and volume that it describes."""
    return [
        (normalise(written.raw()), (written.item.edition.id, written.item.volume))
        for member in load_members()
        if not member.down
        for written in records(member)
    ]


def demo_pairs() -> list[tuple[str, bool, Record, Record]]:
    """Every two records of the demo that describe one edition, or that share a key."""
    made = demo_records()
    together: dict[object, list[int]] = {}
    for at, (record, edition) in enumerate(made):
        for key in (edition, *block_keys(record)):
            together.setdefault(key, []).append(at)
    pairs = sorted({pair for found in together.values() for pair in combinations(found, 2)})
    return [
        ("same" if made[x][1] == made[y][1] else "other", made[x][1] == made[y][1], made[x][0], made[y][0])
        for x, y in pairs
    ]


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


#: Each says yes or no, whatever a set asks.
PEERS: dict[str, Callable[[Record, Record], bool]] = {
    "isbn only": isbn_only,
    "title+author+year": title_author_year,
    "gold-rush-like key": gold_rush,
}


def run() -> None:
    """For our own pairs and for each labelled set of the test data: how well each rule does, and what is wrong."""
    sets = {
        "own pairs": _labelled.Labelled(read_pairs()),
        "the fifth set": _labelled.Labelled(read_pairs(FIFTH)),
        "the demo's libraries": _labelled.Labelled(demo_pairs()),
        **_perturbed.sets(),
        **_labelled.sets(),
    }
    for name, labelled in sets.items():
        _judge(name, labelled)
        print()


def _judge(name: str, labelled: _labelled.Labelled) -> None:
    """Prints precision and recall for each rule, then Wenyuan's errors by kind of pair and its verdicts by rule."""
    pairs = labelled.pairs
    why = {at: part for at, (kind, *_) in enumerate(pairs) for part in labelled.left_out if is_about(part, kind)}
    judged = [pair for at, pair in enumerate(pairs) if at not in why]
    print(f"{name}: {len(judged)} labelled pairs, {sum(same for _, same, _, _ in judged)} of them labelled the same")
    print(f"  {labelled.asks}")
    for part, reason in labelled.left_out.items():
        print(f"  left out: {list(why.values()).count(part)} ({part}): {reason}")
    _table(labelled, judged)
    if why:
        print(f"  with those {len(why)}:")
        _table(labelled, pairs)
    wrong: Counter[str] = Counter()
    decided: Counter[tuple[str, bool]] = Counter()
    for kind, same, a, b in judged:
        evidence = compare(features(a), features(b))
        decided[evidence.rule, same] += 1
        if labelled.answer(kind, evidence) != same:
            wrong[f"{'missed' if same else 'false'}: {kind} ({evidence.rule})"] += 1
    print("by rule (verdict, how many pairs are labelled the same / different):")
    for rule_name in sorted({rule_name for rule_name, _ in decided}):
        print(f"  {rule_name:26} {decided[rule_name, True]:5} {decided[rule_name, False]:5}")
    for text, count in wrong.most_common():
        print(f"  {count:4} {text}")


def is_about(part: str, kind: str) -> bool:
    """Whether a reason to leave out (see ``Labelled.left_out``) is about a pair of this kind."""
    return kind.startswith(f"{part}:") if part.isdecimal() else part in kind


def _table(labelled: _labelled.Labelled, pairs: list[_labelled.Pair]) -> None:
    answers = {"wenyuan": [labelled.answer(kind, compare(features(a), features(b))) for kind, _, a, b in pairs]}
    answers |= {name: [rule(a, b) for _, _, a, b in pairs] for name, rule in PEERS.items()}
    for name, said in answers.items():
        right = sum(verdict and same for verdict, (_, same, _, _) in zip(said, pairs, strict=True))
        precision = f"{right / sum(said):7.2%}" if any(said) else "     --"
        recall = right / max(1, sum(same for _, same, _, _ in pairs))
        print(f"{name:20} precision {precision}  recall {recall:7.2%}")


if __name__ == "__main__":
    run()
