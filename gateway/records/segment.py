"""Tokens: what the indexes store of a text and what a query must find there. Defined here once, for every engine.

A folded text is a row of runs: words of letters and digits, and CJK runs (Han, kana, hangul, bopomofo), which are
written without spaces. ``tokens`` gives, each once, in the order of first occurrence:

* every word as it is;
* for CJK runs every single character, every bigram of neighbours (over a space or punctuation between two CJK runs as
  well: a title typed without them is found), and the dictionary words of three and more characters in them.

``query_tokens`` gives what must all be there: every word; of a CJK run its bigrams, or the character when it is one
alone. So for every part ``q`` of a CJK text ``t``: ``set(query_tokens(q)) <= set(tokens(t))``, whatever the dictionary
says. Words of the dictionary add rank, never a condition: see ``ranking_tokens``.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterable, Mapping
from math import log
from operator import add
from typing import TYPE_CHECKING, Final

from gateway.records.folding import fold

if TYPE_CHECKING:
    from jieba import Tokenizer

_CJK: Final = (
    "\u3005-\u3007\u3021-\u3029\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00016ff0-\U00016ff6\U0001b000-\U0001b16f"
    "\U00020000-\U000323af"
)
#: The only group is there where the piece is a CJK run.
_PIECES: Final = re.compile(f"([{_CJK}]+)|[^{_CJK} ]+")
_IS_CJK: Final = re.compile(f"[{_CJK}]")
_UNITS: Final = re.compile(f"[{_CJK}]|[^{_CJK} ]+")
#: A run longer than this is cut for the dictionary: abstracts without any punctuation exist.
_LONGEST: Final = 2000


def is_cjk(character: str) -> bool:
    """Whether the character belongs to a script written without spaces that is indexed by bigrams."""
    return _IS_CJK.match(character) is not None


def tokens(text: str) -> list[str]:
    """Index tokens of a text (folded here when it is not yet), each once; see the module's description."""
    folded = fold(text)
    if folded.isascii():
        return list(dict.fromkeys(folded.split()))
    found: dict[str, None] = {}
    last = ""  # last character of the CJK run before, when only a space is between
    end = -2
    for match in _PIECES.finditer(folded):
        piece = match.group()
        if match.lastindex:
            if last and match.start() == end + 1:
                found[last + piece[0]] = None
            found |= dict.fromkeys(piece)
            found |= dict.fromkeys(map(add, piece, piece[1:]))
            if len(piece) > 2:
                found |= dict.fromkeys(_words(piece))
            last, end = piece[-1], match.end()
        else:
            found[piece] = None
            last = ""
    return list(found)


def query_tokens(text: str) -> list[str]:
    """Tokens that must all be among a text's ``tokens`` for it to match, each once; empty for a text of punctuation."""
    folded = fold(text)
    if folded.isascii():
        return list(dict.fromkeys(folded.split()))
    found: dict[str, None] = {}
    for match in _PIECES.finditer(folded):
        piece = match.group()
        if len(piece) > 1 and match.lastindex:
            found |= dict.fromkeys(map(add, piece, piece[1:]))
        else:
            found[piece] = None
    return list(found)


def units(folded: str) -> list[str]:
    """Words, and CJK runs character by character, in reading order and as often as they occur; the text is folded."""
    return folded.split() if folded.isascii() else _UNITS.findall(folded)


def ranking_tokens(text: str) -> list[str]:
    """Dictionary words (three and more characters) of a query: records that have them stand higher."""
    found: dict[str, None] = {}
    for match in _PIECES.finditer(fold(text)):
        if match.lastindex and len(piece := match.group()) > 2:
            found |= dict.fromkeys(_words(piece))
    return list(found)


def words(text: str) -> list[str]:
    """The text's words in reading order, one after another without overlap; CJK runs cut by the dictionary."""
    found: list[str] = []
    for match in _PIECES.finditer(fold(text)):
        piece = match.group()
        if len(piece) > 1 and match.lastindex:
            found.extend(_tokenizer().lcut(piece, HMM=False))
        else:
            found.append(piece)
    return found


