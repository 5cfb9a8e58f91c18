"""The plain search box: what people type, read into a :class:`~gateway.core.query.Query`.

Words must all match, anywhere; ``"phrases"``, “引号” and 「引号」 hold words together; ``-word`` and ``NOT word``
exclude; ``OR`` (or ``|``) joins its two neighbours and binds tighter than the space between words; ``题名:`` or
``title:`` limits the next word or phrase to one access point; ``*`` truncates; a ``~`` behind a word or phrase takes
what is nearly so, too; a bare ISBN or ISSN is recognised. There are no parentheses: they are read as spaces. Whatever
else is typed is text; only an empty, an oversized and a purely negative query are refused.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from gateway.core.errors import QuerySyntaxError
from gateway.core.query import Boolean, Clause, Node, Operator, Query, Relation, Truncation

MAX_LENGTH = 2_000  #: characters of one query
MAX_CLAUSES = 64  #: words and phrases of one query

#: Field names in Chinese (simplified and traditional) and English, compared without case.
FIELDS: dict[str, str] = {
    name: index
    for index, names in {
        "any": "任意 任意字段 全部 any keyword kw",
        "title": "题名 書名 书名 題名 标题 標題 刊名 篇名 title ti",
        "author": "作者 责任者 責任者 著者 编者 編者 译者 譯者 author au creator",
        "subject": "主题 主題 主题词 主題詞 关键词 關鍵詞 subject su",
        "publisher": "出版社 出版者 publisher pb",
        "series": "丛书 叢書 丛编 叢編 series se",
        "isbn": "isbn 书号 書號 标准书号",
        "issn": "issn 刊号 刊號",
        "identifier": "标识号 標識號 统一书号 統一書號 identifier",
        "class": "分类号 分類號 分类 分類 中图分类号 中圖分類號 class clc",
        "callnumber": "索书号 索書號 callnumber call",
        "barcode": "条码 條碼 条码号 條碼號 barcode",
        "year": "年 年份 出版年 出版日期 year date",
        "language": "语种 語種 语言 語言 language lang",
        "form": "文献类型 文獻類型 类型 類型 form type",
        "note": "附注 附註 摘要 note",
        "audience": "读者对象 讀者對象 audience",
        "library": "馆 館 图书馆 圖書館 馆藏 館藏 library lib",
        "availability": "馆藏状态 館藏狀態 可借状态 可借狀態 availability status",
        "region": "地区 地區 region",
        "sector": "系统 系統 sector",
        "id": "记录号 記錄號 id",
    }.items()
    for name in names.split()
}

#: Access points whose terms are numbers or codes: compared whole (:attr:`Relation.EQ`), not word by word.
CODES = frozenset(
    (
        "isbn", "issn", "identifier", "barcode", "year", "language", "form", "availability", "library", "region",
        "sector", "id",
    )
)  # fmt: skip

_QUOTES = {'"': '"', "＂": "＂", "“": "”", "「": "」", "『": "』", "《": "》", "〝": "〞", "«": "»"}
_STARS = "*＊"
_WAVES = "~～"  #: behind a word or phrase: what is nearly so, too
_MINUS = "-－−"
_ENDS = "".join(set(_QUOTES.values())) + ",;:，。、；："  #: punctuation around a word that is not part of it
_BLANKS = re.compile(r"[\s()（）\[\]【】〔〕]+")  #: what separates words; \s holds the ideographic space
_WORD = re.compile(r"[^\s()（）\[\]【】〔〕]+")
_FIELD = re.compile(r"([^\W\d_]{1,12})[:：]")
_YEARS = re.compile(r"\s*+(?:(\d{4})\s*+)?(?:-|－|–|—|~|～|\.\.|至|到)\s*(\d{4})?")
_COMPARED = re.compile(r"\s*(>=|<=|>|<|≥|≤|＞|＜)\s*(\d{4})")
_COMPARISONS = {">": Relation.GT, "＞": Relation.GT, "<": Relation.LT, "＜": Relation.LT,
                ">=": Relation.GE, "≥": Relation.GE, "<=": Relation.LE, "≤": Relation.LE}  # fmt: skip
_STANDARD_NUMBER = re.compile(r"(?:ISBN|ISSN)?[:：]?((?=-*+\d.)[\d-]*+(?:[Xx]|(?<=\d)))", re.IGNORECASE)


@dataclass(slots=True)
class _Item:
    """A clause of the flat list that a search box is; ``joined`` when ``OR`` ties it to the item before."""

    node: Node
    negative: bool = False
    joined: bool = False


def parse_simple(text: str) -> Query:
    """Read the text of a search box; raises ``QuerySyntaxError`` only when it is empty, too long or only negative."""
    if len(text) > MAX_LENGTH:
        raise QuerySyntaxError(
            f"The search is too long: {len(text)} characters, at most {MAX_LENGTH} are read; shorten it",
            position=MAX_LENGTH,
            text=text,
        )
    items = _Reader(text).items()
    if not items:
        raise QuerySyntaxError("The search is empty; type at least one word", position=0, text=text)
    root = _combine(items)
    if root is None:
        raise QuerySyntaxError(
            "The search only excludes; add at least one word that must be found", position=0, text=text
        )
    return Query(root, text=text)


class _Reader:
    """One pass over the text, from left to right, never back."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.index = ""
        self.negative = False
        self.joined = False
        self.found: list[_Item] = []

    def items(self) -> list[_Item]:
        text = self.text
        while self.at < len(text):
            if blank := _BLANKS.match(text, self.at):
                self.at = blank.end()
            elif not (self._phrase() or self._operator() or self._field()):
                self._word()
        if not self.found:  # nothing but operators and field names: then they are the words
            for word in _WORD.findall(text):
                cleaned = word.strip(_ENDS + "|+" + _STARS + _MINUS + "".join(_QUOTES))
                if any(character.isalnum() for character in cleaned):
                    self._add(Clause("any", cleaned))
        return self.found

    def _add(self, node: Node) -> None:
        if len(self.found) == MAX_CLAUSES:
            raise QuerySyntaxError(
                f"The search has too many words; at most {MAX_CLAUSES} words and phrases are read; shorten it",
                position=self.at,
                text=self.text,
            )
        self.found.append(_Item(node, self.negative, self.joined and bool(self.found)))
        self.index, self.negative, self.joined = "", False, False

    def _phrase(self) -> bool:
        closing = _QUOTES.get(self.text[self.at])
        if closing is None:
            return False
        end = self.text.find(closing, self.at + 1)
        if end < 0:  # unbalanced: the mark is forgiven and dropped, what follows is text
            self.at += 1
            return True
        words = self.text[self.at + 1 : end].split()
        self.at = end + 1
        truncation = Truncation.NONE
        if self.text[self.at : self.at + 1] in tuple(_STARS):
            truncation = Truncation.RIGHT
            self.at += 1
        fuzzy = self.text[self.at : self.at + 1] in tuple(_WAVES) and self.index not in CODES
        self.at += fuzzy
        if words:
            clause = _clause(self.index or "any", " ".join(words), quoted=True, truncation=truncation)
            self._add(replace(clause, relation=Relation.ALL, fuzzy=True) if fuzzy else clause)
        return True

    def _operator(self) -> bool:
        match = _WORD.match(self.text, self.at)
        word = match.group() if match else ""
        if word in ("OR", "|", "||"):
            self.joined = True
        elif word in ("AND", "&", "&&"):
            self.joined = False
        elif word in ("NOT", "ANDNOT"):
            self.negative = True
        elif len(word) > 1 and word[0] in _MINUS and word[1] not in _MINUS:
            self.negative = True
            self.at += 1
            return True
        elif len(word) > 1 and word[0] == "+":
            self.at += 1
            return True
        else:
            return False
        self.at += len(word)
        return True

    def _field(self) -> bool:
        match = _FIELD.match(self.text, self.at)
        index = FIELDS.get(match.group(1).lower()) if match else None
        if match is None or index is None:
            return False
        self.index = index
        self.at = match.end()
        if index == "year" and (years := _year(self.text, self.at)):
            clause, self.at = years
            self._add(clause)
        return True

    def _word(self) -> None:
        match = _WORD.match(self.text, self.at)
        if match is None:
            self.at += 1
            return
        word = match.group()
        cut = min((at for mark in _QUOTES if (at := word.find(mark)) > 0 and mark != '"'), default=len(word))
        word = word[:cut]  # 红楼梦“脂砚斋” is a word and a phrase
        self.at += len(word)
        if len(word) > 1 and word.endswith('"'):
            word = word.rstrip('"')
        index = self.index or "any"
        core = word.rstrip(_WAVES)
        if core != word and index not in CODES and any(character.isalnum() for character in core):
            self._add(Clause(index, core.strip(_ENDS + _STARS), fuzzy=True))
            return
        if (index == "any") and (number := _standard_number(word)):
            kind, digits = number
            self._add(Boolean(Operator.OR, Clause(kind, digits, Relation.EQ), Clause("any", word)))
            return
        word = word.strip(_ENDS)
        if any(character.isalnum() for character in word):  # a mark alone is never a condition
            self._add(_masked(index, word))


