"""A MARC record in memory, whatever the flavour and wherever it came from.

A field is kept as the text between two field terminators of ISO 2709 (two indicators, then ``\\x1f``, a code and a
value, again and again). It is taken apart only when somebody asks, so that reading a record costs a few microseconds
and asking for one subfield is one search in a string.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

SUBFIELD: Final = "\x1f"
FIELD: Final = "\x1e"
RECORD: Final = "\x1d"

#: Separators of ISO 2709 have no place inside a value; a space stands in for each.
_SEPARATORS: Final = str.maketrans({SUBFIELD: " ", FIELD: " ", RECORD: " "})
_BLANK_LEADER: Final = "00000nam0 2200000   450 "


def clean(value: str) -> str:
    """The value with ISO 2709 separators made spaces, so that it can be part of a field."""
    return value.translate(_SEPARATORS)


class Field:
    """One field. ``tag`` is three characters; ``text`` its content in ISO 2709 form, without the terminator.

    Immutable by convention. Two fields are equal when tag and text are.
    """

    __slots__ = ("_subfields", "tag", "text")

    def __init__(self, tag: str, ind1: str = " ", ind2: str = " ", subfields: Iterable[tuple[str, str]] = ()) -> None:
        """A data field. Codes must be one character; blank or missing indicators become a space."""
        self.tag = tag
        self.text = (
            (ind1 or " ")[0]
            + (ind2 or " ")[0]
            + "".join([f"{SUBFIELD}{code[0]}{clean(value)}" for code, value in subfields if code])
        )
        self._subfields: tuple[tuple[str, str], ...] | None = None

    @classmethod
    def parse(cls, tag: str, text: str) -> Field:
        """A field from its ISO 2709 text (indicators and ``\\x1f`` subfields, or the data of a control field)."""
        field = cls.__new__(cls)
        field.tag = tag
        field.text = text
        field._subfields = None
        return field

    @classmethod
    def control(cls, tag: str, data: str) -> Field:
        """A control field (001-009), which has data and neither indicators nor subfields."""
        return cls.parse(tag, clean(data))

    @property
    def is_control(self) -> bool:
        """Whether this is a control field: tag 00X, or no subfield in it at all (as in some dialects)."""
        return self.tag[:2] == "00" or SUBFIELD not in self.text

    @property
    def data(self) -> str:
        """All of a control field; empty for a data field."""
        return self.text if self.is_control else ""

    @property
    def ind1(self) -> str:
        """First indicator, a space when there is none."""
        text = self.text
        if text[2:3] == SUBFIELD and text[1] != SUBFIELD != text[0] and self.tag[:2] != "00":
            return text[0]
        return " " if self.is_control else text.partition(SUBFIELD)[0][:1] or " "

    @property
    def ind2(self) -> str:
        """Second indicator, a space when there is none."""
        text = self.text
        if text[2:3] == SUBFIELD and text[1] != SUBFIELD != text[0] and self.tag[:2] != "00":
            return text[1]
        return " " if self.is_control else text.partition(SUBFIELD)[0][1:2] or " "

    @property
    def subfields(self) -> tuple[tuple[str, str], ...]:
        """All subfields as (code, value), in the record's order; none for a control field."""
        found = self._subfields
        if found is None:
            if self.tag[:2] == "00":
                found = ()
            else:
                found = tuple([(part[0], part[1:]) for part in self.text.split(SUBFIELD)[1:] if part])
            self._subfields = found
        return found

    def get(self, code: str) -> str:
        """Value of the first subfield with this code, empty when there is none."""
        text = self.text
        start = text.find(SUBFIELD + code)
        if start < 0:
            return ""
        end = text.find(SUBFIELD, start + 2)
        return text[start + 2 :] if end < 0 else text[start + 2 : end]

    def all(self, *codes: str) -> list[str]:
        """Values of all subfields with one of these codes (any code when none is given), in the record's order."""
        if len(codes) == 1 and SUBFIELD + codes[0] not in self.text:
            return []
        if not codes:
            return [value for _, value in self.subfields]
        return [value for code, value in self.subfields if code in codes]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Field) and self.tag == other.tag and self.text == other.text

    def __hash__(self) -> int:
        return hash((self.tag, self.text))

    def __repr__(self) -> str:
        return f"Field({self.tag} {self.text.replace(SUBFIELD, '‡')!r})"


