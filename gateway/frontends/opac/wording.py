"""What the pages call things: states, causes, facets, orders, fields. English here, translated when rendered."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.target import State, TargetStatus


def N_(message: str) -> str:  # noqa: N802 - the name by which gettext's extractor knows a message that is translated later
    return message


FACETS: Mapping[str, str] = {
    "availability": N_("Availability"),
    "library": N_("Library"),
    "form": N_("Type"),
    "language": N_("Language"),
    "year": N_("Year"),
    "subject": N_("Subject"),
    "class": N_("Classification"),
    "region": N_("Region"),
}
#: ``index=`` values of the search box.
INDEXES: Mapping[str, str] = {
    "any": N_("All fields"),
    "title": N_("Title"),
    "author": N_("Author"),
    "subject": N_("Subject"),
    "isbn": N_("ISBN"),
    "publisher": N_("Publisher"),
    "series": N_("Series"),
    "class": N_("Classification"),
    "callnumber": N_("Call number"),
    "issn": N_("ISSN"),
    "note": N_("Notes"),
}
#: Lists that can be browsed.
BROWSE: Mapping[str, str] = {
    "title": N_("Title"),
    "author": N_("Author"),
    "subject": N_("Subject"),
    "series": N_("Series"),
    "publisher": N_("Publisher"),
    "class": N_("Classification"),
    "callnumber": N_("Call number"),
    "isbn": N_("ISBN"),
    "issn": N_("ISSN"),
    "language": N_("Language"),
    "form": N_("Type"),
}
#: ``sort=`` values that the page offers, and others that mean the same.
SORTS: Mapping[str, str] = {
    "relevance": N_("Relevance"),
    "newest": N_("Newest first"),
    "oldest": N_("Oldest first"),
    "title": N_("Title by pinyin"),
    "stroke": N_("Title by strokes"),
    "author": N_("Author"),
    "title,newest": N_("Title, then newest"),
    "added": N_("Newest in the catalogue"),
}
SORT_ALIASES: Mapping[str, str] = {
    "year": "newest",
    "-year": "newest",
    "+year": "oldest",
    " year": "oldest",
    "-added": "added",
}

#: One word for each state of a target.
STATES: Mapping[str, str] = {
    State.WAITING: N_("waiting"),
    State.OK: N_("answered"),
    State.PARTIAL: N_("answered in part"),
    State.TIMEOUT: N_("too slow"),
    State.ERROR: N_("failed"),
    State.SUSPENDED: N_("resting"),
    State.UNSUPPORTED: N_("not able"),
}
#: The same in a count: "10 answered, 1 too slow".
STATE_COUNTS: Mapping[str, str] = {
    State.OK: N_("%(n)s answered"),
    State.PARTIAL: N_("%(n)s answered in part"),
    State.WAITING: N_("%(n)s still awaited"),
    State.TIMEOUT: N_("%(n)s too slow"),
    State.ERROR: N_("%(n)s failed"),
    State.SUSPENDED: N_("%(n)s resting after failures"),
    State.UNSUPPORTED: N_("%(n)s unable to do this search"),
}

#: Libraries in trouble are named in the count when there are no more than so many in one state.
NAMED = 2
COUNT_WITH_NAMES = N_("%(count)s (%(names)s)")

#: Why a library's answer is missing or short, by ``state`` and, more exactly, by ``state/kind of the diagnostic``.
CAUSES: Mapping[str, str] = {
    "waiting": N_("It was asked and has not answered yet."),
    "ok": N_("It answered."),
    "partial": N_("Only a part of its records could be fetched."),
    "partial/timeout": N_("The time was up before all its records had come."),
    "partial/protocol": N_("It sent something that is not understood after some of its records."),
    "partial/data": N_("Some of its records cannot be read."),
    "timeout": N_("It did not answer in the time allowed."),
    "error": N_("It could not carry out the search."),
    "error/configuration": N_("Its entry in the configuration is wrong."),
    "error/fatal": N_("It refused the search (for example its database or the account)."),
    "error/retriable": N_("It could not be reached or is too busy; try again later."),
    "error/timeout": N_("It did not answer in the time allowed."),
    "error/data": N_("Its records cannot be read."),
    "error/protocol": N_("It sent something that is not understood."),
    "error/query": N_("It did not accept the search."),
    "suspended": N_("It failed several times in a row and is left in peace for a while."),
    "unsupported": N_("Its system cannot do this kind of search."),
}
#: Kinds of diagnostics that are told alike.
KINDS: Mapping[str, str] = {"local-protocol": "protocol", "remote-protocol": "protocol", "query-syntax": "query"}


def cause_key(status: TargetStatus) -> str:
    """The key of ``CAUSES`` that tells how this target fared."""
    if status.diagnostic is None:
        return status.state.value
    kind = status.diagnostic.kind
    exact = f"{status.state.value}/{KINDS.get(kind, kind)}"
    return exact if exact in CAUSES else status.state.value


#: What a failed request comes to, by HTTP status; the front door adds what, where and what to do.
PROBLEMS: Mapping[int, str] = {
    400: N_("This search cannot be carried out as it is written"),
    404: N_("There is nothing at this address"),
    410: N_("This record is no more"),
    405: N_("This address cannot be used in that way"),
    406: N_("This is not given in the form that was asked for"),
    413: N_("The request is too long"),
    414: N_("The request is too long"),
    429: N_("Too many requests"),
    500: N_("Something went wrong here"),
    503: N_("Wenyuan is too busy just now"),
}

#: Elements that two records agree or differ in (``Evidence.agree`` and ``conflict``).
ELEMENTS: Mapping[str, str] = {
    "title": N_("Title"),
    "romanised-title": N_("Romanised title"),
    "title-beginning": N_("Beginning of the title"),
    "subtitle": N_("Other title information"),
    "volume": N_("Volume"),
    "part": N_("Name of the part"),
    "number": N_("Identifier"),
    "isbn": N_("ISBN"),
    "issn": N_("ISSN"),
    "author": N_("Author"),
    "translator": N_("Translator"),
    "edition": N_("Edition"),
    "publisher": N_("Publisher"),
    "year": N_("Year"),
    "volumes": N_("Number of volumes"),
    "pages": N_("Pages"),
    "extent": N_("Extent"),
    "form": N_("Type"),
    "language": N_("Language"),
    "host": N_("Journal or other host"),
    "issue": N_("Issue"),
    "carrier": N_("Carrier"),
    "place": N_("Place of publication"),
    "co-author": N_("Co-authors"),
    "other-names": N_("Other names"),
}
#: What the rules by which records are merged (``gateway.records.matching.RULES``) asked for.
RULES: Mapping[str, str] = {
    "identical-number": N_("One number of an edition and the title agree, and nothing conflicts."),
    "isbn-title": N_("ISBN and title agree, and one of author, publisher, year and pages; nothing conflicts."),
    "isbn-title-most": N_("ISBN, title and three of author, publisher, year and pages agree; one differs."),
    "isbn-romanised": N_("ISBN agrees, the title in characters reads as the romanised one, and two more agree."),
    "isbn-parallel-title": N_("ISBN agrees, one's title is the other's parallel title, and two more agree."),
    "isbn-partial-title": N_("ISBN, author, publisher, year and pages agree; one title begins or ends with the other."),
    "title-author-imprint": N_("Title, author and year agree, and publisher or pages; there is no number to compare."),
    "title-imprint": N_("Title, publisher, year and extent agree; there is no author to compare."),
    "romanised-author-imprint": N_("Romanised title and author agree, and year and pages."),
    "serial-issn": N_("ISSN and title of a serial agree."),
    "serial-title-imprint": N_("Title, publisher and first year of a serial agree."),
    "article-doi": N_("DOI and title of an article agree; versions of it count as one."),
    "article-host": N_("Title, author, journal and year of an article agree, and volume, issue or pages."),
    "article-ahead": N_("Title, all authors and journal of an article agree; one appeared ahead of its issue."),
    "article-authors": N_("Title, all of several authors and year of an article agree; one names no journal."),
    "cataloguer": N_("A cataloguer decided that they are the same edition."),
}
#: What a cataloguer decided about some of a record's members (``gateway.core.decision.Kind``).
DECISIONS: Mapping[str, str] = {
    "join": N_("A cataloguer joined records that describe the same edition."),
    "split": N_("A cataloguer parted records that describe different editions."),
    "never": N_("A cataloguer decided that these must never be merged."),
}
IDENTIFIERS: Mapping[str, str] = {
    "isbn": N_("ISBN"),
    "issn": N_("ISSN"),
    "ismn": N_("ISMN"),
    "isrc": N_("ISRC"),
    "oclc": N_("OCLC number"),
    "lccn": N_("Library of Congress number"),
    "doi": N_("DOI"),
    "csbn": N_("China unified book number"),
    "cn": N_("National number"),
    "control": N_("Control number"),
    "other": N_("Other number"),
}
CLASSES: Mapping[str, str] = {
    "clc": N_("Chinese Library Classification"),
    "las": N_("Classification of the Chinese Academy of Sciences"),
    "lcc": N_("Library of Congress Classification"),
    "ddc": N_("Dewey Decimal Classification"),
    "udc": N_("Universal Decimal Classification"),
    "other": N_("Other classification"),
}
TITLE_KINDS: Mapping[str, str] = {
    "parallel": N_("Parallel title"),
    "uniform": N_("Uniform title"),
    "variant": N_("Variant title"),
    "original": N_("Original title"),
    "content": N_("Contains"),
}

#: What a connector is called where it has a name that readers may know; proper names, the same in every language.
CONNECTORS: Mapping[str, str] = {"z3950": "Z39.50", "sru": "SRU", "file": "ISO 2709", "oai_pmh": "OAI-PMH"}
