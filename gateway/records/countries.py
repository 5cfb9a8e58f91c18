"""Codes of countries in coded fields, by ISO 3166-1 as ``config/maps/countries.yaml`` has them."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from gateway.records.labels import table, words

#: MARC codes of three letters are those of states and provinces; the last letter is that of the country
#: (MARC Code List for Countries, Introduction).
_STATES: Final = {"u": "US", "c": "CA", "k": "GB", "a": "AU", "r": "RU"}
#: Regions of China that have a code of their own, by the code of UNIMARC 102$b (GB/T 2260).
_REGIONS: Final = {"71": "TW", "81": "HK", "82": "MO"}


@lru_cache(maxsize=1024)
def of_marc21(code: str) -> str:
    """The code of a MARC country code (008/15-17, 044$a); empty for none, an unknown or an unspecified one."""
    plain = code.strip(" ^|#").lower()
    known = words("countries").get(plain, "") if len(plain) > 1 else ""
    return known or (_STATES.get(plain[2], "") if len(plain) == 3 else "")


@lru_cache(maxsize=1024)
def of_unimarc(code: str, region: str = "") -> str:
    """The code in 102$a, ``region`` being 102$b; empty for an unknown one."""
    plain = code.strip().upper()
    if plain == "CN" and region.strip()[:2] in _REGIONS:
        return _REGIONS[region.strip()[:2]]
    return plain if plain in table("countries") else ""
