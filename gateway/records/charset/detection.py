"""Which character set some bytes are in: every candidate reads them, and the likeliest reading wins.

A reading costs bits: rare characters, impossible neighbours and broken bytes cost more. What the record or the target
says about itself takes a few bits off: it decides where the bytes leave a doubt, and is overruled where they do not.
The confidence is the winner's share among all candidates, and less where even the winner's reading looks like no text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import fsum
from typing import Final, NamedTuple

from gateway.records.charset import cyrillic, korean, thai
from gateway.records.charset.codecs import canonical, decode, decode_strict
from gateway.records.charset.frequency import discord, table

#: From here on a finding is acted upon without a word.
CERTAIN: Final = 0.9

# Each pattern begins with the class that is rare: the engine skips all that is not in it.
_HIGH_BYTE: Final = re.compile(rb"[\x80-\xff]")
_SNIPPET: Final = re.compile(rb"[\x80-\xff][\x80-\xff]*[\x1b-\x7e]{0,2}(?:[\x80-\xff]+[\x1b-\x7e]{0,2})*")
_ASCII: Final = bytes(range(128))
_NO_LETTERS: Final = bytes(byte for byte in range(256) if not chr(byte).isalpha() or byte > 0x7F)
#: How many bytes are looked at; more change nothing.
_SAMPLE: Final = 4096
_HIGH: Final = re.compile("[^\x00-\x7f][^\x00-\x7f]*")
_ESCAPES: Final = re.compile(rb"\x1b(?:\$[1,()\-]|[(),\-]!?[1234BENQS]|[gbps])")
_ASCII_LETTER: Final = re.compile("[A-Za-z]")
#: Bits against each charset before anything is read.
_PRIOR: Final = {"utf-8": 0.0, "gbk": 3.0, "big5": 5.0, "marc-8": 6.0, "latin-1": 7.0, "iso5426": 9.0}
_DECLARED: Final = 8.0
_LEADER: Final = 6.0
_CODED: Final = 3.0
_ESCAPED: Final = 80.0
#: Bits for one character above ASCII that text in a fitting charset never costs on average.
_NO_TEXT: Final = 16.5
#: Bits for an accented Latin letter in a word, for one elsewhere, for other signs of Latin sets, for impossible bytes.
_ACCENTED, _STRAY, _SIGN, _IMPOSSIBLE = 7.0, 14.0, 13.0, 40.0
#: Second bytes of Big5 and GBK that are no letters; beside an accented letter they belong to no word of any language.
_ODD_NEIGHBOUR: Final = re.compile(rb"[\x80-\xff][@\[\\\]^_`{|}~]")
_ODD: Final = 7.0
_SIGN_IN_WORD: Final = re.compile(rb"[\xa1-\xbf](?:(?<=[A-Za-z][\xa1-\xbf])|(?=[A-Za-z]))")
#: Signs of MARC-8 and of ISO 5426 that stand in no word, between two letters; each with its neighbours counts.
_MARKED_SIGN_IN_WORD: Final = {
    "marc-8": re.compile(rb"[A-Za-z][\xa8-\xab\xb9\xc0-\xc6\xc8][A-Za-z]"),
    "iso5426": re.compile(rb"[A-Za-z][\xa1-\xaf\xb2-\xb5\xb8-\xbc\xbf][A-Za-z]"),
}
#: A capital behind a small letter or before a digit, as no language has it; what is one in one set is a mark or a
#: small letter in others.
_CAPITAL_IN_WORD: Final = {
    "latin-1": re.compile(rb"[\xc0-\xd6\xd8-\xde](?:(?<=[a-z][\xc0-\xde])(?=[A-Za-z])|(?=[0-9]))"),
    "marc-8": re.compile(rb"[\xa1-\xad](?<=[a-z][\xa1-\xad])(?=[A-Za-z])"),
    "iso5426": re.compile(rb"[\xe1-\xec](?<=[a-z][\xe1-\xec])(?=[A-Za-z])"),
}
_CROWDED: Final = 6.0
_SURE: Final = 12.4
_SURE_LEAST, _SURE_LENGTH = 10, 64
#: Bits of a reading so short that one of GBK may be one of Big5, and of a character that speaks against the other.
_SHORT, _NO_RIVAL = 90.0, 18.0
#: What no title in Chinese has: drawn boxes and private characters.
_NO_TITLE: Final = re.compile("[\u2500-\u257f\ue000-\uf8ff]")
#: One character of Chinese within a Latin word.
_IN_WORD: Final = re.compile("[^\x00-\x7f](?<=[a-z][^\x00-\x7f])[a-z]")
#: So many broken sequences are no UTF-8, whatever the rest costs.
_TOO_MANY: Final = 8
#: Bits for a character that was met before in the same text, and for one more broken one.
_AGAIN: Final = 6.0
_BROKEN_AGAIN: Final = 34.0
_COMBINING: Final = {
    # From the first mark of a run only, whole: or a long run of marks without a letter costs its length squared.
    "marc-8": re.compile(rb"([\xe0-\xfe](?<![\xe0-\xfe]{2})[\xe0-\xfe]*+)([A-Za-z])"),
    "iso5426": re.compile(rb"([\xc0-\xdf](?<![\xc0-\xdf]{2})[\xc0-\xdf]*+)([A-Za-z])"),
}
_MARKS: Final = {"marc-8": bytes(range(0xE0, 0xFF)), "iso5426": bytes(range(0xC0, 0xE0))}
#: Vowels with a mark that seldom stand before another vowel in Latin-1 text; as marks of other sets they often do.
_MARK_BEFORE_VOWEL: Final = re.compile(rb"[A-Za-z][\xe0-\xe2\xe5\xe8\xea-\xec\xee\xf2-\xf4\xf6\xf9\xfb][aeiou]")
#: Letters of these sets that words of some language have: of Polish, Danish, German, Turkish, Croatian.
_LETTERS: Final = {
    "marc-8": frozenset(b"\xa1\xa2\xa3\xa5\xb1\xb2\xb3\xb5\xb8\xc7"),
    "iso5426": frozenset(b"\xe1\xe2\xe8\xe9\xf1\xf2\xf5\xf8\xf9\xfb"),
}
_LETTER: Final = 9.0
#: Letters above ASCII that go together in the languages written in Latin-1.
_ALPHABETS: Final = tuple(
    map(
        frozenset,
        (
            "áéíóúüñ", "áâãàçéêíóôõú", "àâæçéèêëîïôùûüÿ", "äöüßéàè", "àèéìíòóùú", "æøåéòôóü", "åäöéü",
            "áéíóúýðþæö", "áéëïóöüèàçê", "àçèéíïòóúü", "áéíóú", "äöõü",
        ),
    )
)  # fmt: skip
_CONTROLS: Final = bytes(range(0x80, 0xA0))
#: UNIMARC 100$a/26-29: code and the charset that it means where we read that one.
_CODED_SETS: Final = {"50": "utf-8", "03": "iso5426"}


class Finding(NamedTuple):
    charset: str
    confidence: float  #: 0 to 1
    why: str  #: the evidence, in words


def detect(data: bytes, declared: str | None = None, *, leader: str = "", coded: str = "") -> Finding:
    """The charset of ``data``; ``declared`` is what the target is known to send, ``coded`` UNIMARC 100$a/26-33."""
    escaped = _ESCAPES.search(data) is not None
    if data.isascii():
        if escaped:
            return Finding("marc-8", 0.99, "escape sequences of MARC-8")
        return Finding("ascii", 1.0, "no byte above 7F")
    sample, letters = _sample(data)
    costs: dict[str, float] = {}
    heights: dict[str, float] = {}  # bits for one character, to see whether the reading is text at all
    for charset in ("utf-8", "gbk", "big5"):
        costs[charset], heights[charset] = _multibyte(sample, charset)
    odd = _ODD * len(set(_ODD_NEIGHBOUR.findall(sample)))
    costs["latin-1"], heights["latin-1"] = _latin1(sample, letters, odd)
    for charset in _COMBINING:
        costs[charset], heights[charset] = _combining(sample, letters, odd, charset)
    hinted = {charset for at in (0, 2) for charset in cyrillic.HINTS.get(coded[at : at + 2], ())}
    for charset, (bits, height) in cyrillic.costs(sample, bool(hinted)).items():
        costs[charset], heights[charset] = bits - (_CODED if charset in hinted else 0.0), height
    told = canonical(declared) if declared else ""
    told = "gbk" if told == "gb18030" else "" if told == "ascii" else told
    for other in (korean, thai):
        for charset, (bits, height) in other.costs(sample, told == other.CHARSET).items():
            costs[charset], heights[charset] = bits, height
    if told and told not in costs:
        costs[told], heights[told] = _multibyte(sample, told)
    if escaped:
        # Nothing but MARC-8 has these sequences; their text is mostly ASCII bytes that no other reading accounts for.
        costs["marc-8"] -= _ESCAPED
        heights["marc-8"] = 0.0
    if told:
        # A few signs cost much for one character, but they are what the target was expected to send.
        heights[told] -= _LEADER
    for charset in costs:
        costs[charset] += _PRIOR.get(charset, 8.0)
    reasons = _claims(costs, told, leader, coded)
    best = min(costs, key=lambda charset: (costs[charset], charset))
    share = 1.0 / sum(2.0 ** max(costs[best] - cost, -60.0) for cost in costs.values())
    if heights[best] > _NO_TEXT:
        share *= max(0.05, 1.0 - (heights[best] - _NO_TEXT) / 4.0)
    rival = {"gbk": "big5", "big5": "gbk"}.get(best)
    if rival and told != best and costs[best] < _SHORT and heights[best] > _SURE and heights[rival] < _NO_RIVAL:
        # A few rare characters that make words of the other set as well.
        share = min(share, 0.85)
    if rival and told != best and korean.doubtful(sample):
        share = min(share, 0.85)
    why = f"likeliest reading of {len(sample.translate(None, _ASCII))} bytes above 7F"
    if best in reasons:
        why += f"; {reasons[best]}"
    if best == "gbk" and _four_byte(sample):
        best = "gb18030"
    return Finding(best, round(min(share, 0.999), 3), why)


def is_marc8(part: bytes) -> bool:
    """Whether a field is MARC-8 by its escape sequences, in a record that is not."""
    if _ESCAPES.search(part) is None:
        return False
    return part.isascii() or decode_strict(part, "utf-8") is None


def sure(text: str) -> bool:
    """Whether a reading in GBK or Big5 is so much like Chinese that no other one need be tried.

    A wrong reading costs two bits a character more at the least than this allows over so many characters.
    """
    runs = _HIGH.findall(text[:2000])
    characters = set("".join(runs)[:_SURE_LENGTH])
    # Chinese comes in runs of many characters; letters with marks in Latin words come one by one, again and again.
    if len(characters) < _SURE_LEAST or len(characters) < 1.5 * min(len(runs), _SURE_LEAST):
        return False
    # Exact, or the order of a set would decide a tie, which is another one in each process.
    return fsum(map(table().__getitem__, characters)) <= _SURE * len(characters)


def _sample(data: bytes) -> tuple[bytes, int]:
    """Bytes above 7F with two neighbours at each side, and how many ASCII letters the stretch had altogether."""
    if len(data) > _SAMPLE:
        first = _HIGH_BYTE.search(data)
        start = max(0, first.start() - 2) if first else 0
        data = data[start : start + _SAMPLE]
    snippets: list[bytes] = []
    end = 0
    for match in _SNIPPET.finditer(data):
        begin = match.start()
        for _ in range(2):
            if begin > end and 0x21 <= data[begin - 1] <= 0x7E:
                begin -= 1
            else:
                break
        end = match.end()
        snippets.append(data[begin:end])
    return b" ".join(snippets), len(data.translate(None, _NO_LETTERS))


def _claims(costs: dict[str, float], told: str, leader: str, coded: str) -> dict[str, str]:
    """Take off what the record and the target say of themselves; in words, by charset."""
    reasons: dict[str, str] = {}
    if told:
        costs[told] -= _DECLARED
        reasons[told] = "the target is known to send it"
    if leader[9:10] == "a":
        costs["utf-8"] -= _LEADER
        reasons.setdefault("utf-8", "leader/09 says so")
    elif leader[9:10] == " " and not coded:
        costs["marc-8"] -= _LEADER
        reasons.setdefault("marc-8", "leader/09 says so")
    for at in (0, 2):
        charset = _CODED_SETS.get(coded[at : at + 2])
        if charset:
            costs[charset] -= _CODED
            reasons.setdefault(charset, "100$a/26-29 says so")
    return reasons


def _multibyte(data: bytes, charset: str) -> tuple[float, float]:
    """Bits of a reading, all and for one character; letters of two alphabets in one short text cost more."""
    read = decode(data, charset)[0]
    if charset == "utf-8" and (broken := read.count("\ufffd")) > _TOO_MANY:
        return _IMPOSSIBLE * broken, _IMPOSSIBLE
    text = read.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")
    distinct = set(text)
    bits = fsum(map(table().__getitem__, distinct)) + _AGAIN * (len(text) - len(distinct))
    bits += _BROKEN_AGAIN * max(0, text.count("\ufffd") - 1)
    if charset == "utf-8" and "\ufffd" not in text:
        # Well-formed sequences of three bytes do not come about by chance, those of two bytes seldom do.
        long = sum(character > "\u07ff" for character in text)
        height = bits / max(1, len(text))
        bits -= (6.0 if height < _NO_TEXT else 2.0) * long + 4.0 * (len(text) - long if _one_alphabet(text) else 0)
        return bits, height
    if charset in ("gbk", "big5"):
        # Both hold some accented letters, which no title uses; and readings of Big5 by its Hong Kong additions alone
        # are mostly chance.
        bits += _ODD * sum(character < "\u0250" for character in distinct)
        # øø of ISO 5426 is ═ in Big5, and a private character in GBK.
        bits += 2 * _ODD * len(set(_NO_TITLE.findall(read)))
        bits += _ODD * len(set(_IN_WORD.findall(read))) + discord(distinct)
        if charset == "big5":
            bits += _ODD * (len(distinct) - len("".join(distinct).encode("big5", "ignore")) // 2)
    return bits, bits / max(1, len(text))


def _one_alphabet(text: str) -> bool:
    """Whether all letters below U+0800 are of one block, as letters of real words are."""
    blocks = {
        "latin" if character < "\u0250" else ord(character) >> 8
        for character in text
        if character < "\u0800" and character.isalpha()
    }
    return len(blocks) <= 1


def _latin1(data: bytes, letters: int, odd: float) -> tuple[float, float]:
    text = data.decode("latin-1")
    bits = 0.0
    count = 0
    signs: set[str] = set()
    stray = 0
    for match in _HIGH.finditer(text):
        run = match.group()
        count += len(run)
        in_word = _ASCII_LETTER.match(text, match.start() - 1) or _ASCII_LETTER.match(text, match.end())
        letter = _ACCENTED if in_word and len(run) <= 2 else _STRAY
        stray += len(run) if letter is _STRAY else 0
        for character in run:
            if "\xa0" <= character < "\xc0":
                bits += _AGAIN if character in signs else _SIGN
                signs.add(character)
            else:
                bits += letter if character >= "\xc0" else _IMPOSSIBLE
    bits += odd + _ODD * len(set(_SIGN_IN_WORD.findall(data)))
    bits += _ODD * len(_CAPITAL_IN_WORD["latin-1"].findall(data)) + _ODD * _of_no_language(text)
    bits += _ODD * len(set(_MARK_BEFORE_VOWEL.findall(data)))
    bits += _crowd(letters, count)
    # Words of nothing but accented letters are another alphabet's.
    return bits, max(bits / max(1, count), 2 * _NO_TEXT * stray / max(1, count))


def _of_no_language(text: str) -> int:
    """How many letters of a Latin-1 reading are left over by the alphabet that has most of them."""
    letters = {character for character in text.lower() if "\xdf" <= character <= "\xff" and character != "\xf7"}
    return min(len(letters - alphabet) for alphabet in _ALPHABETS)


def _combining(data: bytes, letters: int, odd: float, charset: str) -> tuple[float, float]:
    """Sets whose marks stand before a letter: a mark anywhere else is as good as impossible."""
    highs = data.translate(None, _ASCII)
    high = len(highs)
    placed = unknown = 0
    for stacked, base in _COMBINING[charset].findall(data):
        placed += len(stacked)
        unknown += _is_unknown(stacked + base, charset)
    broken = decode(data, charset)[0].count("\ufffd")
    signs = highs.translate(None, _MARKS[charset])
    misplaced = high - len(signs) - placed
    other = max(0, high - placed - misplaced)
    controls = high - len(highs.translate(None, _CONTROLS))
    found = set(signs.translate(None, _CONTROLS))
    kinds = len(found - _LETTERS[charset])
    words = len(found) - kinds
    bits = (
        _ACCENTED * placed
        + (_SIGN - _ACCENTED) * unknown
        + _IMPOSSIBLE / 2 * (misplaced + controls)
        + _IMPOSSIBLE * broken
    )
    bits += _SIGN * kinds + _LETTER * words + _AGAIN * max(0, other - kinds - words)
    bits += odd + _ODD * len(set(_MARKED_SIGN_IN_WORD[charset].findall(data)))
    bits += _ODD * len(_CAPITAL_IN_WORD[charset].findall(data))
    bits += _crowd(letters, high)
    return bits, bits / max(1, high)


@lru_cache(maxsize=2048)
def _is_unknown(marked: bytes, charset: str) -> bool:
    """Whether marks and a letter make no known letter together: such are seldom meant."""
    return len(decode(marked, charset)[0]) > 1


def _crowd(letters: int, high: int) -> float:
    """Bits against a Latin text of which more than a third are letters with marks: no language is written so."""
    return _CROWDED * max(0.0, high - (high + letters) / 3)


def _four_byte(data: bytes) -> bool:
    return re.search(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]", data) is not None
