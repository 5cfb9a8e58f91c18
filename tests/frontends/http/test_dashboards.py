"""What the dashboard and the alerts ask for is what the gateway tells."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import generate_latest

from gateway.frontends.http.operations import Metrics
from tests.support.world import worlds

CONFIG = Path(__file__).parents[3] / "config"


def expressions() -> list[str]:
    dashboard = json.loads((CONFIG / "grafana" / "wenyuan.json").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    rules = yaml.safe_load((CONFIG / "prometheus-rules.yml").read_text("utf-8"))
    return asked + [rule["expr"] for group in rules["groups"] for rule in group["rules"]]


@pytest.fixture
async def told(tmp_path):
    async with worlds(tmp_path) as make:
        world = await make({"a": {}})
        world.federation.members.get("a").answered(0.1, 0.2)
        metrics = Metrics(world.federation)
        metrics.requests.labels("/search", "GET", "200").inc()
        metrics.seconds.labels("/search").observe(0.1)
        yield generate_latest(metrics.registry).decode()


async def test_every_metric_that_is_asked_for_is_told(told):
    known = {line.partition("{")[0].partition(" ")[0] for line in told.splitlines() if not line.startswith("#")}
    asked = {name for expression in expressions() for name in re.findall(r"wenyuan_\w+", expression)}
    assert len(asked) > 10
    assert asked <= known
    events = set(re.findall(r'event="(\w+)"', told))
    assert {event for expression in expressions() for event in re.findall(r'event="(\w+)"', expression)} <= events


def test_the_rules_are_those_that_prometheus_loads():
    settings = yaml.safe_load((CONFIG / "prometheus.yml").read_text("utf-8"))
    assert [(CONFIG / name).is_file() for name in settings["rule_files"]] == [True]
    assert settings["scrape_configs"][0]["metrics_path"] == "/metrics"
