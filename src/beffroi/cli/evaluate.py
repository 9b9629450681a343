"""`beffroi evaluate`: figures on labelled video, and the raw output from which anybody can score again."""

from __future__ import annotations

import json
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from beffroi import __version__
from beffroi.app.files import FileHouse, Runtime, open_file_house
from beffroi.cli.results import make_folder, video_progress
from beffroi.measure.evaluation import Evaluator
from beffroi.measure.evaluation import Progress as Step
from beffroi.measure.figures import NOT_IMPLEMENTED, Figures, figures_of, finite
from beffroi.measure.raw import RawOutput, write_raw
from beffroi.measure.report import write_report
from beffroi.measure.truth import Truth, load_truths
from beffroi.run.plugins import registry, situation_specs
from beffroi.see.detect import DEFAULT_MODEL
from beffroi.vocabulary.errors import InvalidInputError, StorageError
from beffroi.vocabulary.time import UtcNs

MOST_FPS = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command was asked to do."""

    folder: Path
    out: Path
    model: str
    runtime: Runtime
    fps: float
    only: str


def evaluate(
    folder: Annotated[Path, typer.Argument(help="Folder with *.truth.yaml files.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write metrics.json, report.html and the raw output.")],
    model: Annotated[str, typer.Option(help="Name, card or weights of the detector.")] = DEFAULT_MODEL,
    runtime: Annotated[str, typer.Option(help="auto, onnxruntime or openvino.")] = "auto",
    fps: Annotated[float, typer.Option(min=1.0, max=MOST_FPS, help="Analysed frames a second.")] = 5.0,
    only: Annotated[str, typer.Option(help="Only clips whose id contains this text.")] = "",
) -> None:
    """Measure recall and false alerts on labelled video."""
    asked = Asked(folder=folder, out=out, model=model, runtime=checked_runtime(runtime), fps=fps, only=only)
    console = Console()
    truths = tuple(truth for truth in load_truths(folder) if only in truth.clip_id)
    if not truths:
        raise InvalidInputError(
            f"no clip's id contains {only!r}", where=str(folder), mend="Leave --only out to see all."
        )
    make_folder(out)
    house = open_file_house(situation_specs(registry()), model=model, runtime=asked.runtime)
    raw = _run(house, truths, asked, console)
    figures = figures_of(truths, raw, frozenset(house.specs))
    _write(asked, truths, raw, figures, house)
    _tell(console, figures, out)
    if figures.metrics["failed_clips"]:
        raise typer.Exit(code=1)


def checked_runtime(text: str) -> Runtime:
    """The runtime of that name.

    Raises:
        InvalidInputError: there is no such runtime.
    """
    if text == "auto":
        return "auto"
    if text == "onnxruntime":
        return "onnxruntime"
    if text == "openvino":
        return "openvino"
    raise InvalidInputError(f"no runtime {text!r}", where="--runtime", mend="Use auto, onnxruntime or openvino.")


def _run(house: FileHouse, truths: tuple[Truth, ...], asked: Asked, console: Console) -> RawOutput:
    now = UtcNs(time.time_ns())

    evaluator = Evaluator(
        analyse=lambda order: house.evaluate(order, now),
        count_still=house.count_still,
        specs=house.specs,
        analysed_fps=asked.fps,
        analysed_width_px=house.settings.max_width_px,
    )
    began = time.perf_counter()
    with video_progress(console) as bar:
        task = bar.add_task("…", total=sum(t.duration_s for t in truths) or 1.0, speed="")

        def tell(step: Step) -> None:
            speed = step.video_s_done / max(time.perf_counter() - began, 1e-9)
            text = f"{step.clips_done}/{step.clips} {step.clip}"[:50]
            bar.update(task, completed=step.video_s_done, description=text, speed=f"{speed:.1f}x")

        return evaluator.run(truths, tell)


def _write(asked: Asked, truths: tuple[Truth, ...], raw: RawOutput, figures: Figures, house: FileHouse) -> None:
    setting = {
        "Données / data": str(asked.folder),
        "Modèle / model": house.model,
        "Images analysées par seconde / analysed frames a second": f"{asked.fps:g}",
        "Machine": f"{platform.machine()}, {os.cpu_count()} processeurs / processors",
        "Beffroi": __version__,
    }
    try:
        write_raw(asked.out, raw)
        metrics = {"model": house.model, "analysed_fps": asked.fps, "version": __version__, **figures.metrics}
        text = json.dumps(finite(metrics), indent=1, ensure_ascii=False)
        (asked.out / "metrics.json").write_text(text + "\n", encoding="utf-8")
        write_report(asked.out / "report.html", truths, raw, figures, setting)
    except OSError as error:
        raise StorageError(
            f"{asked.out}: results cannot be written: {error.strerror}. Free space or name another."
        ) from error


def _tell(console: Console, figures: Figures, out: Path) -> None:
    table = Table(title="beffroi evaluate")
    for name in ("situation", "found", "recall 95 %", "false", "repeats", "camera-h", "false/h 95 %", "p95 s"):
        table.add_column(name, justify="left" if name == "situation" else "right")
    silent = []
    for name, f in figures.metrics["situations"].items():
        if f["status"] == NOT_IMPLEMENTED:
            silent.append(f"{name} ({f['not_run_events']})")
            continue
        late = f["latency_p95_s"]
        table.add_row(
            name,
            f"{f['detected']}/{f['events']}",
            "{:.2f}-{:.2f}".format(*f["recall_95"]),
            str(f["false_alerts"]),
            str(f["repeats"]),
            f"{f['camera_hours']:.3f}",
            "{:.2f}-{:.2f}".format(*f["false_per_hour_95"]),
            "-" if late is None else f"{late:.1f}",
        )
    console.print(table)
    if silent:
        console.print("not implemented (events labelled): " + ", ".join(silent))
    for key in ("counts", "counts_stills", "tracking", "speed"):
        if key in figures.metrics:
            console.print(key, json.dumps(figures.metrics[key], default=float))
    for clip in figures.metrics["failed_clips"]:
        console.print(f"failed: {clip}", style="red")
    console.print(f"{out / 'report.html'}")
