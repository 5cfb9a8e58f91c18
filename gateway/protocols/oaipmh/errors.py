"""The error conditions of OAI-PMH 2.0 (section 3.6), as a provider gives them and as a harvester understands them."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.errors import FatalTargetError, RetriableError, WenyuanError

CODES = (
    "badArgument",
    "badResumptionToken",
    "badVerb",
    "cannotDisseminateFormat",
    "idDoesNotExist",
    "noRecordsMatch",
    "noMetadataFormats",
    "noSetHierarchy",
)


@dataclass(frozen=True, slots=True)
class OAIError:
    """One ``error`` element: its code, and the server's words."""

    code: str
    words: str = ""


class RefusedError(Exception):
    """A request that a provider answers with these errors."""

    def __init__(self, *errors: OAIError) -> None:
        super().__init__("; ".join(f"{error.code}: {error.words}" for error in errors))
        self.errors = errors


def refused(code: str, words: str) -> RefusedError:
    return RefusedError(OAIError(code, words))


_WORDS = {
    "badArgument": "does not accept these arguments",
    "badResumptionToken": "does not know its resumption token any more",
    "badVerb": "does not know this verb",
    "cannotDisseminateFormat": "has no records in this format; set the option 'prefix' to one that it lists",
    "idDoesNotExist": "has no record of this identifier",
    "noRecordsMatch": "has no records that match",
    "noMetadataFormats": "has no format for this record",
    "noSetHierarchy": "has no sets; take the option 'set' away",
}


def target_error(error: OAIError, who: str) -> WenyuanError:
    """The class that decides what a harvest does next: an unknown code may be a passing fault of the server."""
    words = f"{who} {_WORDS.get(error.code, 'answers with an error')}"
    detail = f"{error.code}: {error.words}" if error.words else error.code
    made: WenyuanError
    made = FatalTargetError(words, detail=detail) if error.code in CODES else RetriableError(words, detail=detail)
    made.code = f"oai:{error.code}"
    return made
