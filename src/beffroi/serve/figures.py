"""Figures for Prometheus: counted here for requests, read from the house at each scrape for the rest."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from beffroi.serve.deps import ServeDeps
from beffroi.vocabulary.errors import BeffroiError

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Figures:
    """The registry of one application. Labels are routes, states and camera ids: never people or addresses."""

    def __init__(self, deps: ServeDeps) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "beffroi_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "beffroi_request_seconds", "How long answers took.", ["route"], buckets=_BUCKETS, registry=self.registry
        )
        self.registry.register(_HouseFigures(deps))

    def observe(self, method: str, route: str, status: int, taken_s: float) -> None:
        """Count one answered request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(taken_s)


class _HouseFigures(Collector):
    """Reads the house when it is scraped."""

    def __init__(self, deps: ServeDeps) -> None:
        self._deps = deps

    def describe(self) -> Iterable[Metric]:
        """Nothing: names are known at the first scrape only."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Cameras by state, the supervisor's figures, queues."""
        deps = self._deps
        states = GaugeMetricFamily("beffroi_cameras", "Cameras by state.", labels=["state", "reason"])
        statuses = deps.supervisor.statuses()
        for (state, reason), count in Tally((s.state.value, s.reason.value) for s in statuses.values()).items():
            states.add_metric([state, reason], count)
        yield states
        rate = GaugeMetricFamily("beffroi_camera_rate_fps", "Frames analysed each second.", labels=["camera_id"])
        late = GaugeMetricFamily("beffroi_camera_late_now", "Share of due frames that were late.", labels=["camera_id"])
        for camera_id, status in statuses.items():
            rate.add_metric([camera_id], status.analysed_fps)
            late.add_metric([camera_id], status.late_share)
        yield rate
        yield late
        figures = deps.supervisor.figures()
        yield from _labelled("beffroi_worker", "worker", {str(w["worker"]): w for w in figures["workers"]})
        yield from _labelled("beffroi_camera", "camera_id", figures["cameras"])
        behind = GaugeMetricFamily("beffroi_sink_behind", "Messages a sink has not taken yet.", labels=["sink"])
        attempts = GaugeMetricFamily("beffroi_sink_attempts", "Failed tries at a sink's next message.", labels=["sink"])
        for name, sink in deps.sinks().items():
            behind.add_metric([name], sink.behind)
            attempts.add_metric([name], sink.attempts)
        yield behind
        yield attempts
        yield GaugeMetricFamily(
            "beffroi_intake_behind", "Worker messages waiting for the store.", value=float(deps.intake_behind())
        )
        yield from _retention(deps)
        yield GaugeMetricFamily("beffroi_event_streams", "Open event streams.", value=float(deps.hub.clients))
        yield GaugeMetricFamily("beffroi_broken_plugins", "Plug-ins that cannot load.", value=float(len(deps.broken)))


def _retention(deps: ServeDeps) -> Iterable[Metric]:
    """How retention stands, and how many things the disk does not let go of; nothing while the store is away."""
    try:
        state, refused = deps.doors.retention.health()
    except BeffroiError:
        return
    standing = GaugeMetricFamily("beffroi_retention", "How retention stands: 1 at its state.", labels=["state"])
    standing.add_metric([state], 1.0)
    yield standing
    what = "Things past their time that the disk does not let go of."
    yield GaugeMetricFamily("beffroi_retention_refused", what, value=float(refused))


def _labelled(prefix: str, label: str, rows: Mapping[str, Mapping[str, Any]]) -> Iterable[Metric]:
    """A gauge for each number that any of the rows has."""
    names = sorted({name for row in rows.values() for name, value in row.items() if isinstance(value, int | float)})
    for name in names:
        gauge = GaugeMetricFamily(f"{prefix}_{_plain(name)}", f"The {label} says: {name}.", labels=[label])
        for key, row in rows.items():
            if isinstance(row.get(name), int | float):
                gauge.add_metric([key], float(row[name]))
        yield gauge


def _plain(text: str) -> str:
    """A name as Prometheus takes it."""
    return "".join(letter if letter.isalnum() else "_" for letter in text).lower()
