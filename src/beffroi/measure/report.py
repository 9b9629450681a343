"""report.html of an evaluation: the figures, and every miss, repeat and false alert with its picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from beffroi.measure.charts import clock
from beffroi.measure.figures import NOT_IMPLEMENTED, Figures
from beffroi.measure.matching import Judged
from beffroi.measure.pictures import as_data_address, frame_at, with_box
from beffroi.measure.raw import RawOutput
from beffroi.measure.truth import Truth

MOST_STILLS = 120
"""A report stays a file one can open: further cases are listed without their picture."""

SHOWN_ORDER = {"missed": 0, "false": 1, "repeat": 2, "detected": 3}


def environment() -> Environment:
    """Templates with autoescape: nothing read from a file becomes markup."""
    made = Environment(loader=PackageLoader("beffroi.measure"), autoescape=select_autoescape(default=True))
    made.filters["clock"] = clock
    return made


def _still(judged: Judged, truths: Mapping[str, Truth]) -> str:
    truth = truths[judged.clip]
    if truth.clip is None:
        return ""
    rgb = frame_at(truth.clip, judged.at_s)
    return "" if rgb is None else as_data_address(with_box(rgb, judged.box_px))


def _cases(judged: Sequence[Judged], truths: Mapping[str, Truth]) -> list[dict[str, Any]]:
    worth = sorted(judged, key=lambda j: (SHOWN_ORDER[j.verdict], j.situation, j.clip, j.at_s))
    return [
        {"judged": case, "still": _still(case, truths) if number < MOST_STILLS else ""}
        for number, case in enumerate(worth)
    ]


def write_report(
    path: Path, truths: Sequence[Truth], raw: RawOutput, figures: Figures, setting: Mapping[str, str]
) -> None:
    """Write one self-contained page. ``setting`` names the model, the rate and the machine, in reading order."""
    by_id = {truth.clip_id: truth for truth in truths}
    page = environment().get_template("evaluation.html.j2")
    rows = figures.metrics["situations"]
    text = page.render(
        setting=setting,
        measured={k: v for k, v in rows.items() if v["status"] != NOT_IMPLEMENTED},
        missing={k: v for k, v in rows.items() if v["status"] == NOT_IMPLEMENTED},
        metrics=figures.metrics,
        cases=_cases(figures.judged, by_id),
        clips=raw.clips,
        durations={truth.clip_id: truth.duration_s for truth in truths},
    )
    path.write_text(text, encoding="utf-8")
