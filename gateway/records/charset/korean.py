"""Korean in EUC-KR (code page 949, KS X 1001), whose bytes are just as well common Chinese characters of GBK or Big5.

Its syllables are the rows B0 to C8, in the order of their alphabet; in GB 2312 the commonest characters from 啊 to 剖
have the same rows, in the order of theirs. So both readings are possible always; but Chinese read as Korean gives
syllables without choice, of which hardly one in five is common, and Korean has four of five among four hundred. So
this set is a candidate only where the syllables are common ones.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

CHARSET: Final = "cp949"

#: Syllables by how common they are in titles and running text, and their bits; then all others.
_BANDS: Final = (
    ("이의는다에을기하고가도사지로인한은시리자서대정일어나해수그부아들면있게으라여장보것조학과동상원", 6.0),
    (
        "구공적만제주문비경화국성오신소중생선연미위안모무관회역분용유치개방계내실설영명교재호운음반산물민력행당법진세식단체"
        "현론와전스트드우거마두할때까없않었되요네더니습합던러야르노바를입목록근간각료함불",
        7.6,
    ),
    (
        "저작통변말권집책독출판편람발외북남양예술철종심육악평희곡청년족별속번데레크카타파피터프토코루랑름림린랜란"
        "래려련령류률릉립막맥맹메몸못묘묵밀박백버벌범벽병복본봉브블빛살삼새색석섬섭송순숙숭승싸쓰씨씩애약언업엄열"
        "염엽옛온완왕왜욕울웃월율읽임잡절접존졸좌죄준줄즉증질찬참창채척천첩초촌총최추축춘충취층친침칭큰탄탈탐태택"
        "테퇴투특틀팔패포폭표품풍필항핵향험혁혈협형혜혼홍환활황효후훈휘흑흥히힘같건검겨격결겸골곳광괴군굴궁귀규균"
        "극글금급긴길김깊깨꽃꿈끝낌난날농느늘능님답덕돈돌득등따땅떻또뜻락량디키된잘너확십알찾올허볼째든매쓸맞슬및"
        "암압잭렉컨콘티링램클뉴퓨퍼커텍",
        9.3,
    ),
)
_OTHER, _HANJA, _SIGN = 12.0, 12.5, 10.0
#: What a character costs that was met before, as in all sets of Chinese.
_AGAIN: Final = 6.0
#: What share of the characters above ASCII is to be syllables: older titles have Chinese characters between them.
_MOST: Final = 0.75
#: So many different syllables there must be for a finding; bits for one above which the text is not Korean.
_LEAST, _NO_KOREAN = 5, 9.4
#: Fewer than that are Korean only where all are common, and leave a doubt in any case.
_FEW, _COMMON = 2, 9.0


@lru_cache(maxsize=1)
def _bits() -> dict[str, float]:
    return {syllable: bits for syllables, bits in reversed(_BANDS) for syllable in syllables}


def costs(sample: bytes, told: bool) -> dict[str, tuple[float, float]]:
    """By charset (there is one), the bits of the reading and those for one character; nothing if it is no Korean.

    ``told``: the target is known to send it, so that few and rare syllables are enough.
    """
    text, syllables = _read(sample)
    bits = _bits()
    own = sum(bits.get(syllable, _OTHER) for syllable in syllables)
    if not syllables or (not told and (len(syllables) < _LEAST or own > _NO_KOREAN * len(syllables))):
        return {}
    others = set(text) - syllables
    total = own + sum(_HANJA if character >= "\u3400" else _SIGN for character in others)
    total += _AGAIN * (len(text) - len(syllables) - len(others))
    return {CHARSET: (total, total / len(text))}


def doubtful(sample: bytes) -> bool:
    """Whether so short a text may be Korean as well as Chinese."""
    _, syllables = _read(sample)
    bits = _bits()
    return _FEW <= len(syllables) < _LEAST and sum(
        bits.get(syllable, _OTHER) for syllable in syllables
    ) <= _COMMON * len(syllables)


def _read(sample: bytes) -> tuple[str, set[str]]:
    """All characters above ASCII, and the different syllables; nothing of either where too few are syllables."""
    text = "".join([character for character in sample.decode(CHARSET, "replace") if character > "\x7f"])
    count = sum(["\uac00" <= character <= "\ud7a3" for character in text])
    if not count or count < _MOST * len(text):
        return "", set()
    return text, {character for character in text if "\uac00" <= character <= "\ud7a3"}


@lru_cache(maxsize=2)
def _alike(charset: str) -> frozenset[str]:
    """What this set of Chinese has in the rows of the syllables."""
    pairs = [bytes((row, cell)) for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF)]
    return frozenset("".join([pair.decode(charset, "ignore") for pair in pairs]))


def possible(text: str, charset: str) -> bool:
    """Whether so much of a reading in GBK or Big5 lies in the rows of the syllables that it may be Korean."""
    characters = {character for character in set(text[:400]) if character > "\x7f"}
    return len(characters & _alike(charset)) >= _MOST * len(characters)
