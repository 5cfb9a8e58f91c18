"""Material form by leader and coded fields; the keys are those of ``config/maps/forms.yaml``.

MARC 21: leader/06-07, 006, 007, 008/21, 008/23, 008/29. UNIMARC: leader/06-07, 106$a, 110$a, 135, and the designation
in 200$b, which is what Chinese records have.
"""

from __future__ import annotations

from gateway.records.marc import MarcRecord
from gateway.records.text import fold

#: A whole 008, the last two characters (modified, source) aside.
_FIXED = 38
_DESIGNATIONS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("盲文", "braille"), "braille"),
    (("缩微", "microf"), "microform"),
    (("录音", "sound recording", "sonore", "音像", "唱片"), "audio"),
    (("录像", "视频", "影像", "影片", "videorec", "motion picture", "video"), "video"),
    (("乐谱", "music"), "score"),
    (("地图", "测绘", "cartographic", "map"), "map"),
    (("图片", "挂图", "照片", "图形", "graphic", "picture"), "image"),
)


def _plain(text: str) -> str:
    """In small letters, and in simplified characters: 電子資源 is 电子资源."""
    return text.lower() if text.isascii() else fold(text)


def _designated(text: str) -> str:
    text = _plain(text)
    for words, form in _DESIGNATIONS:
        if any(word in text for word in words):
            return form
    return ""


def _is_electronic_designation(text: str) -> bool:
    text = _plain(text)
    return "电子" in text or "网络" in text or "electronic" in text or "electronique" in text or "computer" in text


def unimarc_form(marc: MarcRecord) -> str:
    """The form of a UNIMARC or CNMARC record."""
    leader = marc.leader
    kind, level = leader[6:7], leader[7:8]
    field = marc.first("200")
    designation = field.get("b") if field else ""
    reproduction = marc.first("106")
    medium = reproduction.get("a")[:1] if reproduction else ""
    if designation and (form := _designated(designation)):
        return form
    electronic = medium == "s" or kind == "l" or _is_electronic_designation(designation)
    if not electronic and marc.first("135") is not None:
        # A text with coded data of an electronic resource that is described as one.
        physical = marc.first("215")
        extent = _plain(physical.get("a")) if physical else ""
        electronic = "online" in extent or "在线" in extent or _is_electronic_designation(extent)
    if kind in "ij":
        return "music" if kind == "j" else "audio"
    if kind in "cd":
        return "score"
    if kind in "ef":
        return "map"
    if kind == "g":
        return "video"
    if kind == "k":
        return "image"
    if kind == "m":
        return "kit"
    if kind == "r":
        return "object"
    if level == "s":
        serial = marc.first("110")
        if serial and serial.get("a")[:1] == "c":
            return "newspaper"
        return "eserial" if electronic else "serial"
    if level == "a":
        return "article"
    if medium == "f":
        return "braille"
    if medium in ("g", "t"):
        return "microform"
    if electronic:
        coded = marc.first("135")
        document = kind == "a" or "图书" in designation or medium == "s" or (coded and coded.get("a")[:1] == "d")
        return "ebook" if kind in "al" and document else "software"
    if kind == "b":
        return "rarebook"
    if "古籍" in designation or "线装" in designation:
        return "rarebook"
    if marc.first("328") is not None or "学位论文" in designation:
        return "thesis"
    return "book"


def fixed_data(marc: MarcRecord) -> str:
    """008. Of one that is too short (40 characters is its length), nothing but what comes before the place where
    characters are missing: dates and country, or the first date alone where blanks were run together."""
    data = marc.control("008")
    if len(data) >= _FIXED:
        return data
    return data[:18] if not data[11:15].strip(" ^#|u").strip("0123456789") and data[15:16] != " " else data[:11]


def marc21_form(marc: MarcRecord) -> str:
    """The form of a MARC 21 record."""
    leader = marc.leader
    kind, level = leader[6:7], leader[7:8]
    fixed = fixed_data(marc)
    physical = {field.text[:1] for field in marc.fields("007")}
    item = fixed[29:30] if kind in "efgkor" else fixed[23:24]
    electronic = item in ("o", "q", "s") or (bool(physical) and physical <= {"c"})
    if kind in "cd":
        return "score"
    if kind == "i":
        return "audio"
    if kind == "j":
        return "music"
    if kind in "ef":
        return "map"
    if kind == "g":
        return "image" if fixed[33:34] in ("s", "t", "f") else "video"
    if kind == "k":
        return "image"
    if kind == "m":
        return "website" if level == "i" else _computer_form(marc, fixed)
    if kind == "o":
        return "kit"
    if kind == "r":
        return "object"
    title = marc.first("245")
    designation = title.get("h") if title else ""
    designated = _designated(designation) if designation else ""
    electronic = electronic or (designation != "" and _is_electronic_designation(designation))
    if item == "f" or "f" in physical or designated == "braille":
        return "braille"
    if item in ("a", "b", "c") or designated == "microform":
        return "microform"
    if level in "bs":
        if level == "b":
            return "article"
        if fixed[21:22] == "n":
            return "newspaper"
        return "eserial" if electronic else "serial"
    if level == "i":
        return "website" if electronic else "book"
    if level == "a":
        return "article"
    if kind in ("b", "t"):
        # b was archives and manuscripts until 1995.
        return "thesis" if marc.first("502") is not None else "manuscript"
    if electronic:
        return "ebook"
    return "thesis" if marc.first("502") is not None else "book"


def _computer_form(marc: MarcRecord, fixed: str) -> str:
    """Leader/06 ``m`` is a document when 008/26 says so, and an e-book then; else it is a computer file."""
    return "ebook" if fixed[26:27] == "d" and marc.leader[7:8] == "m" else "software"
