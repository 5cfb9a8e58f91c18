"""The languages of the pages: catalogues of words, choice of a language, numbers and dates, language tags of text.

English is what the source says; ``locale/<language>/LC_MESSAGES/messages.po`` holds the other languages and is compiled
in memory at start, so that no generated file is kept.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from markupsafe import Markup

#: The languages of the pages; the first is what a reader gets who asks for none of them.
LANGUAGES: tuple[str, ...] = ("zh", "en")
#: What ``<html lang>`` says (BCP 47).
TAGS = {"zh": "zh-Hans", "en": "en"}
NAMES = {"zh": "中文", "en": "English"}

_LOCALE_DIR = Path(__file__).parent / "locale"
_LOCALES = {"zh": Locale("zh", script="Hans"), "en": Locale("en")}
#: MARC language codes of the scripts that need their own fonts or direction, as BCP 47.
TEXT_TAGS = {
    "chi": "zh", "eng": "en", "jpn": "ja", "kor": "ko", "rus": "ru", "fre": "fr", "ger": "de", "spa": "es",
    "ita": "it", "tib": "bo", "uig": "ug", "mon": "mn", "kaz": "kk", "ara": "ar", "lat": "la", "vie": "vi",
}  # fmt: skip


@lru_cache(maxsize=8)
def catalogue(language: str) -> gettext.NullTranslations:
    """The words of a language; English, the language of the source, needs none."""
    path = _LOCALE_DIR / language / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as stream:
        write_mo(compiled, read_po(stream, locale=_LOCALES[language]))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def negotiate(accept_language: str, query_lang: str | None, cookie: str | None) -> str:
    """The language to answer in: asked for in the address, else chosen earlier, else by ``Accept-Language`` (RFC 9110
    section 12.5.4), else Chinese."""
    for asked in (query_lang, cookie):
        if asked in LANGUAGES:
            return str(asked)
    best, best_quality = LANGUAGES[0], 0.0
    for item in accept_language[:1000].split(","):
        tag, _, parameter = item.strip().lower().partition(";")
        quality = _quality(parameter)
        language = tag.strip().split("-")[0]
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


def translator(catalogue: gettext.NullTranslations) -> Callable[..., Markup]:
    """What ``_`` means in templates: as Jinja's own (new style), but each message is looked up and escaped once."""

    @lru_cache(maxsize=2_048)
    def translated(message: str) -> Markup:
        return Markup(catalogue.gettext(message))  # noqa: S704 (messages are ours)

    @lru_cache(maxsize=2_048)
    def plain(message: str) -> Markup:
        return translated(message) % {}

    def translate(message: str, **values: object) -> Markup:
        return translated(message) % values if values else plain(message)

    return translate


@lru_cache(maxsize=4_096)
def number(value: float, language: str) -> str:
    return str(format_decimal(value, locale=_LOCALES[language]))


def day(value: str, language: str) -> str:
    """An ISO 8601 date in the reader's way; as written when it is none."""
    try:
        return format_date(date.fromisoformat(value[:10]), "medium", locale=_LOCALES[language])
    except ValueError:
        return value


def has_han(text: str) -> bool:
    return any("\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U000323af" for character in text)


def text_tag(text: str, languages: Sequence[str]) -> str:
    """The ``lang`` of a record's text (BCP 47), from its script and the record's MARC language codes; '' if unknown."""
    tags = [TEXT_TAGS[code] for code in languages if code in TEXT_TAGS]
    if has_han(text):
        return next((tag for tag in tags if tag in ("ja", "ko")), "zh")
    return next((tag for tag in tags if tag != "zh"), "en" if text.isascii() else "")
