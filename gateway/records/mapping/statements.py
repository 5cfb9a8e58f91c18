"""Statements of responsibility taken apart: ``(清) 曹雪芹, 高鹗著`` is two authors of the Qing.

Chinese statements glue the role to the end of the names (``国家统计局编``) or set it before them (``主编张恒龙``); the
words are those of ``config/maps/relators.yaml``. Latin ones say ``edited by …``. What cannot be told apart stays one
name without a role: nothing is invented.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from gateway.records.han import representatives
from gateway.records.labels import words
from gateway.records.runs import BLANKS

_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN_ONLY: Final = re.compile(rf"^[{_HAN}·•・.．]+$")
_HAS_HAN: Final = re.compile(rf"[{_HAN}\u3040-\u30ff\uac00-\ud7af]")
#: Nationality or dynasty before a name: (清) [英] （美） 〔宋〕 【日】.
_MARK: Final = re.compile(rf"^\s*[(（\[［【〔]\s*([{_HAN}]{{1,8}})\s*[)）\]］】〕]\s*")
_OPENING: Final = frozenset("(（[［【〔")
_LETTERS: Final = r"A-Za-z\u00c0-\u04ff"
_ORIGINAL_NAME: Final = re.compile(rf"{BLANKS}[(（][^()（）{_LETTERS}]*+[{_LETTERS}][^()（）]*+[)）]\s*+")
_STATEMENTS: Final = re.compile(rf"{BLANKS}[;；]\s*+|(?<!\s)\s++[=＝]\s++")
_NAMES: Final = re.compile(rf"{BLANKS}[,，、]\s*+")
_LATIN_JOINTS: Final = re.compile(r",? and | & |, | und | et | y ")
_ET_AL: Final = re.compile(
    rf"{BLANKS}(?:[\[［(（]\s*+)?(?:(?<!…)…++\s*+)?(?:(?<!等)等++|et al\.?)\s*+[\]］)）]?$|[\[［]?(?<!…)…++[\]］]?$"
)
_LATIN_ROLE: Final = re.compile(
    r"^(?:(?P<role>(?:general |chief |co-?)?(?:edit(?:ed|or)s?|translat(?:ed|or)s?|"
    r"compil(?:ed|er)s?|illustrat(?:ed|or)s?|written|adapted|annotated|narrated|read|directed|selected|photograph(?:s|ed|er)|introduction|foreword)"
    r"(?: and [a-z]+)?(?: into English| from the [A-Z][a-z]+)?)(?:,? by|:) |by )",
    re.IGNORECASE,
)
_LATIN_STEMS: Final = {
    "edit": "edt",
    "tran": "trl",
    "comp": "com",
    "illu": "ill",
    "writ": "aut",
    "adap": "adp",
    "anno": "ann",
    "narr": "nrt",
    "read": "nrt",
    "dire": "drt",
    "sele": "com",
    "phot": "pht",
    "intr": "aui",
    "fore": "aui",
}


#: Roles of one character in which given names end, too: 沈从文, 钱锺书, 欧阳修. After two characters they are no role.
_GIVEN_NAMES: Final = frozenset("文书图论述集解释录藏印序演修画作选疏")
#: Characters at the end of a statement in which its role is looked for; the longest have some twenty.
_LONGEST_ROLE: Final = 120
#: Punctuation around a role word.
_EDGES: Final = " .,:;()[]（）"


class Credit(NamedTuple):
    """One name out of a statement. ``role`` is a MARC relator code or empty; ``role_text`` its own words."""

    name: str
    role: str
    role_text: str
    nationality: str


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    return {ord(character): plain for character, plain in representatives().items() if len(plain) == 1}


def _plain(text: str) -> str:
    """Every variant and traditional character as its representative, character by character: 譯 is 译."""
    return text if text.isascii() else text.translate(_table())


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    """Role words in the form of :func:`_plain`, to their codes."""
    found: dict[str, str] = {}
    for word, code in words("relators").items():
        found.setdefault(_plain(word), code)
    return found


@lru_cache(maxsize=1)
def _roles() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of role words at the end and at the beginning of a statement, the longest words first."""
    chinese = sorted((word for word in _words() if _HAN_ONLY.match(word)), key=len, reverse=True)
    one = "|".join(chinese)
    joint = r"(?:\s*[/、,，;；并兼及和与]\s*|\s+)"
    # 课题组编: the group edits; 组编 is a role only after something that is no group.
    tail = re.compile(rf"(?!(?<=[{_plain('题写辑作译员究')}]){_plain('组编')})(?:{one})(?:{joint}(?:{one})){{0,12}}$")
    head = re.compile(rf"^(?P<role>(?:{'|'.join(word for word in chinese if len(word) > 1)}))\s*[:：]?\s*")
    return tail, head


@lru_cache(maxsize=4096)
def role_code(text: str) -> str:
    """The MARC relator code of a role word or code (``著``, ``070``, ``edt``, ``editor.``); empty if unknown."""
    known = _words()
    text = _plain(text.strip(_EDGES).removesuffix("者") or text)
    found = known.get(text) or known.get(text + "者") or known.get(text.lower())
    if found:
        return found
    text = text.rpartition("/")[2]
    if text in known:
        return known[text]
    if _HAS_HAN.search(text):
        match = _roles()[0].search(text.removeprefix("等")[-_LONGEST_ROLE:])
        if match:
            # 编著 and 主编并译: the first word is what the name did foremost.
            return known.get(match[0], "") or next((known[w] for w in _parts(match[0]) if w in known), "")
    return _LATIN_STEMS.get(text.lower()[:4], "")


