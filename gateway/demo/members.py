"""The member libraries of ``config/demo/libraries.yaml``: their systems, and where the gateway finds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from gateway.core.errors import ConfigurationError
from gateway.core.record import Flavour
from gateway.core.target import Target
from gateway.demo.reading import read

#: Database that every server of the demo offers.
DATABASE: Final = "Default"
#: Path of the SRU servers.
SRU_PATH: Final = "/sru"
HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    id: str
    name: dict[str, str]
    region: str
    protocol: str  #: z3950 | sru | file
    flavour: Flavour
    charset: str  #: of its records
    terms: str = "utf-8"  #: charset in which it expects search terms
    version: str = ""  #: of SRU
    layout: str = ""  #: field of the holdings: 905, 905-copies, 930, 852, 952
    pinyin: str = ""  #: subfield of CNMARC pinyin: A (as CALIS) or 9 (as the National Library)
    vernacular: str = "880"  #: MARC 21: Han in 880 pairs, or directly
    script: str = "simplified"
    sets: str = "whole"  #: one record for a set, or one for each of its volumes
    code: str = ""
    locations: tuple[str, ...] = ()
    shelves: dict[str, float] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)  #: one in so many records
    delay: tuple[float, float] = (0.0, 0.0)  #: seconds from a search to its answer
    down: bool = False  #: nothing listens there

    @property
    def serves(self) -> bool:
        """Whether this library is a server process (it is not for a file, nor when it is down)."""
        return self.protocol != "file" and not self.down

    @property
    def file_name(self) -> str:
        """Name of the file with its records: ISO 2709, or MARCXML where only MARCXML is ever sent."""
        return f"{self.id}.{'xml' if self.protocol == 'sru' else 'mrc'}"

    def target(self, port: int = 0, folder: Path | None = None) -> Target:
        """The library as the gateway asks it: on ``port`` of the loopback, or as its file in ``folder``."""
        common: dict[str, Any] = {
            "id": self.id,
            "name": MappingProxyType(dict(self.name)),
            "region": self.region,
            "flavour": self.flavour,
            "record_charset": self.charset,
        }
        if self.protocol == "file":
            path = (folder or Path()) / self.file_name
            return Target(connector="file", url=str(path), syntax="iso2709", **common)
        if self.protocol == "sru":
            return Target(
                connector="sru",
                url=f"http://{HOST}:{port}{SRU_PATH}",
                host=HOST,
                port=port,
                syntax="marcxml",
                options=MappingProxyType({"version": self.version}),
                **common,
            )
        return Target(
            connector="z3950",
            url=f"z3950://{HOST}:{port}/{DATABASE}",
            host=HOST,
            port=port,
            database=DATABASE,
            term_charset=self.terms,
            syntax="usmarc" if self.flavour is Flavour.MARC21 else "unimarc",
            **common,
        )


@lru_cache(maxsize=1)
def load_members() -> tuple[Member, ...]:
    """All libraries in the order of the file. Raises ``ConfigurationError`` that names the one with a fault."""
    members = []
    for identifier, values in read("libraries.yaml").items():
        try:
            values = dict(values)
            values["flavour"] = Flavour(values["flavour"])
            values["locations"] = tuple(values.get("locations", ()))
            values["delay"] = tuple(values.get("delay", (0.0, 0.0)))
            members.append(Member(id=identifier, **values))
        except (TypeError, ValueError, KeyError) as error:
            where = f"config/demo/libraries.yaml, {identifier}"
            raise ConfigurationError(f"{where}: a key is missing, unknown or wrong", detail=str(error)) from error
    return tuple(members)


def member(identifier: str) -> Member:
    for known in load_members():
        if known.id == identifier:
            return known
    names = ", ".join(known.id for known in load_members())
    raise ConfigurationError(f"The demo has no library {identifier!r}; it has {names}")
