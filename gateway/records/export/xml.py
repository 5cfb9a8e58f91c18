"""Small pieces of XML text. Characters that XML 1.0 cannot hold become U+FFFD."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile('[&<>"\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')


def escape(text: str) -> str:
    """For element content and for attribute values in double quotes."""
    if _SPECIAL.search(text) is None:
        return text
    return (
        _ILLEGAL.sub("\ufffd", text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("\r", "&#13;")
    )


def element(name: str, text: str, **attributes: str) -> str:
    """Nothing for an empty text."""
    return f"<{name}{written(attributes)}>{escape(text)}</{name}>" if text else ""


def wrap(name: str, inner: str, **attributes: str) -> str:
    """An element around ready XML; nothing around nothing."""
    return f"<{name}{written(attributes)}>{inner}</{name}>" if inner else ""


def written(attributes: Mapping[str, str]) -> str:
    """Attributes with their values; empty ones are left out."""
    return "".join([f' {name}="{escape(value)}"' for name, value in attributes.items() if value])
