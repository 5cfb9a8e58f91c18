"""What operators and their machines ask: alive, ready, metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.federation.members import COUNTS, Member
from gateway.federation.search import Federation
from gateway.frontends.http.context import FEDERATION, FORMATS
from gateway.frontends.http.documents import to_json


class Metrics:
    """One registry per application, so that tests and several gateways in one process do not meet."""

    def __init__(self, federation: Federation) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "wenyuan_http_requests", "HTTP requests", ("route", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "wenyuan_http_request_seconds",
            "Time from a request's arrival to its last byte",
            ("route",),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
            registry=self.registry,
        )
        self.registry.register(_FederationCollector(federation))


class _FederationCollector(Collector):
    """Reads members, keeper and searches at the moment of a scrape; nothing is counted twice."""

    def __init__(self, federation: Federation) -> None:
        self._federation = federation

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> list[Metric]:
        federation = self._federation
        label = ["target"]
        gauges = [
            (GaugeMetricFamily(f"wenyuan_target_{name}", words, labels=label), value) for name, words, value in _HEALTH
        ]
        events = CounterMetricFamily(
            "wenyuan_target_events", "What happened with a library, by kind", labels=["target", "event"]
        )
        for member in federation.members:
            for gauge, value in gauges:
                if (found := value(member)) is not None:
                    gauge.add_metric([member.target.id], found)
            for event in COUNTS:
                events.add_metric([member.target.id, event], member.counts[event])
        lag = federation.members.lag
        late = CounterMetricFamily(
            "wenyuan_loop_late_seconds", "Time for which the event loop was late while libraries were asked"
        )
        late.add_metric([], lag.total)
        worst = GaugeMetricFamily("wenyuan_loop_late_worst_seconds", "The longest it was late at once", value=lag.worst)
        keeper = federation.keeper
        records = GaugeMetricFamily(
            "wenyuan_keeper_records", "Records seen live, by what became of them", labels=["fate"]
        )
        fates = ("written", "unchanged", "dropped", "failed")
        for fate in fates:
            records.add_metric([fate], getattr(keeper, fate))
        records.add_metric(["waiting"], keeper.waiting)
        active = GaugeMetricFamily("wenyuan_searches_active", "Searches under way", value=federation.active)
        shared = CounterMetricFamily("wenyuan_searches_shared", "Searches answered by one that was made already")
        shared.add_metric([], federation.searches.shared)
        cached = GaugeMetricFamily(
            "wenyuan_live_records", "Records of live searches in memory", value=federation.searches.records
        )
        return [*(gauge for gauge, _ in gauges), events, late, worst, records, active, shared, cached]


#: name, words and value of the gauges of one library.
_HEALTH: tuple[tuple[str, str, Callable[[Member], float | None]], ...] = (
    ("searches", "Searches sent to a library", lambda member: member.searches),
    ("failures_in_a_row", "Failures since the last success", lambda member: member.breaker.failures),
    ("suspended", "1 while a library is left alone after failures", lambda member: float(member.breaker.suspended)),
    ("quarantined", "1 while a library says that it has records, and gives none", lambda m: float(m.trust.suspended)),
    (
        "typical_seconds",
        "Moving average of a library's whole answer",
        lambda member: member.typical_ms / 1000 if member.typical_ms is not None else None,
    ),
    ("patience_seconds", "Time that a library is given, by its own history", lambda member: member.patience),
)


METRICS: web.AppKey[Metrics] = web.AppKey("metrics", Metrics)


async def metrics(request: web.Request) -> web.Response:
    body = await asyncio.to_thread(generate_latest, request.app[METRICS].registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def healthz(request: web.Request) -> web.Response:
    """The process is alive and its loop turns."""
    return web.Response(body=to_json({"status": "ok"}), content_type=FORMATS["json"])


async def readyz(request: web.Request) -> web.Response:
    """The index answers, so that searches can be served."""
    federation = request.app[FEDERATION]
    try:
        async with asyncio.timeout(2.0):
            statistics = await federation.index.statistics()
    except Exception as error:  # whatever fails, the answer is the same: not ready
        body = to_json({"status": "unavailable", "reason": f"The index does not answer: {error}"})
        return web.Response(status=503, body=body, content_type=FORMATS["json"])
    document = {"status": "ok", "index": dict(statistics), "targets": len(federation.members)}
    return web.Response(body=to_json(document), content_type=FORMATS["json"])
