"""Requests of a harvester as parameters, in the order in which the standard names them (OAI-PMH 2.0, section 4)."""

from __future__ import annotations

from urllib.parse import urlencode

Parameters = list[tuple[str, str]]


def simple(verb: str, **arguments: str) -> Parameters:
    """``Identify``, ``ListMetadataFormats``, ``ListSets`` or ``GetRecord``; empty arguments are left out."""
    return [("verb", verb), *((name, value) for name, value in arguments.items() if value)]


def begin_list(verb: str, prefix: str, *, since: str = "", until: str = "", set_spec: str = "") -> Parameters:
    """``ListRecords`` or ``ListIdentifiers`` from its beginning; dates in the granularity of the server."""
    return [
        ("verb", verb),
        ("metadataPrefix", prefix),
        *((name, value) for name, value in (("from", since), ("until", until), ("set", set_spec)) if value),
    ]


def resume(verb: str, token: str) -> Parameters:
    """The next part of a list: the token is an exclusive argument (section 3.5)."""
    return [("verb", verb), ("resumptionToken", token)]


def encode(parameters: Parameters) -> str:
    return urlencode(parameters)