def _clause(index: str, term: str, *, quoted: bool = False, truncation: Truncation = Truncation.NONE) -> Clause:
    if index in CODES:
        relation = Relation.EQ
        if index in ("isbn", "issn") and (number := _standard_number(term)):
            term = number[1]
    else:
        relation = Relation.PHRASE if quoted else Relation.ALL
    return Clause(index, term, relation, truncation)


def _masked(index: str, word: str) -> Clause:
    """A word that may have ``*`` at its ends or within."""
    core = word.strip(_STARS)
    left, right = word[0] in _STARS, word[-1] in _STARS
    if any(star in core for star in _STARS):
        escaped = re.sub(r"([\\?])", r"\\\1", word).replace("＊", "*")
        return _clause(index, escaped, truncation=Truncation.MASK)
    if left and right:
        return _clause(index, core, truncation=Truncation.BOTH)
    if left or right:
        return _clause(index, core, truncation=Truncation.LEFT if left else Truncation.RIGHT)
    return _clause(index, core)


def _year(text: str, at: int) -> tuple[Clause, int] | None:
    """A range (``2001-2005``, ``2001-``, ``-2005``) or a comparison (``>2001``) of years, and where it ends."""
    if match := _COMPARED.match(text, at):
        return Clause("year", match.group(2), _COMPARISONS[match.group(1)]), match.end()
    match = _YEARS.match(text, at)
    if match is None or match.groups() == (None, None):
        return None
    first, last = match.groups()
    end = match.end()
    if first and last:
        return Clause("year", f"{first} {last}", Relation.WITHIN), end
    return (Clause("year", first, Relation.GE) if first else Clause("year", last, Relation.LE)), end


