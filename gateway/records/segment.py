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
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING, Final

from gateway.records.folding import fold

if TYPE_CHECKING:
    from jieba import Tokenizer

_CJK: Final = (
    "\u3005-\u3007\u3021-\u3029\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00016ff0-\U00016ff6\U0001b000-\U0001b16f"
    "\U00020000-\U000323af"
)
_PIECES: Final = re.compile(f"[{_CJK}]+|[^{_CJK} ]+")
_IS_CJK: Final = re.compile(f"[{_CJK}]")
_UNITS: Final = re.compile(f"[{_CJK}]|[^{_CJK} ]+")
_ONE_RUN: Final = re.compile(f"[{_CJK}]+")
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
        if _ONE_RUN.match(piece):
            if last and match.start() == end + 1:
                found[last + piece[0]] = None
            found.update(dict.fromkeys(piece))
            found.update(dict.fromkeys(map("".join, pairwise(piece))))
            if len(piece) > 2:
                found.update(dict.fromkeys(_words(piece)))
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
    for piece in _PIECES.findall(folded):
        if len(piece) > 1 and _ONE_RUN.match(piece):
            found.update(dict.fromkeys(map("".join, pairwise(piece))))
        else:
            found[piece] = None
    return list(found)


def units(folded: str) -> list[str]:
    """Words, and CJK runs character by character, in reading order and as often as they occur; the text is folded."""
    return folded.split() if folded.isascii() else _UNITS.findall(folded)


def ranking_tokens(text: str) -> list[str]:
    """Dictionary words (three and more characters) of a query: records that have them stand higher."""
    found: dict[str, None] = {}
    for piece in _PIECES.findall(fold(text)):
        if len(piece) > 2 and _ONE_RUN.match(piece):
            found.update(dict.fromkeys(_words(piece)))
    return list(found)


def words(text: str) -> list[str]:
    """The text's words in reading order, one after another without overlap; CJK runs cut by the dictionary."""
    found: list[str] = []
    for piece in _PIECES.findall(fold(text)):
        if len(piece) > 1 and _ONE_RUN.match(piece):
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


def _words(run: str) -> list[str]:
    """Words of three and more characters on the likeliest way through the run, and those of three inside longer ones.

    What ``jieba.cut_for_search`` without its statistical guesses finds, in one pass and without the pairs.
    """
    frequency = _tokenizer().FREQ
    found: list[str] = []
    for begin in range(0, len(run), _LONGEST):
        part = run[begin : begin + _LONGEST]
        ends = _likeliest(part, frequency, _log_total())
        start = 0
        while start < len(part):
            end = ends[start]
            if end - start > 3:
                found += [part[at : at + 3] for at in range(start, end - 2) if frequency.get(part[at : at + 3])]
            if end - start > 2:
                found.append(part[start:end])
            start = end
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
