"""What a server says of itself: explain answers with a ZeeRex record (2.0, 2.1; SRU 1.1 to 2.0), read tolerantly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from gateway.core.errors import RemoteProtocolError
from gateway.protocols.sru.diagnostics import SRUDiagnostic
from gateway.protocols.sru.response import diagnostics_of, unwrapped
from gateway.protocols.sru.safe_xml import child, local, parse, text


@dataclass(frozen=True, slots=True)
class Explain:
    """Empty tuples and None mean that the server does not tell. Index names are as in CQL: ``set.name``."""

    version: str
    host: str
    port: int | None
    database: str
    title: str
    indexes: tuple[str, ...]
    sets: tuple[tuple[str, str], ...]  #: (name, identifier)
    schemas: tuple[tuple[str, str], ...]  #: (name, identifier)
    relations: tuple[str, ...]
    default_records: int | None
    max_records: int | None
    diagnostics: tuple[SRUDiagnostic, ...] = ()

    def knows_index(self, name: str) -> bool:
        """Whether the index is listed, with or without its context set; True when no index is listed at all."""
        wanted = name.lower()
        bare = wanted.rpartition(".")[2]
        known = {each.lower() for each in self.indexes}
        return not known or wanted in known or ("." not in wanted and any(k.endswith(f".{bare}") for k in known))


def parse_explain(body: bytes, who: str = "The server", charset: str | None = None) -> Explain:
    """Raises ``RemoteProtocolError`` when this is no explain answer."""
    root = unwrapped(parse(body, who, charset))
    name = local(root)
    if name == "explain":
        zeerex: etree._Element | None = root
    elif name == "explainResponse":
        zeerex = _zeerex(root, who)
    else:
        raise RemoteProtocolError(f"{who} answered with '{name or 'nothing'}' instead of an SRU explain answer")
    listed = child(root, "diagnostics")
    diagnostics = diagnostics_of(listed) if listed is not None else ()
    if zeerex is None:
        if not diagnostics:
            raise RemoteProtocolError(f"{who} sent an explain answer without an explain record")
        return Explain(text(root, "version"), "", None, "", "", (), (), (), (), None, None, diagnostics)
    server = child(zeerex, "serverInfo")
    port = _number(text(server, "port")) if server is not None else None
    settings = list(_settings(zeerex))
    return Explain(
        text(root, "version"),
        text(server, "host") if server is not None else "",
        port,
        text(server, "database") if server is not None else "",
        next((said for each in _under(zeerex, "databaseInfo") if local(each) == "title" and (said := _said(each))), ""),
        tuple(dict.fromkeys(_indexes(zeerex))),
        tuple(_named(zeerex, "indexInfo", "set")),
        tuple(_named(zeerex, "schemaInfo", "schema")),
        tuple(dict.fromkeys(value for kind, value in settings if kind == "relation")),
        next((_number(value) for kind, value in settings if kind == "default numberOfRecords"), None),
        next((_number(value) for kind, value in settings if kind == "setting maximumRecords"), None),
        diagnostics,
    )


def _zeerex(root: etree._Element, who: str) -> etree._Element | None:
    record = child(root, "record")
    data = child(record, "recordData") if record is not None else None
    if data is None:
        return None
    inner = next((each for each in data if local(each)), None)
    if inner is None and (data.text or "").strip():  # packed as a string
        inner = parse((data.text or "").strip().encode("utf-8"), who)
    return inner if inner is not None and local(inner) == "explain" else None


def _under(zeerex: etree._Element, name: str) -> Iterator[etree._Element]:
    found = child(zeerex, name)
    if found is not None:
        yield from found


def _indexes(zeerex: etree._Element) -> Iterator[str]:
    for index in _under(zeerex, "indexInfo"):
        if local(index) != "index" or index.get("search") == "false":
            continue
        for mapped in index:
            if local(mapped) != "map":
                continue
            named = child(mapped, "name")
            if named is not None and (name := _said(named)):
                context = named.get("set") or named.get("indexSet") or ""
                yield f"{context}.{name}" if context else name


def _named(zeerex: etree._Element, part: str, kind: str) -> Iterator[tuple[str, str]]:
    for each in _under(zeerex, part):
        if local(each) == kind:
            yield each.get("name") or "", each.get("identifier") or ""


def _settings(zeerex: etree._Element) -> Iterator[tuple[str, str]]:
    """(kind, value) of configInfo; ``relation`` of the whole server and of single indexes alike."""
    for each in zeerex.iter():
        name = local(each)
        if name in ("default", "setting"):
            yield f"{name} {each.get('type') or ''}", _said(each)
        elif name == "supports" and each.get("type") == "relation":
            yield "relation", _said(each)


def _said(element: etree._Element) -> str:
    return (element.text or "").strip()


def _number(digits: str) -> int | None:
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
