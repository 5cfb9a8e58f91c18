"""Which libraries a laboratory has: made of a few numbers, the same for the same seed in every process."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from gateway.core.errors import ConfigurationError
from gateway.core.record import Flavour
from gateway.core.target import Target
from gateway.lab.faults import FAULTS
from gateway.lab.latency import Latency

HOST = "127.0.0.1"
DATABASE = "lab"
MOST_LIBRARIES = 5_000

#: Charset of a library's records, and the MARC that libraries with this charset write.
FLAVOURS = {"utf-8": Flavour.MARC21, "gbk": Flavour.CNMARC, "gb18030": Flavour.CNMARC}


@dataclass(frozen=True, slots=True)
class Simulated:
    """One library of the laboratory."""

    number: int
    protocol: str  #: z3950 | sru
    charset: str
    size: int  #: hits of every search
    seed: int
    latency: Latency = field(default_factory=Latency)
    fault: str = ""
    timeout: float = 10.0
    hedge: bool = False

    @property
    def id(self) -> str:
        return f"lib{self.number:04d}"

    @property
    def flavour(self) -> Flavour:
        return FLAVOURS[self.charset]

    def url(self, port: int) -> str:
        secure = "s" if self.fault == "tls" else ""
        if self.protocol == "sru":
            return f"sru+http{secure}://{HOST}:{port}/{DATABASE}"
        return f"z3950{secure}://{HOST}:{port}/{DATABASE}"

    def values(self, port: int) -> dict[str, object]:
        """The keys of its target file."""
        told = "utf-8" if self.fault == "charset" else self.charset
        sru = self.protocol == "sru"
        values: dict[str, object] = {
            "id": self.id,
            "url": self.url(port),
            "name": {"zh": f"模拟图书馆{self.number}", "en": f"Simulated library {self.number}"},
            "syntax": "marcxml" if sru else "usmarc" if self.flavour is Flavour.MARC21 else "unimarc",
            "flavour": self.flavour.value,
            "timeout": self.timeout,
        }
        if self.hedge:
            values["options"] = {"hedge": "yes"}
        if not sru:
            values |= {"term_charset": "utf-8", "record_charset": told}
        return values

    def address(self, port: int) -> str:
        """All of its target file in one address, for ``--target``."""
        values = self.values(port)
        keys = ("id", "syntax", "flavour", "term_charset", "record_charset")
        return f"{values['url']}?{urlencode({key: str(values[key]) for key in keys if key in values})}"

    def target(self, port: int) -> Target:
        # Imported here: the servers' processes make no targets, and pydantic is half of their memory.
        from gateway.settings.model import TargetModel

        return TargetModel.model_validate(self.values(port)).target()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a laboratory is made of. ``faults`` says how many libraries have each."""

    libraries: int = 113
    seed: int = 1
    sru: int = 0  #: how many of them speak SRU; those with a fault that only SRU has do so in any case
    size: int = 20
    charsets: Sequence[str] = ("utf-8", "gbk")
    latency: str = "none"
    faults: Mapping[str, int] = field(default_factory=dict)
    timeout: float = 10.0  #: of each target, in seconds
    hedge: bool = False  #: whether they allow a second question when the first is late

    def members(self) -> list[Simulated]:
        """Raises ``ConfigurationError`` for a fault, charset or number that cannot be."""
        self._check()
        latency = Latency.parse(self.latency)
        dice = random.Random(f"wenyuan laboratory {self.seed}")  # noqa: S311
        numbers = list(range(1, self.libraries + 1))
        dice.shuffle(numbers)
        faulty: dict[int, str] = {}
        for name, count in sorted(self.faults.items()):
            for _ in range(count):
                faulty[numbers.pop()] = name
        speaking_sru = {number for number, name in faulty.items() if FAULTS[name].protocols == {"sru"}}
        order = [number for number in range(1, self.libraries + 1) if number not in speaking_sru]
        dice.shuffle(order)
        speaking_sru |= set(order[: max(0, self.sru - len(speaking_sru))])
        return [
            Simulated(
                number,
                "sru" if number in speaking_sru else "z3950",
                "gbk" if faulty.get(number) == "charset" else self.charsets[number % len(self.charsets)],
                self.size,
                self.seed,
                latency,
                faulty.get(number, ""),
                self.timeout,
                self.hedge,
            )
            for number in range(1, self.libraries + 1)
        ]

    def _check(self) -> None:
        if not 1 <= self.libraries <= MOST_LIBRARIES or not 1 <= self.size <= 1000:
            raise ConfigurationError(f"A laboratory has 1 to {MOST_LIBRARIES} libraries of 1 to 1000 hits")
        unknown = [name for name in self.faults if name not in FAULTS]
        if unknown:
            raise ConfigurationError(f"No fault is called {', '.join(unknown)}; there are {', '.join(FAULTS)}")
        if sum(self.faults.values()) > self.libraries:
            raise ConfigurationError(
                f"{sum(self.faults.values())} faults are too many for {self.libraries} libraries: each has one at most"
            )
        wrong = [charset for charset in self.charsets if charset not in FLAVOURS]
        if wrong or not self.charsets:
            raise ConfigurationError(f"A library's charset is one of {', '.join(FLAVOURS)}, not {', '.join(wrong)!r}")


def parse_faults(text: str) -> dict[str, int]:
    """``silent:4,refuse:4``; a name without a number counts one."""
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = part.partition(":")
        if number and not number.isdecimal():
            raise ConfigurationError(f"{part!r} is no fault with a number of libraries; write silent:4,refuse:4")
        found[name] = found.get(name, 0) + int(number or 1)
    return found
