"""Publishers as sameness compares them: names without the words that come and go, and where in China a house is."""

from __future__ import annotations

from functools import lru_cache

from gateway.records.labels import table
from gateway.records.text import fold, has_han

#: Words of publishers' names that everybody leaves out now and then.
_PUBLISHER_WORDS = (
    "有限责任公司", "股份有限公司", "有限公司", "出版社", "出版公司", "出版集团", "出版", "集团", "公司",
    "书社", "书局", "社",
)  # fmt: skip
_PUBLISHER_LATIN = frozenset(
    [
        "the",
        "press",
        "publishing",
        "publishers",
        "publisher",
        "publications",
        "pub",
        "publ",
        "co",
        "company",
        "ltd",
        "inc",
        "limited",
        "house",
        "books",
        "verlag",
        "editions",
        "editors",
        "and",
        "sons",
        "group",
        "chu",
        "ban",
        "she",
        "chubanshe",
        "edition",
        "ed",
        "of",
    ]
)
_REGIONS = {
    "HK": ("香港", "九龙", "hongkong", "xianggang", "kowloon"),
    "MO": ("澳门", "macau", "macao", "aomen"),
    "TW": ("台北", "台湾", "高雄", "台中", "台南", "新竹", "新北", "taipei", "taibei", "taiwan", "kaohsiung"),
}


@lru_cache(maxsize=4096)
def publisher_key(name: str) -> str:
    """A publisher's name without the words that come and go: 人民文学出版社 → 人民文学."""
    folded = fold(name)
    if has_han(folded):
        plain = folded.replace(" ", "")
        for word in _PUBLISHER_WORDS:
            if plain.endswith(word) and len(plain) > len(word) + 1:
                plain = plain[: -len(word)]
        return str(table("publishers").get(plain, plain))
    return " ".join(word for word in folded.split() if word not in _PUBLISHER_LATIN) or folded


@lru_cache(maxsize=4096)
def region(place: str) -> str:
    """Where in China a place is, for 商务印书馆 of Beijing, Hong Kong and Taipei are three; empty when not known."""
    folded = fold(place)
    plain = folded.replace(" ", "")
    code = next((code for code, words in _REGIONS.items() if any(word in plain for word in words)), "")
    return code or ("CN" if has_han(folded) else "")
