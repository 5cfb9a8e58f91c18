"""Names of databases and character sets, as clients spell them."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.errors import DataError
from gateway.frontends.z3950.refusal import Refusal
from gateway.protocols.z3950 import ber
from gateway.records.charset import canonical

#: Endings of database names (``union.gbk``) and the character set of records, and of terms, that each asks for.
_ENDINGS = {
    "utf8": "utf-8", "utf-8": "utf-8", "gbk": "gbk", "gb18030": "gb18030", "big5": "big5",
    "marc8": "marc-8", "marc-8": "marc-8",
}  # fmt: skip
#: What can be negotiated: every set that records can be written in and terms read.
_NEGOTIABLE = frozenset(_ENDINGS.values())
#: Z39.53 codes of the languages that the texts of diagnostics are in.
LANGUAGES = ("eng",)


def negotiable(name: str) -> str | None:
    """Our name of a proposed character set, when records and terms can be in it."""
    try:
        found = canonical(name)
    except DataError:
        return None
    return found if found in _NEGOTIABLE else None


class Databases:
    """``names`` are those of the catalogue; clients need not mind their case."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = {name.casefold(): name for name in names}

    def chosen(self, asked: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
        """The databases, each once, and the character set that their names ask for (None: no special one).

        ``Refusal``: 109 for a database that we have not, 23 for databases of different character sets.
        """
        found: list[str] = []
        wanted: set[str | None] = set()
        for name in map(ber.readable, asked):
            known, charset = self._names.get(name.casefold()), None
            if known is None:
                base, _, ending = name.rpartition(".")
                known, charset = self._names.get(base.casefold()), _ENDINGS.get(ending.casefold())
                if charset is None:
                    known = None
            if known is None:
                raise Refusal(109, name)
            found.append(known)
            wanted.add(charset)
        if not found:
            raise Refusal(109)
        if len(wanted) > 1:
            raise Refusal(23, "databases of different character sets")
        return tuple(dict.fromkeys(found)), wanted.pop()
