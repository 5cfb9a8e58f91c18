"""A MARC record whose fields are made one tag at a time: most of them are never asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.records.marc import SUBFIELD, Field, MarcRecord


class OnDemand(MarcRecord):
    """The same record as the one it is made of; ``first``, ``fields`` and ``control`` touch only the tags they name."""

    __slots__ = ("_made", "_texts_by_tag")

    @classmethod
    def of(cls, marc: MarcRecord) -> MarcRecord:
        """``marc`` itself when its fields are made already."""
        if marc._fields is not None:
            return marc
        record = cls.__new__(cls)
        record.leader = marc.leader
        record.charset = marc.charset
        record.charset_confidence = marc.charset_confidence
        record.damage = marc.damage
        record._tags = marc._tags
        record._texts = marc._texts
        record._fields = None
        record._index = None
        by_tag: dict[str, list[str]] = {}
        for tag, text in zip(marc._tags, marc._texts, strict=True):
            if tag in by_tag:
                by_tag[tag].append(text)
            else:
                by_tag[tag] = [text]
        record._texts_by_tag = by_tag
        record._made = {}
        return record

    _texts_by_tag: dict[str, list[str]]
    _made: dict[str, list[Field]]

    def _of_tag(self, tag: str) -> list[Field]:
        found = self._made.get(tag)
        if found is None:
            found = self._made[tag] = []
            for text in self._texts_by_tag.get(tag, ()):
                # Field.parse, without its call: this is where most fields are made.
                field = _new(Field)
                field.tag = tag
                field.text = text
                field._subfields = None
                found.append(field)
        return found

    def first(self, tag: str) -> Field | None:
        if tag not in self._texts_by_tag:
            return None
        return self._of_tag(tag)[0]

    def control(self, tag: str) -> str:
        texts = self._texts_by_tag.get(tag)
        if not texts:
            return ""
        return texts[0] if tag[:2] == "00" else self._of_tag(tag)[0].data

    def fields(self, *tags: str) -> list[Field]:
        if len(tags) == 1:
            return list(self._of_tag(tags[0]))
        return super().fields(*tags)

    def tags(self) -> frozenset[str]:
        return frozenset(self._texts_by_tag)


_new: Final = object.__new__


def present(marc: MarcRecord) -> Mapping[str, object]:
    """The tags of a record in the order in which they first occur, as keys."""
    return marc._texts_by_tag if isinstance(marc, OnDemand) else marc._by_tag()


def texts_of(marc: MarcRecord) -> tuple[Sequence[str], Sequence[str]]:
    """The tags of all fields, and their texts."""
    if marc._fields is None:
        return marc._tags, marc._texts
    return [field.tag for field in marc._fields], [field.text for field in marc._fields]


def values(field: Field, code: str) -> Sequence[str]:
    """What ``field.all(code)`` gives, without taking the field apart where the subfield occurs once or not at all."""
    text = field.text
    marker = SUBFIELD + code
    start = text.find(marker)
    if start < 0:
        return ()
    if text.find(marker, start + 2) >= 0:
        return field.all(code)
    end = text.find(SUBFIELD, start + 2)
    return (text[start + 2 :] if end < 0 else text[start + 2 : end],)