def _standard_number(word: str) -> tuple[str, str] | None:
    """(``isbn`` or ``issn``, its digits) when the word is one; ISO 2108 and ISO 3297 for the check digits.

    Thirteen digits after 978 or 979 are an ISBN even when the check digit is wrong, since misprinted ones are
    catalogued as printed; ten digits only when it is right, since barcodes have ten digits too.
    """
    match = _STANDARD_NUMBER.fullmatch(unicodedata.normalize("NFKC", word))
    if match is None:
        return None
    written = match.group(1).upper()
    digits = written.replace("-", "")
    if len(digits) == 13 and digits.isdigit() and digits.startswith(("978", "979")):
        return "isbn", digits
    body, check = digits[:-1], digits[-1]
    if not body.isdigit() or len(digits) not in (8, 10):
        return None
    total = sum(weight * int(digit) for weight, digit in zip(range(len(digits), 1, -1), body, strict=True))
    if "0123456789X"[-total % 11] != check:
        return None
    if len(digits) == 10:
        return "isbn", digits
    return ("issn", f"{digits[:4]}-{digits[4:]}") if written[4:5] == "-" else None


def _combine(items: list[_Item]) -> Node | None:
    """(a OR b) AND c NOT d; None when nothing is positive."""
    positive: list[Node] = []
    negative: list[Node] = []
    for item in items:
        side = negative if item.negative else positive
        if item.joined and side and not item.negative:
            side[-1] = Boolean(Operator.OR, side[-1], item.node)
        else:
            side.append(item.node)
    if not positive:
        return None
    root = positive[0]
    for node in positive[1:]:
        root = Boolean(Operator.AND, root, node)
    for node in negative:
        root = Boolean(Operator.NOT, root, node)
    return root
