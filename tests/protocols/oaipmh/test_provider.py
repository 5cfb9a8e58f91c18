"""Requests, dates and tokens as the provider reads and writes them."""

from __future__ import annotations

import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.protocols.oaipmh.dates import Granularity, format_date, granularity_of, parse_date, stamp
from gateway.protocols.oaipmh.errors import RefusedError
from gateway.protocols.oaipmh.request import begin_list, encode, resume, simple
from gateway.protocols.oaipmh.server_request import VERBS, read_range, read_request
from gateway.protocols.oaipmh.token import Resumption, read_token, write_token

KEY = b"k" * 32
STATE = Resumption("ListRecords", "marcxml", "2024-01-01", "", "library:西安", "12.34", 100, 4166, 1000)


def codes(parameters: list[tuple[str, str]]) -> list[str]:
    with pytest.raises(RefusedError) as caught:
        read_request(parameters)
    return [error.code for error in caught.value.errors]


@pytest.mark.parametrize(
    "parameters",
    [
        simple("Identify"),
        simple("ListSets"),
        simple("ListMetadataFormats", identifier="oai:x:1"),
        simple("GetRecord", identifier="oai:x:1", metadataPrefix="oai_dc"),
        begin_list("ListRecords", "marcxml", since="2024-01-01", until="2024-02-01", set_spec="a"),
        begin_list("ListIdentifiers", "oai_dc"),
        resume("ListRecords", "t"),
    ],
)
def test_what_our_client_asks_our_provider_understands(parameters):
    asked = read_request(parameters)
    assert [("verb", asked.verb), *asked.arguments.items()] == parameters
    assert encode(parameters).startswith(f"verb={asked.verb}")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ([], ["badVerb"]),
        ([("verb", "")], ["badVerb"]),
        ([("verb", "identify")], ["badVerb"]),
        ([("verb", "Identify"), ("verb", "Identify")], ["badVerb"]),
        ([("verb", "Identify"), ("x", "1")], ["badArgument"]),
        ([("verb", "ListRecords")], ["badArgument"]),
        ([("verb", "GetRecord")], ["badArgument", "badArgument"]),
        ([("verb", "GetRecord"), ("identifier", "a")], ["badArgument"]),
        ([("verb", "ListRecords"), ("metadataPrefix", "")], ["badArgument"]),
        ([("verb", "ListRecords"), ("metadataPrefix", "a"), ("metadataPrefix", "a")], ["badArgument"]),
        ([("verb", "ListRecords"), ("metadataPrefix", "a"), ("resumptionToken", "t")], ["badArgument"]),
        ([("verb", "ListRecords"), ("metadataPrefix", "a" * 3000)], ["badArgument"]),
        ([("verb", "ListSets"), ("set", "a")], ["badArgument"]),
    ],
)
def test_faults_have_the_code_of_the_standard(parameters, expected):
    assert codes(parameters) == expected


@given(st.lists(st.tuples(st.sampled_from(["verb", "set", "from", "resumptionToken", "x"]), st.text(max_size=20))))
def test_no_request_raises_anything_else(parameters):
    try:
        assert read_request(parameters).verb in VERBS
    except RefusedError as error:
        assert error.errors


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("", "", (None, None)),
        ("1970-01-02", "", (86_400, None)),
        ("1970-01-01", "1970-01-01", (0, 86_399)),
        ("1970-01-01T00:00:05Z", "1970-01-01T00:00:06Z", (5, 6)),
    ],
)
def test_ranges_include_both_ends(since, until, expected):
    assert read_range(since, until) == expected


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2024-01-01", "2024-01-01T00:00:00Z"),
        ("2024-02-01", "2024-01-01"),
        ("2024-13-01", ""),
        ("2024-1-1", ""),
        ("", "2024-01-01T00:00:00+08:00"),
        ("", "２０２４-01-01"),
        ("", "yesterday"),
        ("0000-01-01", ""),
    ],
)
def test_bad_ranges_are_bad_arguments(since, until):
    with pytest.raises(RefusedError) as caught:
        read_range(since, until)
    assert [error.code for error in caught.value.errors] == ["badArgument"]


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)), st.sampled_from(Granularity))
def test_dates_come_back(instant, granularity):
    instant = instant.replace(tzinfo=UTC, microsecond=0)
    written = format_date(instant, granularity)
    assert granularity_of(written) is granularity
    read = parse_date(written)
    assert read == (instant if granularity is Granularity.SECOND else instant.replace(hour=0, minute=0, second=0))


def test_what_real_servers_call_a_date():
    for text in (
        "2024-01-02 03:04:05",
        "2024-01-02T03:04:05.678Z",
        "2024-01-02T03:04:05+00:00",
        " 2024-01-02T03:04:05z",
    ):
        assert parse_date(text, strict=False) == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert stamp(0) == "1970-01-01T00:00:00Z"


def test_tokens_come_back():
    token = write_token(STATE, KEY)
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")
    assert len(token) < 400
    assert read_token(token, KEY, 999) == STATE
    assert read_token(token, KEY, 1000) == STATE


def refusal(token: str, key: bytes = KEY, now: int = 0) -> str:
    with pytest.raises(RefusedError) as caught:
        read_token(token, key, now)
    (error,) = caught.value.errors
    assert error.code == "badResumptionToken"
    return error.words


def test_tokens_that_are_too_old_or_of_others_are_refused():
    token = write_token(STATE, KEY)
    assert "expired" in refusal(token, now=1001)
    assert "expired" not in refusal(token, key=b"x" * 32)
    for other in ("", "a", "红", "!" * 20, "A" * 2000, token + "A", token[:-1], "B" + token[1:]):
        assert refusal(other)


@given(st.integers(0, 200), st.sampled_from(string.ascii_letters + string.digits))
def test_a_changed_token_is_refused_or_the_same(at, letter):
    token = write_token(STATE, KEY)
    at %= len(token)
    changed = token[:at] + letter + token[at + 1 :]
    try:
        assert read_token(changed, KEY, 0) == STATE
    except RefusedError as error:
        assert error.errors[0].code == "badResumptionToken"
