"""SRU diagnostics: numbers, standard wording, what they mean for a client and which one an error of ours becomes.

Source: SRU 1.2 "Diagnostics List" (info:srw/diagnostic/1/) and OASIS searchRetrieve 1.0 part 1, annex "Diagnostics".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.core.errors import (
    ConfigurationError,
    FatalTargetError,
    QuerySyntaxError,
    RetriableError,
    UnsupportedQueryError,
    WenyuanError,
)

SET = "info:srw/diagnostic/1/"
NAMESPACE = "http://www.loc.gov/zing/srw/diagnostic/"
NAMESPACE_20 = "http://docs.oasis-open.org/ns/search-ws/diagnostic"

MESSAGES: dict[int, str] = {
    1: "General system error",
    2: "System temporarily unavailable",
    3: "Authentication error",
    4: "Unsupported operation",
    5: "Unsupported version",
    6: "Unsupported parameter value",
    7: "Mandatory parameter not supplied",
    8: "Unsupported parameter",
    9: "Unsupported combination of parameters",
    10: "Query syntax error",
    11: "Unsupported query type",
    12: "Too many characters in query",
    13: "Invalid or unsupported use of parentheses",
    14: "Invalid or unsupported use of quotes",
    15: "Unsupported context set",
    16: "Unsupported index",
    17: "Unsupported combination of index and context set",
    18: "Unsupported combination of indexes",
    19: "Unsupported relation",
    20: "Unsupported relation modifier",
    21: "Unsupported combination of relation modifiers",
    22: "Unsupported combination of relation and index",
    23: "Too many characters in term",
    24: "Unsupported combination of relation and term",
    25: "Special characters not quoted in term",
    26: "Non special character escaped in term",
    27: "Empty term unsupported",
    28: "Masking character not supported",
    29: "Masked words too short",
    30: "Too many masking characters in term",
    31: "Anchoring character not supported",
    32: "Anchoring character in unsupported position",
    33: "Combination of proximity/adjacency and masking characters not supported",
    34: "Combination of proximity/adjacency and anchoring characters not supported",
    35: "Term contains only stopwords",
    36: "Term in invalid format for index or relation",
    37: "Unsupported boolean operator",
    38: "Too many boolean operators in query",
    39: "Proximity not supported",
    40: "Unsupported proximity relation",
    41: "Unsupported proximity distance",
    42: "Unsupported proximity unit",
    43: "Unsupported proximity ordering",
    44: "Unsupported combination of proximity modifiers",
    45: "Prefix assigned to multiple identifiers",
    46: "Unsupported boolean modifier",
    47: "Cannot process query; reason unknown",
    48: "Query feature unsupported",
    49: "Masking character in unsupported position",
    50: "Result sets not supported",
    51: "Result set does not exist",
    52: "Result set temporarily unavailable",
    53: "Result sets only supported for retrieval",
    55: "Combination of result sets with search terms not supported",
    58: "Result set created with unpredictable partial results available",
    59: "Result set created with valid partial results available",
    60: "Result set not created: too many matching records",
    61: "First record position out of range",
    62: "Negative number of records requested",
    63: "System error in retrieving records",
    64: "Record temporarily unavailable",
    65: "Record does not exist",
    66: "Unknown schema for retrieval",
    67: "Record not available in this schema",
    68: "Not authorised to send record",
    69: "Not authorised to send record in this schema",
    70: "Record too large to send",
    71: "Unsupported record packing",
    72: "XPath retrieval unsupported",
    73: "XPath expression contains unsupported feature",
    74: "Unable to evaluate XPath expression",
    80: "Sort not supported",
    81: "Unsupported sort type",
    82: "Unsupported sort sequence",
    83: "Too many records to sort",
    84: "Too many sort keys to sort",
    86: "Cannot sort: incompatible record formats",
    87: "Unsupported schema for sort",
    88: "Unsupported path for sort",
    89: "Path unsupported for schema",
    90: "Unsupported direction value",
    91: "Unsupported case value",
    92: "Unsupported missing value action",
    93: "Sort ended due to missing value",
    100: "Explain not supported",
    110: "Stylesheets not supported",
    111: "Unsupported stylesheet",
    120: "Response position out of range",
    121: "Too many terms requested",
    235: "Database does not exist",
}

_RETRIABLE = frozenset((2, 52, 64))
_NUMBER = re.compile(r"(?:^|/)(\d{1,4})$")


@dataclass(frozen=True, slots=True)
class SRUDiagnostic:
    """``uri`` as the peer wrote it, most often ``info:srw/diagnostic/1/`` and a number."""

    uri: str
    details: str = ""
    message: str = ""

    @property
    def number(self) -> int | None:
        """The number in the standard set; None for another set's diagnostic."""
        match = _NUMBER.search(self.uri.strip())
        if match is None or (self.uri.startswith("info:") and not self.uri.startswith(SET)):
            return None
        return int(match.group(1))

    @property
    def words(self) -> str:
        """What the standard says, else what the peer said."""
        number = self.number
        if number is not None and number in MESSAGES:
            return MESSAGES[number]
        return self.message or (f"Diagnostic {self.uri}" if self.uri else "Diagnostic without a number")

    @classmethod
    def standard(cls, number: int, details: str = "") -> SRUDiagnostic:
        return cls(f"{SET}{number}", details, MESSAGES[number])

    def error(self, who: str) -> WenyuanError:
        """The error that a client raises when this diagnostic is the whole answer. ``who`` names the target."""
        number = self.number
        said = self.details or (self.message if self.message != self.words else "")
        detail = f"{self.uri}: {said}" if said else self.uri
        message = f"{who} refused: {self.words}"
        if number in _RETRIABLE:
            return RetriableError(message, detail=detail)
        if number is not None and 10 <= number < 50:
            return UnsupportedQueryError(message, feature=f"{self.words} {self.details}".strip(), detail=detail)
        return FatalTargetError(message, detail=detail)


#: First word of ``UnsupportedQueryError.feature`` (as ``cql_query`` words it) → number.
_FEATURES = (
    ("context set", 15),
    ("index", 16),
    ("relation modifier", 20),
    ("relation", 19),
    ("boolean modifier", 46),
    ("proximity modifier", 44),
    ("proximity", 39),
    ("sort", 80),
    ("deep paging", 61),
    ("the anchor", 31),
    ("an anchor", 32),
)
#: Bib-1 conditions (queries that came as PQF) → number.
_BIB1 = {5: 38, 6: 38, 30: 51, 114: 16, 117: 19, 120: 28, 121: 15, 131: 40, 132: 42, 125: 36, 126: 36}


def of_error(error: WenyuanError) -> SRUDiagnostic:
    """The diagnostic by which a server reports an error of ours."""
    if isinstance(error, QuerySyntaxError):
        return SRUDiagnostic.standard(10, str(error))
    if isinstance(error, UnsupportedQueryError):
        feature = error.feature
        if feature.startswith("bib1:"):
            return SRUDiagnostic.standard(_BIB1.get(int(feature[5:]), 48), str(error))
        for start, number in _FEATURES:
            if feature.startswith(start):
                return SRUDiagnostic.standard(number, feature.removeprefix(start).strip() or feature)
        return SRUDiagnostic.standard(48, feature)
    if isinstance(error, RetriableError):
        return SRUDiagnostic.standard(2, str(error))
    if isinstance(error, FatalTargetError | ConfigurationError) and "database" in str(error).lower():
        return SRUDiagnostic.standard(235, str(error))
    return SRUDiagnostic.standard(1, str(error))
