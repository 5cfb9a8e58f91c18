"""What a clause matches nearly: one wrong character, a homophone, a slip of the finger.

For the search behind a search that found nothing, so that exact answers and their totals stay what they are. Ways, from
the surest to the loosest: a whole title or name with one or two characters wrong, left out or too many; the same
reading in pinyin; all words but some letters of them; nearly all characters, most of them next to each other.
"""

from __future__ import annotations

from gateway.records import text
from index import analysis, fields, plan
from index.pinyin import spellings

#: Longer terms are pasted, not typed, and cost an engine too much to compare letter by letter.
_MAX_LENGTH = 120
_MAX_WORDS = 12
_MAX_KEY = 60

_WHOLE_FIRST = 90.0  # times one less for a second change
_SAME_READING = 60.0
_READING_NEARLY = 30.0
_READING_INSIDE = 25.0
_ONE_WORD = 4.0


def forgiven(field: str, folded: str) -> plan.Node:
    """``folded`` is a whole term on running text. ``Nothing`` when it is too short or too long to guess."""
    if not folded or len(folded) > _MAX_LENGTH:
        return plan.Nothing()
    han = text.has_han(folded)
    parts = [*_whole(field, folded, han), *(_homophones(field, folded) if han else ()), *_nearly_all(field, folded)]
    return plan.Either(tuple(parts)) if parts else plan.Nothing()


def distance(word: str) -> int:
    """How many changes of a character are forgiven in a word or a whole value."""
    if any(letter.isdigit() for letter in word):
        return 0  # another number is another thing
    size = len(word)
    if text.has_han(word):
        return 0 if size < 3 else 1 if size < 8 else 2
    return 0 if size < 3 else 1 if size < 8 else 2


def _names(field: str) -> tuple[str, ...]:
    return fields.READABLE if field == "any" else (field,)


def _whole(field: str, folded: str, han: bool) -> list[plan.Node]:
    key = analysis.key_of_folded(folded)
    allowed = distance(key)
    if not allowed or len(key) > _MAX_KEY:
        return []
    out: list[plan.Node] = []
    for name in _names(field):
        if name in fields.KEYED:
            out += _near(fields.key(name), key, allowed, _WHOLE_FIRST)
        if name in fields.READABLE and not han and key.isascii() and key.isalpha() and len(key) > 5:
            out += _near(fields.pinyin_key(name), key, 1, _READING_NEARLY)
    return out


def _near(field: str, key: str, allowed: int, score: float) -> list[plan.Node]:
    """Fewer changes score higher."""
    return [plan.Fixed(plan.Similar(field, key, changes), score / allowed) for changes in range(1, allowed + 1)]


def _homophones(field: str, folded: str) -> list[plan.Node]:
    """Other characters of the same reading, as pinyin input methods offer them."""
    reading = text.pinyin(folded)[0].split()
    out: list[plan.Node] = []
    for name in _names(field):
        if name in fields.READABLE and len(reading) > 1:
            out.append(plan.Fixed(plan.Token(fields.pinyin_key(name), "".join(reading)), _SAME_READING))
            if len(reading) > 2 and not any(syllable.isdigit() for syllable in reading):
                units = [unit for word in reading for unit in (spellings(word) or ((word,),))[0]]
                inside = plan.Sequence(fields.pinyin(name), tuple(units))
                out.append(plan.Fixed(inside, _READING_INSIDE))
    return out


def _nearly_all(field: str, folded: str) -> list[plan.Node]:
    """Nearly all characters of scripts without spaces, and all words, or all but one of many, with slips in them."""
    units = list(dict.fromkeys(analysis.units_of_folded(folded)))
    characters = [unit for unit in units if text.is_cjk(unit[0])]
    words = [unit for unit in units if not text.is_cjk(unit[0])]
    if len(words) > _MAX_WORDS or (len(characters) == 2 and not words):
        return []
    required: list[plan.Node] = []
    if words:
        near = [_word(field, word) for word in words]
        missing = 1 if len(words) > 2 else 0
        required.append(plan.AtLeast(tuple(near), len(near) - missing))
    if len(characters) < 3:
        required += [plan.Token(field, one) for one in characters]
    else:
        wrong = max(1, len(characters) // 6)
        required.append(plan.AtLeast(tuple(plan.Token(field, one) for one in characters), len(characters) - wrong))
        pairs = [token for token in text.query_tokens(folded) if len(token) == 2 and text.is_cjk(token[0])]
        least = len(pairs) - 2 * wrong  # a wrong character spoils the pairs on both sides
        if least > 0:
            required.append(plan.AtLeast(tuple(plan.Token(field, pair) for pair in pairs), least))
    return [plan.Every(tuple(required))] if required else []


def _word(field: str, word: str) -> plan.Node:
    exact = plan.Token(field, word)
    allowed = distance(word)
    if not allowed:
        return exact
    return plan.Either((exact, *_near(field, word, allowed, _ONE_WORD)))
