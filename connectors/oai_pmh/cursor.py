"""Where a harvest stands, as text that survives a killed process; and the watch over lists that would never end."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b

from gateway.core.errors import DataError, RemoteProtocolError
from gateway.protocols.oaipmh.response import ListAnswer

#: A repository may filter a part down to nothing, but not so many in a row.
MAX_EMPTY = 100


@dataclass(frozen=True, slots=True)
class Cursor:
    """Between two lists there is no token; within one, ``began`` is the server's time at its first answer."""

    prefix: str = ""  #: of the list that is being read
    token: str = ""
    since: str = ""  #: ``from`` of the list
    began: str = ""
    of: str = ""  #: digest of what is harvested: repository, set, format
    last: str = ""  #: ``began`` of the last list that was read to its end

    @classmethod
    def read(cls, text: str) -> Cursor:
        if not text:
            return cls()
        try:
            values = json.loads(text)
            return cls(**values)
        except (ValueError, TypeError) as error:
            raise DataError(
                "The checkpoint of this harvest cannot be read; harvest in full", detail=str(error)
            ) from error

    def write(self) -> str:
        return json.dumps({name: value for name, value in asdict(self).items() if value}, ensure_ascii=False)

    def begin(self, prefix: str, since: str) -> Cursor:
        return Cursor(prefix, "", since, "", self.of, self.last)

    def on(self, token: str, began: str) -> Cursor:
        return replace(self, token=token, began=began)

    def restarted(self) -> Cursor:
        """From the beginning of the same list; its first answer comes anew, and with it ``began``."""
        return replace(self, token="", began="")

    def done(self, began: str) -> Cursor:
        return Cursor(of=self.of, last=began)


class Loops:
    """Sees that a list goes round in circles: the same token with the same records, or nothing for ever."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._seen: set[bytes] = set()
        self._empty = 0

    def check(self, asked: str, answer: ListAnswer) -> None:
        """``asked`` is the token that was sent for this answer."""
        if not answer.token:
            return
        digest = blake2b(f"{answer.token}\0".encode(), digest_size=12)
        for record in answer.records:
            digest.update(f"{record.header.identifier}\0{record.header.datestamp}\0".encode())
        mark = digest.digest()
        self._empty = 0 if answer.records or answer.faults else self._empty + 1
        if mark in self._seen or (answer.token == asked and not answer.records):
            raise RemoteProtocolError(
                f"{self._who} goes round in circles: it gave the same records with the same resumption token before",
                detail=f"token {answer.token[:200]}",
            )
        if self._empty > MAX_EMPTY:
            raise RemoteProtocolError(
                f"{self._who} gave {self._empty} resumption tokens one after the other and no record with them"
            )
        self._seen.add(mark)
