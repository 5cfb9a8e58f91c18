"""Answers of our provider as XML text. Source: OAI-PMH 2.0 and its schema OAI-PMH.xsd."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.protocols.oaipmh.dates import Granularity, stamp
from gateway.protocols.oaipmh.errors import OAIError
from gateway.protocols.oaipmh.response import Header, MetadataFormat, SetDescription

NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
_OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<OAI-PMH xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    f' xsi:schemaLocation="{NAMESPACE} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">'
)
_IDENTIFIER = "http://www.openarchives.org/OAI/2.0/oai-identifier"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_UNTOLD = ("badVerb", "badArgument")


@dataclass(frozen=True, slots=True)
class Repository:
    """What Identify says."""

    name: str
    base_url: str
    emails: Sequence[str]
    earliest: int  #: seconds since 1970
    domain: str  #: of the oai-identifier scheme
    sample: str  #: an identifier of a record
    compressions: Sequence[str] = ("gzip", "deflate")


@dataclass(frozen=True, slots=True)
class Token:
    """A ``resumptionToken`` element; an empty text ends the list."""

    text: str
    cursor: int
    total: int
    expires: int | None = None  #: seconds since 1970


def escape(text: str) -> str:
    text = _ILLEGAL.sub("\ufffd", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def answer(body: str, base_url: str, verb: str, arguments: Mapping[str, str], now: int) -> str:
    """The whole document around ``body``; ``arguments`` are told back in the ``request`` element."""
    told = "".join(f' {name}="{escape(value)}"' for name, value in {"verb": verb, **arguments}.items() if value)
    return (
        f"{_OPEN}<responseDate>{stamp(now)}</responseDate><request{told}>{escape(base_url)}</request>{body}</OAI-PMH>\n"
    )


def refusal(errors: Sequence[OAIError], base_url: str, verb: str, arguments: Mapping[str, str], now: int) -> str:
    """After badVerb and badArgument the request is told back without its arguments (section 3.6)."""
    untold = any(error.code in _UNTOLD for error in errors)
    body = "".join(f'<error code="{error.code}">{escape(error.words)}</error>' for error in errors)
    return answer(body, base_url, "" if untold else verb, {} if untold else arguments, now)


def identify(repository: Repository) -> str:
    parts = [
        f"<repositoryName>{escape(repository.name)}</repositoryName>",
        f"<baseURL>{escape(repository.base_url)}</baseURL>",
        "<protocolVersion>2.0</protocolVersion>",
        *(f"<adminEmail>{escape(email)}</adminEmail>" for email in repository.emails),
        f"<earliestDatestamp>{stamp(repository.earliest)}</earliestDatestamp>",
        "<deletedRecord>persistent</deletedRecord>",
        f"<granularity>{Granularity.SECOND.value}</granularity>",
        *(f"<compression>{name}</compression>" for name in repository.compressions),
        f'<description><oai-identifier xmlns="{_IDENTIFIER}"'
        f' xsi:schemaLocation="{_IDENTIFIER} http://www.openarchives.org/OAI/2.0/oai-identifier.xsd">'
        f"<scheme>oai</scheme><repositoryIdentifier>{escape(repository.domain)}</repositoryIdentifier>"
        f"<delimiter>:</delimiter><sampleIdentifier>{escape(repository.sample)}</sampleIdentifier>"
        "</oai-identifier></description>",
    ]
    return f"<Identify>{''.join(parts)}</Identify>"


def formats(offered: Iterable[MetadataFormat]) -> str:
    body = "".join(
        f"<metadataFormat><metadataPrefix>{each.prefix}</metadataPrefix><schema>{each.schema}</schema>"
        f"<metadataNamespace>{each.namespace}</metadataNamespace></metadataFormat>"
        for each in offered
    )
    return f"<ListMetadataFormats>{body}</ListMetadataFormats>"


def sets(offered: Iterable[SetDescription]) -> str:
    body = "".join(
        f"<set><setSpec>{escape(each.spec)}</setSpec><setName>{escape(each.name)}</setName></set>" for each in offered
    )
    return f"<ListSets>{body}</ListSets>"


def header(head: Header) -> str:
    status = ' status="deleted"' if head.deleted else ""
    specs = "".join(f"<setSpec>{spec}</setSpec>" for spec in head.sets)
    return (
        f"<header{status}><identifier>{escape(head.identifier)}</identifier>"
        f"<datestamp>{head.datestamp}</datestamp>{specs}</header>"
    )


def record(head: Header, metadata: str) -> str:
    """``metadata`` is an XML element without declaration; none for a deleted record."""
    inner = "" if head.deleted else f"<metadata>{metadata}</metadata>"
    return f"<record>{header(head)}{inner}</record>"


def listing(verb: str, items: Iterable[str], token: Token | None) -> str:
    end = ""
    if token is not None:
        expires = f' expirationDate="{stamp(token.expires)}"' if token.expires is not None else ""
        end = (
            f'<resumptionToken{expires} completeListSize="{token.total}" cursor="{token.cursor}">'
            f"{token.text}</resumptionToken>"
        )
    return f"<{verb}>{''.join(items)}{end}</{verb}>"