class MarcRecord:
    """A leader and its fields, in the order of the directory.

    ``charset`` names what the bytes were decoded from and ``charset_confidence`` (0 to 1) how sure that is; ``damage``
    holds what was wrong, each as ``code: sentence`` with a stable code (see ``iso2709`` and ``charset``). Fields are
    made one tag at a time, when somebody asks: most of them never are.
    """

    __slots__ = ("_by_tag", "_made", "charset", "charset_confidence", "damage", "leader", "tag_list", "texts")

    def __init__(
        self,
        leader: str,
        fields: Sequence[Field] = (),
        *,
        charset: str = "utf-8",
        charset_confidence: float = 1.0,
        damage: tuple[str, ...] = (),
    ) -> None:
        """``leader`` is made 24 characters long: cut, or filled from a plain one."""
        self.leader = leader if len(leader) == 24 else (leader + _BLANK_LEADER[len(leader) :])[:24]
        self.charset = charset
        self.charset_confidence = charset_confidence
        self.damage = damage
        self.tag_list: Sequence[str] = [field.tag for field in fields]  #: tags of all fields, in order
        self.texts: Sequence[str] = [field.text for field in fields]  #: the fields' texts (see ``Field``), in order
        self._by_tag: dict[str, list[str]] | None = None
        self._made: dict[str, list[Field]] = {}

    @classmethod
    def from_texts(
        cls,
        leader: str,
        tags: Sequence[str],
        texts: Sequence[str],
        charset: str,
        charset_confidence: float,
        damage: tuple[str, ...],
    ) -> MarcRecord:
        """A record from parallel sequences of tags and field texts."""
        record = cls.__new__(cls)
        record.leader = leader
        record.charset = charset
        record.charset_confidence = charset_confidence
        record.damage = damage
        record.tag_list = tags
        record.texts = texts
        record._by_tag = None
        record._made = {}
        return record

    def by_tag(self) -> Mapping[str, Sequence[str]]:
        """The fields' texts by tag, tags in the order in which they first occur."""
        found = self._by_tag
        if found is None:
            found = self._by_tag = {}
            for tag, text in zip(self.tag_list, self.texts, strict=True):
                if tag in found:
                    found[tag].append(text)
                else:
                    found[tag] = [text]
        return found

    def _of_tag(self, tag: str) -> list[Field]:
        found = self._made.get(tag)
        if found is None:
            found = self._made[tag] = []
            for text in self.by_tag().get(tag, ()):
                # Field.parse, without its call: this is where most fields are made.
                field = _new(Field)
                field.tag = tag
                field.text = text
                field._subfields = None
                found.append(field)
        return found

    def tags(self) -> frozenset[str]:
        """The tags that occur."""
        return frozenset(self.by_tag())

    def fields(self, *tags: str) -> list[Field]:
        """Fields with one of these tags in the record's order; all fields when no tag is given."""
        if len(tags) == 1:
            return list(self._of_tag(tags[0]))
        there = self.by_tag()
        present = [tag for tag in dict.fromkeys(tags) if tag in there] if tags else list(there)
        if len(present) < 2:
            return list(self._of_tag(present[0])) if present else []
        # A field is one object, however it is asked for.
        pending = {tag: iter(self._of_tag(tag)) for tag in present}
        return [next(pending[tag]) for tag in self.tag_list if tag in pending]

    def first(self, tag: str) -> Field | None:
        """The first field with this tag."""
        return self._of_tag(tag)[0] if tag in self.by_tag() else None

    def control(self, tag: str) -> str:
        """Data of the first control field with this tag, empty when there is none."""
        texts = self.by_tag().get(tag)
        if not texts:
            return ""
        return texts[0] if tag[:2] == "00" else self._of_tag(tag)[0].data

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, MarcRecord)
            and self.leader == other.leader
            and list(self.tag_list) == list(other.tag_list)
            and list(self.texts) == list(other.texts)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"MarcRecord({self.leader!r}, {len(self.texts)} fields, {self.charset})"


_new: Final = object.__new__


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


def embedded(field: Field) -> list[Field]:
    """Fields embedded in a linking field (UNIMARC and CNMARC 4XX, standard technique).

    Each ``$1`` starts with a tag: a control tag is followed by its data, another tag by two indicators, and the
    subfields after it belong to the embedded field (UNIMARC Manual, block 4XX). Fields without ``$1`` give none.
    """
    found: list[Field] = []
    tag = ""
    text = ""
    for code, value in field.subfields:
        if code == "1":
            if tag:
                found.append(Field.parse(tag, text))
            tag = value[:3] if len(value) >= 3 else ""
            text = value[3:] if tag[:2] == "00" else (value[3:5] + "  ")[:2]
            if tag and tag[:2] != "00" and len(value) > 5:
                # $1200 1$aTitle may come with its first subfield glued on where a system lost the separator.
                text += f"{SUBFIELD}a{value[5:]}"
        elif tag:
            text += f"{SUBFIELD}{code}{value}"
    if tag:
        found.append(Field.parse(tag, text))
    return found
