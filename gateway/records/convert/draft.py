"""The record that a conversion makes, with the list of what it could not carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.records.labels import table
from gateway.records.marc import SUBFIELD, Field

Subfields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of the source record that the new one does not say.

    ``field`` is the tag, with ``$`` and a code or ``/`` and positions; ``value`` what stood there; ``reason`` is one of
    ``losses`` in ``config/maps/conversion.yaml``. A field lost for ``kept-foreign`` lies whole in an 886 and comes back
    when the record is converted again.
    """

    field: str
    value: str
    reason: str

    def explain(self, language: str = "zh") -> str:
        """A sentence: what, where, why."""
        entry = table("conversion")["losses"][self.reason]
        return f"{self.field}: {entry.get(language) or entry['en']} ({self.value})"


class Draft:
    """Fields made so far, and losses. ``foreign`` names the format that 886 fields are said to be of."""

    def __init__(self, foreign: str) -> None:
        self.fields: list[Field] = []
        self.losses: list[Loss] = []
        self._foreign = foreign
        self._pairs = 0

    def add(self, tag: str, indicators: str, subfields: Iterable[tuple[str, str]]) -> None:
        """A new field, unless it would be empty."""
        parts = [(code, value) for code, value in subfields if value]
        if parts:
            self.fields.append(Field(tag, indicators[:1], indicators[1:2], parts))

    def add_paired(self, tag: str, indicators: str, subfields: Subfields, romanised: Subfields) -> None:
        """A new field, with its romanised form in an 880 when there is one (MARC 21, appendix A and field 880)."""
        if not any(value for _, value in romanised):
            self.add(tag, indicators, subfields)
            return
        self._pairs += 1
        self.add(tag, indicators, [("6", f"880-{self._pairs:02d}"), *subfields])
        self.add("880", indicators, [("6", f"{tag}-{self._pairs:02d}"), *romanised])

    def lose(self, field: Field, codes: Iterable[str], reason: str = "no-subfield") -> None:
        """Every non-empty subfield of ``field`` with one of ``codes`` is reported."""
        wanted = frozenset(codes)
        for code, value in field.subfields:
            if code in wanted and value.strip():
                self.losses.append(Loss(f"{field.tag}${code}", value, reason))

    def keep(self, field: Field) -> None:
        """A field without counterpart goes into 886 (UNIMARC and MARC 21 alike), tag, indicators and all."""
        if field.is_control:
            parts = [("2", self._foreign), ("a", field.tag), ("b", field.data)]
            self.fields.append(Field("886", "1", " ", parts))
        else:
            parts = [("2", self._foreign), ("a", field.tag), ("b", field.ind1 + field.ind2), *field.subfields]
            self.fields.append(Field("886", "2", " ", parts))
        self.losses.append(Loss(field.tag, field.text.replace(SUBFIELD, "$").strip(), "kept-foreign"))


def restored(field: Field, foreign: str) -> Field | None:
    """The field that an 886 of the format ``foreign`` keeps; None when it is of another format or damaged."""
    parts = field.subfields
    if len(parts) < 3 or parts[0] != ("2", foreign) or parts[1][0] != "a" or parts[2][0] != "b":
        return None
    tag, content = parts[1][1], parts[2][1]
    if len(tag) != 3:
        return None
    if field.ind1 == "1":
        return Field.control(tag, content)
    return Field(tag, content[:1], content[1:2], parts[3:]) if parts[3:] else None
