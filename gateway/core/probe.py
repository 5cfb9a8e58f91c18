"""What was found out about a server whose kind nobody knows: settings for a target file, and the evidence for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from gateway.core.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was found, under a stable name such as ``terms.charset`` or ``attributes.use.refused``."""

    name: str
    value: str
    why: str = ""  #: the evidence, in words
    confidence: float | None = None  #: 0 to 1, where the finding is a judgement


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """``settings`` are keys of a target file with values of YAML (texts, numbers, mappings of texts)."""

    settings: Mapping[str, object]
    remarks: Mapping[str, str]  #: why a setting is as it is, by its key
    facts: tuple[Fact, ...]


@runtime_checkable
class ProbingConnector(Protocol):
    """A connector that can find out what its target is."""

    async def probe(self, *, words: Sequence[str] = (), deadline: Deadline) -> ProbeReport:
        """Ask the target many small questions, one after the other, and judge by its answers.

        ``words`` are searched first to come by records. Raises ``FatalTargetError``, ``RetriableError`` or
        ``ProtocolError`` when no session comes about; what fails later is a fact.
        """
        ...
