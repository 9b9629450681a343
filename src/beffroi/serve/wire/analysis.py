"""Analysis as a whole on the wire: the kill switch and the clock."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from beffroi.govern.payloads import instant_json
from beffroi.govern.switching import AnalysisState
from beffroi.serve.wire.form import Instant, Wire, example

Why = Annotated[str, StringConstraints(max_length=500)]


class AnalysisOut(Wire):
    """Whether all analysis is stopped, since when, by whom, why; and when the clock was put back, the latest instant
    that was seen before.
    """

    model_config = example(
        stopped=True, at="2026-06-01T10:00:00.000Z", by="superviseur", why="Fausses alertes en série"
    )

    stopped: bool
    at: Instant | None
    by: str
    why: str
    clock_seen_at: Instant | None = None


class StopIn(Wire):
    """Stop all analysis. A reason helps, but none is asked: it must be quick."""

    model_config = example(why="Fausses alertes")

    why: Why = ""


class ReasonIn(Wire):
    """An act that needs a reason."""

    model_config = example(why="Le modèle défaillant a été retiré")

    why: Why


def analysis_out(state: AnalysisState) -> AnalysisOut:
    """The state of analysis on the wire."""
    switch = state.switch
    return AnalysisOut(
        stopped=switch.stopped,
        at=instant_json(switch.at) if switch.at else None,
        by=switch.by,
        why=switch.why,
        clock_seen_at=instant_json(state.clock_seen_at),
    )
