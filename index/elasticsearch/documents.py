"""Records and union records to and from the documents that the node keeps."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.core import codec
from gateway.core.record import Evidence, Record, UnionRecord
from gateway.records import keys
from index.document import document
from index.elasticsearch.browsing import headings
from index.elasticsearch.bulk import Operation
from index.elasticsearch.translate import BETWEEN_VALUES, MAX_TOKEN, whole, word
from index.stored import decoded, dumped, merged_body, merged_of, record_of, row_of

_EVIDENCE = tuple[Evidence, ...]
#: Longer match keys are cut on both sides.
_MAX_KEY = 400
_RAW = ("payload", "format", "flavour", "charset", "raw_local_id", "raw_holdings")


def match_key(key: str) -> str:
    return whole(key)[:_MAX_KEY]


def match_keys(record: Record) -> list[str]:
    return list(dict.fromkeys(map(match_key, keys.block_keys(record))))


def record_operation(record: Record, union_id: str, added: float, its_keys: Sequence[str]) -> Operation:
    record_id, source, local_id, body, *raw = row_of(record)
    given = dict(zip(_RAW, raw, strict=True))
    if given["payload"] is not None:
        given["payload"] = base64.b64encode(given["payload"]).decode("ascii")
    uid = keys.uid(record_id)
    out = {
        "uid": uid,
        "id": record_id,
        "source": source,
        "local_id": local_id,
        "body": body,
        "keys": list(its_keys),
        "union": union_id,
        "added": added,
        **{name: value for name, value in given.items() if value is not None},
    }
    return Operation("records", uid, out)


def moved_operation(source: Mapping[str, Any], union_id: str) -> Operation:
    """The same record in another union."""
    kept = {name: value for name, value in source.items() if name not in ("change", "at")}
    return Operation("records", str(source["uid"]), {**kept, "union": union_id})


def gone_operation(uid: str, heirs: Sequence[str]) -> Operation:
    """What is left of a record: who was in one union with it."""
    return Operation("records", uid, {"gone": True, "heirs": list(heirs)})


def stored_record(source: Mapping[str, Any]) -> Record:
    payload = source.get("payload")
    given = [source.get(name) for name in _RAW[1:]]
    raw = None if payload is None else base64.b64decode(payload)
    return record_of((source["id"], source["source"], source["local_id"], source["body"], raw, *given))


def union_operation(union: UnionRecord, added: float) -> Operation:
    found = document(union, added)
    out: dict[str, Any] = {
        "kind": "union",
        "uid": union.id,
        "head": merged_body(union.record),
        "members": [member.id for member in union.members],
        "sources": list(union.sources),
        "added": added,
    }
    if union.why:
        out["why"] = dumped(union.why)
    for name, tokens in found.running.items():
        # Lucene counts only documents that have a field when it weighs how rare a word is; now all have it.
        out[name] = _running(tokens)
    out |= {name: _wholes(values) for name, values in found.terms.items() if values}
    out |= {name: value for name, value in found.numbers.items() if name != "prior"}
    for name, value in found.sort_text.items():
        out[name] = whole(value)
        out[name.replace("sort_", "order_")] = whole(value).rpartition("\x1f")[0]
    out["order_added"] = found.numbers["sort_added"] >> 16
    out |= {name: _wholes(values) for name, values in headings(found.headings).items()}
    out["weight"] = math.log2(found.numbers["prior"])
    return Operation("unions", union.id, out)


def _running(text: str) -> str:
    """The tokens as the node keeps them (``translate.word``), looked at together where none needs it alone."""
    if len(text) > MAX_TOKEN and any(len(token) > MAX_TOKEN for token in text.split(" ")):
        text = " ".join(map(word, text.split(" ")))
    return whole(text).replace("\x1f", BETWEEN_VALUES) or BETWEEN_VALUES


def _wholes(values: Sequence[str]) -> Sequence[str]:
    text = "".join(values)
    return values if whole(text) == text else [whole(value) for value in values]


def dissolved_operation(union_id: str, sources: Sequence[str]) -> Operation:
    """What is left of a union: who had it, for those who keep copies of our list."""
    return Operation("unions", union_id, {"kind": "gone", "uid": union_id, "sources": list(sources)})


def stored_union(source: Mapping[str, Any], held: Mapping[str, Record]) -> UnionRecord | None:
    """``held``: records by id; None when none of the members is there (they are just moving)."""
    members = tuple(held[name] for name in source["members"] if name in held)
    if not members:
        return None
    why = codec.parse(_EVIDENCE, decoded(source["why"])) if "why" in source else ()
    return UnionRecord(source["uid"], merged_of(source["head"], members), members, why)
