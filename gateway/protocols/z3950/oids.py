"""Object identifiers of Z39.50 (ANSI/NISO Z39.50-2003, Appendix OID, and the Maintenance Agency's register)."""

from __future__ import annotations

from gateway.protocols.z3950.ber import Oid

BASE = "1.2.840.10003"

#: Attribute sets by name (prefix of ``@attrset`` and ``@attr`` in PQF).
ATTRIBUTE_SETS: dict[str, Oid] = {
    name: Oid(f"{BASE}.3.{arc}")
    for name, arc in {
        "bib-1": "1",
        "exp-1": "2",
        "ext-1": "3",
        "ccl-1": "4",
        "gils": "5",
        "stas": "6",
        "collections-1": "7",
        "cimi-1": "8",
        "geo": "9",
        "zbig": "10",
        "util": "11",
        "xd-1": "12",
        "zthes": "13",
        "fin-1": "14",
        "dan-1": "15",
        "holdings": "16",
        "usmarc": "17",
        "bib-2": "18",
        "zeerex": "19",
    }.items()
}

#: Record syntaxes by name, as ``Target.syntax`` spells them.
RECORD_SYNTAXES: dict[str, Oid] = {
    name: Oid(f"{BASE}.5.{arc}")
    for name, arc in {
        "unimarc": "1",
        "intermarc": "2",
        "ccf": "3",
        "usmarc": "10",
        "ukmarc": "11",
        "normarc": "12",
        "librismarc": "13",
        "danmarc": "14",
        "finmarc": "15",
        "mab": "16",
        "canmarc": "17",
        "sbn": "18",
        "picamarc": "19",
        "ausmarc": "20",
        "ibermarc": "21",
        "catmarc": "22",
        "malmarc": "23",
        "jpmarc": "24",
        "swemarc": "25",
        "siglemarc": "26",
        "isds": "27",
        "rusmarc": "28",
        "hunmarc": "29",
        "nacsis-catp": "30",
        "finmarc2000": "31",
        "marc21-fin": "32",
        "comarc": "33",
        "explain": "100",
        "sutrs": "101",
        "opac": "102",
        "summary": "103",
        "grs-0": "104",
        "grs-1": "105",
        "es-task-package": "106",
        "pdf": "109.1",
        "postscript": "109.2",
        "html": "109.3",
        "tiff": "109.4",
        "gif": "109.5",
        "jpeg": "109.6",
        "png": "109.7",
        "mpeg": "109.8",
        "sgml": "109.9",
        "xml": "109.10",
        "application-xml": "109.11",
    }.items()
}
RECORD_SYNTAXES |= {
    "marc21": RECORD_SYNTAXES["usmarc"],
    "cnmarc": RECORD_SYNTAXES["unimarc"],  # there is no OID for CNMARC: it travels under UNIMARC's
    "marcxml": RECORD_SYNTAXES["xml"],
    "grs1": RECORD_SYNTAXES["grs-1"],
}

BIB1 = ATTRIBUTE_SETS["bib-1"]
UNIMARC, USMARC = RECORD_SYNTAXES["unimarc"], RECORD_SYNTAXES["usmarc"]
SUTRS, OPAC, GRS1 = RECORD_SYNTAXES["sutrs"], RECORD_SYNTAXES["opac"], RECORD_SYNTAXES["grs-1"]
XML, APPLICATION_XML = RECORD_SYNTAXES["xml"], RECORD_SYNTAXES["application-xml"]

#: All national MARC formats: .5.1, .5.2 and .5.10 to .5.33 carry ISO 2709.
MARC_SYNTAXES = frozenset({UNIMARC, RECORD_SYNTAXES["intermarc"], *(Oid(f"{BASE}.5.{arc}") for arc in range(10, 34))})

DIAG_BIB1 = Oid(f"{BASE}.4.1")
DIAG_FORMAT_1 = Oid(f"{BASE}.4.2")
DIAG_GENERAL = Oid(f"{BASE}.4.3")

USER_INFO_SEARCH_RESULT = Oid(f"{BASE}.10.1")
USER_INFO_1 = Oid(f"{BASE}.10.3")
USER_INFO_CHARSET = Oid(f"{BASE}.10.2")  # "characterSetNegotiation" of the first drafts, still seen
NEGOTIATION_CHARSET = (Oid(f"{BASE}.15.1"), Oid(f"{BASE}.15.2"), Oid(f"{BASE}.15.3"))
CHARSET_3 = NEGOTIATION_CHARSET[2]
CHARSET_NAME = Oid(f"{BASE}.15.1000.81.1")  # Index Data's: the octets are the name of a character set
USER_INFORMATION = Oid(f"{BASE}.10.1000.17.1")
ACCESS_PROMPT_1 = Oid(f"{BASE}.8.1")
QUERY_CQL = Oid(f"{BASE}.16.2")
UTF8 = Oid("1.0.10646.1.0.8")
UTF16 = Oid("1.0.10646.1.0.5")
UCS2 = Oid("1.0.10646.1.0.2")
UCS4 = Oid("1.0.10646.1.0.4")

_SYNTAX_NAMES = {oid: name for name, oid in reversed(RECORD_SYNTAXES.items())}
_SET_NAMES = {oid: name for name, oid in ATTRIBUTE_SETS.items()}


def syntax(name: str) -> Oid:
    """The OID of a record syntax by name (any case) or in dotted form; ``ValueError`` when it is neither."""
    found = RECORD_SYNTAXES.get(name.strip().lower().replace("_", "-"))
    if found is not None:
        return found
    return dotted(name)


def attribute_set(name: str) -> Oid:
    """The OID of an attribute set by name (any case; ``bib1`` is ``bib-1``) or in dotted form; ``ValueError`` else."""
    folded = name.strip().lower()
    for candidate in (folded, f"{folded[:-1]}-{folded[-1:]}"):
        if candidate in ATTRIBUTE_SETS:
            return ATTRIBUTE_SETS[candidate]
    return dotted(name)


def dotted(text: str) -> Oid:
    arcs = text.strip().split(".")
    if len(arcs) < 2 or len(arcs) > 30 or not all(arc.isascii() and arc.isdigit() and len(arc) < 10 for arc in arcs):
        raise ValueError(f"{text!r} is no known name and no object identifier")
    if int(arcs[0]) > 2 or (int(arcs[0]) < 2 and int(arcs[1]) > 39):
        raise ValueError(f"{text!r} is no object identifier")
    return Oid(".".join(str(int(arc)) for arc in arcs))


def syntax_name(oid: str) -> str:
    """``usmarc``, ``unimarc``, …, or the dotted form of a syntax without a name."""
    return _SYNTAX_NAMES.get(Oid(oid), oid)


def set_name(oid: str) -> str:
    return _SET_NAMES.get(Oid(oid), oid)
