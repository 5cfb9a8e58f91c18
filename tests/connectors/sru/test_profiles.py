"""The presets of config/profiles for SRU servers: each makes a connector that writes CQL its own way."""

from __future__ import annotations

import pytest

from connectors.sru import connect
from gateway.core.data import config_path
from gateway.core.query import INDEXES, Clause, Query, Relation
from gateway.protocols.simple import CODES, parse_simple
from gateway.protocols.sru.cql import parse, to_query
from gateway.settings.targets import target_from_url

PROFILES = sorted(path.stem for path in config_path("profiles").glob("sru-*.yaml"))

N = "9787020002207"
EXPECTED = {
    "sru-alma": f"alma.title = 红楼梦 and alma.creator = 曹雪芹 and (alma.isbn = {N} or alma.all_for_ui = {N})",
    "sru-k10plus": f"pica.tit = 红楼梦 and pica.per = 曹雪芹 and (pica.isb = {N} or pica.all = {N})",
    "sru-dnb": f"dnb.tit = 红楼梦 and dnb.atr = 曹雪芹 and (dnb.num = {N} or dnb.woe = {N})",
    "sru-loc": f"dc.title = 红楼梦 and dc.creator = 曹雪芹 and (bath.isbn = {N} or cql.anywhere = {N})",
    "sru-bnf": f"bib.title = 红楼梦 and bib.author = 曹雪芹 and (bib.isbn = {N} or bib.anywhere = {N})",
    "sru-koha": f"dc.title = 红楼梦 and dc.author = 曹雪芹 and (bath.isbn = {N} or {N})",
    "sru-evergreen": f"eg.title = 红楼梦 and eg.author = 曹雪芹 and (eg.isbn = {N} or eg.keyword = {N})",
    "sru-aleph": f"dc.title = 红楼梦 and dc.creator = 曹雪芹 and (bath.isbn = {N} or {N})",
    "sru-wenyuan": f"wenyuan.title = 红楼梦 and wenyuan.author = 曹雪芹 and (wenyuan.isbn = {N} or {N})",
    "sru-zebra": f"dc.title = 红楼梦 and dc.creator = 曹雪芹 and (bath.isbn = {N} or {N})",
}


def test_every_profile_is_known_here() -> None:
    assert set(PROFILES) == set(EXPECTED)


def test_our_own_server_takes_back_every_access_point() -> None:
    connector = connect(target_from_url("sru+http://sru.example.org/db?profile=sru-wenyuan"))
    for index in INDEXES:
        query = Query(Clause(index, "1990", Relation.EQ if index in (*CODES, "all") else Relation.ALL))
        assert to_query(parse(connector.cql(query))) == query


@pytest.mark.parametrize("name", PROFILES)
def test_profile(name: str) -> None:
    target = target_from_url(f"sru+http://sru.example.org/db?profile={name}")
    connector = connect(target)
    text = connector.cql(parse_simple(f"题名:红楼梦 作者:曹雪芹 {N}"))
    assert text == EXPECTED[name]
    assert parse(text)
    assert set(target.attributes) <= set(INDEXES)
