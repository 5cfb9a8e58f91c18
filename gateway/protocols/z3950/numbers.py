"""ISBN and ISSN in the forms that targets keep them in."""

from __future__ import annotations

import re

#: Forms that a target's file may ask for.
ISBN_FORMS = ("as-typed", "plain", "13", "10", "hyphens", "hyphens-13", "hyphens-10", "any", "wild")
ISSN_FORMS = ("as-typed", "plain", "hyphen")


def isbn_terms(term: str, form: str) -> tuple[str, ...]:
    """An ISBN in the form (or, with ``any``, in all the forms) that a target wants; left alone when it is none or has
    no such form (979 has no ISBN-10).

    Forms: ``as-typed``; ``plain`` (digits, as many as were typed); ``13`` and ``10``; ``hyphens`` (as many digits as
    were typed), ``hyphens-13``, ``hyphens-10``; ``any``: 13, 10 and both with hyphens. For
    ``wild`` see :func:`isbn_core`.
    """
    digits = re.sub(r"[\s‐-―-]", "", term).upper()
    if form == "as-typed" or not re.fullmatch(r"\d{9}[\dX]|\d{13}", digits):
        return (term,)
    thirteen = digits if len(digits) == 13 else isbn13(digits)
    ten = digits if len(digits) == 10 else isbn10(digits)
    if form == "any":
        forms = (thirteen, ten, hyphenated(thirteen), hyphenated(ten))
        return tuple(dict.fromkeys(filter(None, forms)))
    style, _, length = form.rpartition("-")
    style, length = (length, "") if length in ("plain", "hyphens") else (style, length)
    wanted = {"13": thirteen, "10": ten or digits}.get(length, digits)
    return ((hyphenated(wanted) or wanted) if style == "hyphens" else wanted,)


def isbn_core(term: str) -> str:
    """The nine digits that an ISBN-10 and its ISBN-13 share, to be asked for with anything around them.

    Empty when the term is no ISBN, or one that has no ISBN-10.
    """
    digits = re.sub(r"[\s‐-―-]", "", term).upper()
    if re.fullmatch(r"\d{9}[\dX]", digits):
        return digits[:9]
    return digits[3:12] if re.fullmatch(r"978\d{10}", digits) else ""


def issn_term(term: str, form: str) -> str:
    """An ISSN ``plain`` (eight digits) or with its ``hyphen``; left alone when it is none."""
    digits = re.sub(r"[\s‐-―-]", "", term).upper()
    if form == "as-typed" or not re.fullmatch(r"\d{7}[\dX]", digits):
        return term
    return digits if form == "plain" else f"{digits[:4]}-{digits[4:]}"


#: Registrant ranges of the groups that Chinese libraries hold most of: (group, last number of the range, digits of the
#: registrant), ranges over the seven digits that follow the group (ISBN Users' Manual, 7th edition, 5.4, and the
#: International ISBN Agency's range message).
_ISBN_RANGES = {
    "7": ((999999, 2), (4999999, 3), (7999999, 4), (8999999, 5), (9999999, 6)),
    "0": ((1999999, 2), (2279999, 3), (2289999, 4), (3689999, 3), (3699999, 4), (6389999, 3), (6397999, 4),
          (6399999, 7), (6449999, 3), (6459999, 7), (6479999, 3), (6489999, 7), (6549999, 3), (6559999, 4),
          (6999999, 3), (8499999, 4), (8999999, 5), (9499999, 6), (9999999, 7)),
}  # fmt: skip


def hyphenated(number: str) -> str:
    """``7-02-000220-7`` of 7020002207; empty for groups whose ranges are not known here."""
    prefix, body = (number[:3], number[3:]) if len(number) == 13 else ("", number)
    ranges = _ISBN_RANGES.get(body[:1], ())
    if prefix not in ("", "978") or not body[:-1].isdigit():
        return ""
    following = int(f"{body[1:8]:0<7}")
    for last, size in ranges:
        if following <= last:
            parts = (prefix, body[0], body[1 : 1 + size], body[1 + size : 9], body[9:])
            return "-".join(filter(None, parts))
    return ""


def isbn13(ten: str) -> str:
    body = "978" + ten[:9]
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body))
    return body + str(-total % 10)


def isbn10(thirteen: str) -> str:
    """Empty for 979."""
    if not thirteen.startswith("978"):
        return ""
    body = thirteen[3:12]
    check = -sum(int(digit) * (10 - at) for at, digit in enumerate(body)) % 11
    return body + ("X" if check == 10 else str(check))