def add_words(entries: Iterable[str]) -> None:
    """Extend the dictionary (names, local places, subject terms); what was indexed before keeps its old words."""
    tokenizer = _tokenizer()
    for entry in entries:
        folded = fold(entry).replace(" ", "")
        if len(folded) > 1:
            tokenizer.add_word(folded)
            _added.append(folded)


def added_words() -> tuple[str, ...]:
    """All that :func:`add_words` was given so far, folded, in its order: for processes that are to cut alike."""
    return tuple(_added)


def _words(run: str) -> list[str]:
    """Words of three and more characters on the likeliest way through the run, and those of three inside longer ones.

    What ``jieba.cut_for_search`` without its statistical guesses finds, in one pass and without the pairs.
    """
    frequency = _tokenizer().FREQ
    log_total = _log_total()
    found: list[str] = []
    for begin in range(0, len(run), _LONGEST):
        part = run[begin : begin + _LONGEST]
        for first, last in _stretches(part, frequency):
            ends = _likeliest(part[first:last], frequency, log_total)
            start = first
            while start < last:
                end = first + ends[start - first]
                if end - start > 3:
                    found += [part[at : at + 3] for at in range(start, end - 2) if frequency.get(part[at : at + 3])]
                if end - start > 2:
                    found.append(part[start:end])
                start = end
    return found


def _stretches(part: str, frequency: Mapping[str, int]) -> list[tuple[int, int]]:
    """Where words of three and more characters may be: from and to places that no word of the dictionary reaches over.

    The likeliest way through such a stretch is that of the whole run; what lies between has no such words.
    """
    found: list[tuple[int, int]] = []
    size = len(part)
    for at in [at for at in range(size - 2) if part[at : at + 3] in frequency]:
        first, last, end = at, 0, at + 3
        while end <= size and (count := frequency.get(part[at:end])) is not None:
            if count:
                last = end
            end += 1
        if not last:  # the beginning of words that are not here
            continue
        while first and frequency.get(part[first - 1 : first + 1]):
            first -= 1
        while last < size and frequency.get(part[last - 1 : last + 1]):
            last += 1
        # Longer words that begin before and reach into this one, or begin in it and reach out, are met in their turn.
        while found and found[-1][1] > first:
            earlier = found.pop()
            first, last = min(first, earlier[0]), max(last, earlier[1])
        found.append((first, last))
    return found


def _likeliest(part: str, frequency: Mapping[str, int], log_total: float) -> list[int]:
    """For each place where the word ends that begins there, on the way whose words are the most frequent together.

    ``frequency`` holds every beginning of a word, too, with 0: nothing longer is looked up in vain.
    """
    size = len(part)
    scores = [0.0] * (size + 1)
    ends = [0] * size
    for start in range(size - 1, -1, -1):
        end = start + 1
        best, chosen = scores[end] - log_total, end  # a character that is no word weighs as one seen once
        count = frequency.get(part[start])
        if count:
            best += log(count)
        while count is not None and end < size:
            end += 1
            count = frequency.get(part[start:end])
            if count:
                score = log(count) - log_total + scores[end]
                if score >= best:
                    best, chosen = score, end
        scores[start], ends[start] = best, chosen
    return ends


def _log_total() -> float:
    return log(_tokenizer().total)


_lock: Final = threading.Lock()
_loaded: list[Tokenizer] = []
_added: list[str] = []


def _tokenizer() -> Tokenizer:
    """The dictionary, loaded when first needed (about a second); no cache file in a shared folder is read or left."""
    if not _loaded:
        with _lock:
            if not _loaded:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    from jieba import Tokenizer as Jieba
                tokenizer = Jieba()
                # jieba's own start writes to stderr and trusts a cache file in the temporary folder, which anybody on
                # the machine may have put there; the dictionary in the package is read instead.
                tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
                tokenizer.initialized = True
                _loaded.append(tokenizer)
    return _loaded[0]
