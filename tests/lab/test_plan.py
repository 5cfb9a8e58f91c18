"""Plans: the same province for the same seed, whatever is wrong told at once."""

from __future__ import annotations

import math
import statistics

import pytest

from gateway.core.errors import ConfigurationError
from gateway.lab.faults import FAULTS
from gateway.lab.latency import Latency
from gateway.lab.plan import Plan, parse_faults


def test_the_seed_makes_the_province():
    plan = Plan(40, 7, 10, faults={"silent": 3, "http503": 2})
    assert plan.members() == plan.members()
    assert plan.members() != Plan(40, 8, 10, faults={"silent": 3, "http503": 2}).members()


def test_counts_are_those_asked_for():
    members = Plan(40, 7, 10, faults={"silent": 3, "http503": 2}).members()
    assert [member.number for member in members] == list(range(1, 41))
    faults = [member.fault for member in members]
    assert (faults.count("silent"), faults.count("http503"), faults.count("")) == (3, 2, 35)
    assert sum(member.protocol == "sru" for member in members) == 10
    assert {member.protocol for member in members if member.fault == "http503"} == {"sru"}


def test_a_fault_of_sru_makes_its_library_speak_it():
    assert {member.protocol for member in Plan(3, faults={"redirect": 3}).members()} == {"sru"}


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan(0), "1 to"),
        (Plan(3, size=0), "1 to 1000"),
        (Plan(3, faults={"sleepy": 1}), "No fault is called sleepy"),
        (Plan(3, faults={"silent": 2, "drip": 2}), "too many for 3"),
        (Plan(3, charsets=("koi8",)), "koi8"),
        (Plan(3, latency="sometimes"), "lognormal:MEDIAN"),
    ],
)
def test_what_cannot_be_is_refused(plan, words):
    with pytest.raises(ConfigurationError, match=words):
        plan.members()


def test_faults_are_read():
    assert parse_faults(" silent:4, refuse ,silent:1") == {"silent": 5, "refuse": 1}
    assert parse_faults("") == {}
    with pytest.raises(ConfigurationError, match="silent:many"):
        parse_faults("silent:many")


@pytest.mark.parametrize(
    "text",
    ["lognormal", "lognormal:1", "constant:-1", "constant:a", "none:1", "lognormal:1:1:2", "weekly:1", "constant:nan"],
)
def test_no_latency(text):
    with pytest.raises(ConfigurationError, match="is no latency"):
        Latency.parse(text)


def test_delays_are_drawn_from_the_distribution():
    latency = Latency.parse("lognormal:0.25:0.8")
    draws = [latency.delay("a", number) for number in range(4000)]
    assert statistics.median(draws) == pytest.approx(0.25, rel=0.1)
    assert statistics.stdev(map(math.log, draws)) == pytest.approx(0.8, rel=0.1)
    assert latency.delay("a", 5) == draws[5]
    assert Latency.parse("constant:0.1").delay("x") == 0.1
    assert Latency.parse("none").delay("x") == 0.0


def test_some_never_answer():
    latency = Latency.parse("lognormal:0.3:0.8:0.02")
    stuck = sum(math.isinf(latency.delay(number)) for number in range(5000))
    assert 60 < stuck < 140


def test_every_fault_has_words_and_states():
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert fault.words
        assert fault.states
        assert fault.protocols <= {"z3950", "sru"}


def test_target_files_and_addresses_agree():
    from gateway.settings import target_from_url

    for library in Plan(12, sru=4, faults={"tls": 2, "charset": 1}).members():
        by_file, by_address = library.target(4711), target_from_url(library.address(4711))
        for key in ("id", "connector", "url", "host", "port", "database", "syntax", "flavour", "options"):
            assert getattr(by_file, key) == getattr(by_address, key), key
        assert by_file.record_charset == by_address.record_charset
