"""The member libraries as targets of a gateway."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gateway.core.errors import ConfigurationError
from gateway.demo import members as module
from gateway.demo.members import load_members, member
from gateway.records.charset import canonical


def test_the_province_has_every_kind_of_library() -> None:
    kinds = [
        (m.protocol, m.version, m.flavour.value, m.charset) for m in load_members() if not m.down and not m.delay[1]
    ]
    assert kinds.count(("z3950", "", "cnmarc", "gbk")) == 2
    assert ("z3950", "", "unimarc", "utf-8") in kinds
    assert ("z3950", "", "marc21", "utf-8") in kinds
    assert ("z3950", "", "marc21", "marc-8") in kinds
    assert {"1.1", "1.2"} == {version for protocol, version, _, _ in kinds if protocol == "sru"}
    assert [m.id for m in load_members() if m.protocol == "file"] == ["huyi"]
    assert [m.id for m in load_members() if m.down] == ["yanan"]
    assert [m.id for m in load_members() if m.delay[1]] == ["yulin"]
    assert {m.layout for m in load_members() if not m.down} == {"905", "905-copies", "930", "852", "952"}


def test_targets_say_all_that_a_connector_needs(tmp_path: Path) -> None:
    for port, known in enumerate(load_members(), 7000):
        target = known.target(port, tmp_path)
        assert target.id == known.id
        assert re.search("[\u4e00-\u9fff]", target.label("zh"))
        assert target.label("en").isascii()
        assert re.fullmatch(r"61\d{4}", target.region)
        assert canonical(target.record_charset or "") == target.record_charset
        assert target.flavour is known.flavour
        if target.connector == "file":
            assert Path(target.url) == tmp_path / known.file_name
        else:
            assert (target.host, target.port) == ("127.0.0.1", port)
            assert f"127.0.0.1:{port}/" in target.url
    assert member("sxlib").target(1).term_charset == "gbk"
    assert member("hanzhong").target(1).term_charset == "utf-8"
    assert (member("hanzhong").target(1).record_charset, member("hanzhong").target(1).syntax) == ("marc-8", "usmarc")
    assert member("xalib").target(1).syntax == "unimarc"
    assert member("ankang").target(1).options["version"] == "1.2"


def test_an_unknown_library_is_told_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="no library 'beijing'; it has sxlib, xalib"):
        member("beijing")


@pytest.mark.parametrize("change", [{"flavour": "danmarc"}, {"colour": "red"}, {"name": None, "flavour": None}])
def test_a_fault_in_the_file_names_the_library(change: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    sound = {"name": {"zh": "馆"}, "region": "610000", "protocol": "sru", "flavour": "marc21", "charset": "utf-8"}
    monkeypatch.setattr(module, "read", lambda *_: {"one": sound | change})
    with pytest.raises(ConfigurationError, match=r"libraries\.yaml, one"):
        load_members.__wrapped__()
