"""Elements of small XML formats by local name, safely parsed: no entities, no DTD, no network."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from gateway.core.errors import DataError


def parse(payload: bytes) -> etree._Element:
    """The root element; raises ``DataError`` when the bytes are not well-formed XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(payload.lstrip(b"\xef\xbb\xbf \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DataError("This record is not well-formed XML", detail=str(error)) from error


def name(element: etree._Element) -> str:
    """Local name; empty for comments and processing instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def text(element: etree._Element | None) -> str:
    """All text inside, white space squeezed."""
    return " ".join("".join(map(str, element.itertext())).split()) if element is not None else ""


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Direct children with one of these local names."""
    for child in element:
        if name(child) in names:
            yield child


def child_text(element: etree._Element, *path: str) -> str:
    """Text of the first descendant along ``path``, empty when there is none."""
    current: etree._Element | None = element
    for step in path:
        current = next(children(current, step), None) if current is not None else None
    return text(current)