def _parts(role: str) -> list[str]:
    known = _words()
    for size in range(len(role), 0, -1):
        if role[:size] in known:
            return [role[:size]]
    return []


def has_han(text: str) -> bool:
    """Whether the text holds Chinese characters, kana or hangul."""
    return not text.isascii() and _HAS_HAN.search(text) is not None


def mark(name: str) -> tuple[str, str]:
    """A name without its leading nationality or dynasty mark, and the mark: ``(清) 曹雪芹`` → 曹雪芹, 清."""
    if name[:1] not in _OPENING:
        return name, ""
    match = _MARK.match(name)
    if match and len(name) > match.end():
        return name[match.end() :], match[1]
    return name, ""


def credits(statement: str) -> list[Credit]:
    """Everybody whom a statement (200$f, 200$g, 245$c) names, in its order."""
    return list(_credits(statement.strip()))


@lru_cache(maxsize=8192)
def _credits(statement: str) -> tuple[Credit, ...]:
    found: list[Credit] = []
    parts = [_balance(part.strip(" .,，。/")) for part in _STATEMENTS.split(statement)]
    # 张三文 ; 李四图: words by one, pictures by the other.
    picture = any(part[-1:] == "文" for part in parts) and any(part[-1:] in ("图", "绘", "画") for part in parts)
    for part in parts:
        if part:
            found += _chinese(part, picture=picture) if has_han(part) else _latin(part)
    return tuple(found)


def glued_role(name: str) -> Credit | None:
    """The name and the role when a heading in Chinese ends in a role word (``张三著``); None when it does not."""
    found = _credits(name.strip()) if has_han(name) else ()
    return found[0] if len(found) == 1 and found[0].role_text and found[0].name != name else None


def _balance(part: str) -> str:
    """Without the brackets of a supplied statement, whole or cut in two by the separator: ``[张三编``."""
    if part[:1] in "[［" and part.find("]") in (-1, len(part) - 1) and part.find("］") in (-1, len(part) - 1):
        part = part[1:]
    if part[-1:] in "]］" and "[" not in part and "［" not in part:
        part = part[:-1]
    return part.strip()


def _chinese(part: str, *, picture: bool) -> list[Credit]:
    names, role = _cut_role(part, picture=picture)
    found = []
    inherited = ""
    for piece in _NAMES.split(names):
        own, own_role = _cut_role(piece, picture=False)
        if own_role and own_role not in _GIVEN_NAMES and len(own) > 1:
            # 张三主编, 李四副主编: a comma where a semicolon should be.
            found += _chinese(piece, picture=False)
            continue
        name, nationality = mark(_ORIGINAL_NAME.sub("", piece) or piece)
        name = _ET_AL.sub("", name).strip(" []［］")
        if not name:
            continue
        for single in _split_blanks(name):
            single, own = mark(single)
            inherited = own or nationality
            found.append(Credit(single, role_code(role) if role else "", role, inherited))
    return found


def _cut_role(part: str, *, picture: bool) -> tuple[str, str]:
    """The names and the role of one statement; in a ``picture`` book 文 and 图 are roles after the shortest name."""
    tail, head = _roles()
    plain = _plain(part)
    at = max(0, len(plain) - _LONGEST_ROLE)
    while match := tail.search(plain, at):
        names = part[: match.start()].rstrip(" :：,，、")
        bare = _ET_AL.sub("", mark(names)[0]).strip()
        if (
            not picture
            and match[0] in _GIVEN_NAMES
            and len(_NAMES.split(bare)[-1]) == 2
            and match.start() == len(names)
        ):
            return part, ""
        if len(bare) > 1 or (bare and bare[-1:].isascii()):
            return names, part[match.start() :].strip()
        # 王编 is hardly Mr Wang as editor: one character is no name, so the role must begin later, if there is one.
        at = match.start() + 1
    match = head.match(plain)
    if match and len(part) - match.end() > 1:
        return part[match.end() :], part[: match.end("role")]
    return part, ""


def _split_blanks(name: str) -> list[str]:
    """``张三 李四`` are two names; ``雷 · 布拉德伯里`` and ``J.K. 罗琳`` are one."""
    pieces = name.split()
    if len(pieces) > 1 and all(
        2 <= len(piece) <= 4 and _HAN_ONLY.match(piece) and "·" not in piece for piece in pieces
    ):
        return pieces
    return [name]


def _latin(part: str) -> list[Credit]:
    role = text = ""
    match = _LATIN_ROLE.match(part)
    if match:
        text = (match["role"] or "").strip()
        role = _LATIN_STEMS.get(text.lower().removeprefix("general ").removeprefix("chief ")[:4], "") if text else "aut"
        part = part[match.end() :]
    found: list[Credit] = []
    for name in _LATIN_JOINTS.split(part):
        name = _ET_AL.sub("", name).strip(" .,[]") if not re.search(r"\b[A-Z]\.$", name) else name.strip(" ,[]")
        if found and name.islower() and " " not in name:
            # …, editors; …, organização: what the names before it did.
            code = role_code(name)
            found = [credit if credit.role_text else Credit(credit.name, code, name, "") for credit in found]
        elif name and len(name) < 120:
            found.append(Credit(name, role, text, ""))
    return found
