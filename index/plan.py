"""A search as fields and tokens, before any engine's own query language.

``index.query`` makes a plan from a ``core.Query``; each engine translates it. Engines therefore analyse nothing: a
token here is a term of the index, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Everything:
    """All union records."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No record."""


@dataclass(frozen=True, slots=True)
class Token:
    """The field holds this term; scored by how rare it is (text fields) or alike for all (keys)."""

    field: str
    token: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """The field holds these terms one after another (fields of units only); at least two."""

    field: str
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """The field holds a term of this shape: literal parts and, between them, ``*`` (any run) or ``?`` (one character).

    ``parts`` alternates nothing: each entry is a literal, or one of :data:`ANY_RUN` and :data:`ANY_ONE`.
    """

    field: str
    parts: tuple[str, ...]


#: Wildcards inside ``Pattern.parts``; no folded text holds these characters.
ANY_RUN = "\x00*"
ANY_ONE = "\x00?"


@dataclass(frozen=True, slots=True)
class Between:
    """The number in ``field`` lies between the ends, both included; None is open."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Every:
    """All parts match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part matches."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """``keep`` matches and ``drop`` does not."""

    keep: Node
    drop: Node


@dataclass(frozen=True, slots=True)
class Prefer:
    """What matches ``required``; what also matches some of ``wishes`` comes earlier."""

    required: Node
    wishes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Boost:
    """The part's own score times ``factor``."""

    part: Node
    factor: float


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same score for all that match."""

    part: Node
    score: float


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least ``least`` of the parts match; scored by the sum of those that do."""

    parts: tuple[Node, ...]
    least: int


@dataclass(frozen=True, slots=True)
class Similar:
    """The field holds a term that becomes ``token`` by at most ``distance`` (1 or 2) changes of one character: put in,
    left out, another, or two neighbours swapped. Every character counts, the first one included; 1 for all that match.
    """

    field: str
    token: str
    distance: int


Node = (
    Everything | Nothing | Token | Sequence | Pattern | Between
    | Every | Either | Without | Prefer | Boost | Fixed | AtLeast | Similar
)  # fmt: skip
