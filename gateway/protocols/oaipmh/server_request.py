"""Requests as our provider reads them: each verb's arguments checked, each fault with the standard's code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.protocols.oaipmh.dates import Granularity, granularity_of, parse_date
from gateway.protocols.oaipmh.errors import OAIError, RefusedError

#: verb → (required, optional); ``resumptionToken`` is exclusive where it is optional (OAI-PMH 2.0, section 4).
VERBS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Identify": ((), ()),
    "ListMetadataFormats": ((), ("identifier",)),
    "ListSets": ((), ("resumptionToken",)),
    "GetRecord": (("identifier", "metadataPrefix"), ()),
    "ListIdentifiers": (("metadataPrefix",), ("from", "until", "set", "resumptionToken")),
    "ListRecords": (("metadataPrefix",), ("from", "until", "set", "resumptionToken")),
}
MAX_ARGUMENT = 2000  #: characters


@dataclass(frozen=True, slots=True)
class ServerRequest:
    verb: str
    arguments: dict[str, str]  #: without the verb, in the order given

    def get(self, name: str) -> str:
        return self.arguments.get(name, "")


def read_request(parameters: Sequence[tuple[str, str]]) -> ServerRequest:
    """Raises :class:`RefusedError` with every fault that is found (section 3.6 allows several)."""
    verbs = [value for name, value in parameters if name == "verb"]
    if len(verbs) != 1:
        words = "the argument verb is missing" if not verbs else "the argument verb is given more than once"
        raise RefusedError(OAIError("badVerb", words))
    verb = verbs[0]
    if verb not in VERBS:
        raise RefusedError(OAIError("badVerb", f"'{verb[:60]}' is no verb; use one of {', '.join(VERBS)}"))
    required, optional = VERBS[verb]
    errors: list[OAIError] = []
    arguments: dict[str, str] = {}
    for name, value in parameters:
        if name == "verb":
            continue
        if name not in required and name not in optional:
            errors.append(OAIError("badArgument", f"{verb} has no argument '{name[:60]}'"))
        elif name in arguments:
            errors.append(OAIError("badArgument", f"the argument {name} is given more than once"))
        elif len(value) > MAX_ARGUMENT:
            errors.append(OAIError("badArgument", f"the argument {name} is longer than {MAX_ARGUMENT} characters"))
        elif not value:
            errors.append(OAIError("badArgument", f"the argument {name} is empty"))
        arguments[name] = value
    if "resumptionToken" in arguments:
        if len(arguments) > 1:
            errors.append(OAIError("badArgument", "resumptionToken must be the only argument beside the verb"))
    else:
        errors += [
            OAIError("badArgument", f"{verb} needs the argument {name}") for name in required if name not in arguments
        ]
    if errors:
        raise RefusedError(*errors)
    return ServerRequest(verb, arguments)


def read_range(since: str, until: str) -> tuple[int | None, int | None]:
    """``from`` and ``until`` as seconds since 1970, both included; raises :class:`RefusedError` (badArgument)."""
    first, last = _instant("from", since), _instant("until", until)
    if since and until:
        if granularity_of(since) is not granularity_of(until):
            raise RefusedError(OAIError("badArgument", "from and until have different granularities"))
        if first is not None and last is not None and first > last:
            raise RefusedError(OAIError("badArgument", "from is later than until"))
    if last is not None and granularity_of(until) is Granularity.DAY:
        last += 86_399  # a day lasts to its last second
    return first, last


def _instant(name: str, text: str) -> int | None:
    if not text:
        return None
    try:
        instant = parse_date(text)
    except ValueError as error:
        raise RefusedError(OAIError("badArgument", f"{name}: {error}")) from error
    return int((instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
