"""Hostile searches through a gateway's ``/search``: each gets a result or a problem detail. How long they take is
printed by ``python -m tests.support.hostile_searches`` (docs/evidence/index-hostile.md)."""

from __future__ import annotations

from pathlib import Path

from tests.support import hostile_searches


async def test_a_gateway_answers_or_refuses_in_words(tmp_path: Path) -> None:
    assert len(hostile_searches.addresses()) >= 300
    await hostile_searches.fill_small(tmp_path / "data")
    with hostile_searches.gateway(tmp_path / "data") as root:
        told, _, _ = await hostile_searches.ask_gateway(root)
    assert sum(told.values()) == len(hostile_searches.addresses())
    assert told["answered"] > 100
    assert told["problem 400"] > 100
