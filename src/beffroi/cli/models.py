"""`beffroi models`: which detectors there are, adding one, measuring and verifying them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import av
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from beffroi.see.detect import (
    CardDetector,
    CatalogueEntry,
    EngineSettings,
    FoundModel,
    ModelCatalogue,
    add_model,
    best_milliseconds,
    openers,
    verify_weights,
)
from beffroi.vocabulary.errors import BeffroiError, NotFoundError
from beffroi.vocabulary.picture import CLASS_NAMES, Detections, Frame, FrameRef
from beffroi.vocabulary.time import UtcNs

app = typer.Typer(help="Detectors: list, add, measure, verify.", no_args_is_help=True)

STREET = Path(__file__).resolve().parent / "assets" / "street.mp4"
AGREED_IOU = 0.5  # our choice: two engines saw the same thing
AGREED_SHARE = 0.8  # our choice: of the boxes that count as seen; 16-bit arithmetic moves a few over the threshold

DataOption = Annotated[
    Path, typer.Option("--data", envvar="BEFFROI_DATA", help="The house's data folder.", show_default=True)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
DATA = Path("beffroi-data")


@contextmanager
def _told() -> Iterator[None]:
    """Foreseen failures are told in one sentence, with exit code 2."""
    try:
        yield
    except BeffroiError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error


@app.command("list")
def list_models(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Show every model: bundled, added, or lying in the folders that BEFFROI_MODELS names."""
    with _told():
        rows = [_row(entry) for entry in ModelCatalogue.of_house(data).entries()]
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    _print_table("Models", ["name", "state", "classes", "licence"], rows)


@app.command()
def add(
    card: Annotated[str, typer.Argument(help="A card (.yaml), or the name of a ready-made one.")],
    weights: Annotated[Path | None, typer.Option(help="The weights, where they do not lie beside the card.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of one added before.")] = False,
    data: DataOption = DATA,
) -> None:
    """Check a model, try it, and copy it into the data folder."""
    with _told():
        found = add_model(ModelCatalogue.of_house(data), card, weights, replace)
    typer.echo(f"{found.card.name} is ready: use it with --model {found.card.name}")


@app.command()
def bench(
    name: Annotated[str | None, typer.Argument(help="A model; without it, all that are ready.")] = None,
    threads: Annotated[list[int] | None, typer.Option(help="Thread counts to measure.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="How long to measure each.")] = 1.0,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Measure milliseconds for a 4:3 picture on each engine and thread count, and the ratio to the slowest."""
    rows: list[dict[str, Any]] = []
    with _told():
        for found in _chosen(data, name):
            timed: list[dict[str, Any]] = []
            for count in threads or [1, 2]:
                timed += _timed(found, count, seconds)
            slowest = max((row["ms"] for row in timed if row["ms"] is not None), default=0.0)
            for row in timed:
                row["times faster"] = round(slowest / row["ms"], 2) if row["ms"] else None
            rows += timed
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    _print_table("Best milliseconds a picture", ["model", "runtime", "threads", "ms", "times faster", "note"], rows)


@app.command()
def verify(
    name: Annotated[str | None, typer.Argument(help="A model; without it, all of the catalogue.")] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Check digests, run each engine on a street picture, and compare what they see. Exit code 1 if one fails."""
    catalogue = ModelCatalogue.of_house(data)
    with _told():
        entries = [entry for entry in catalogue.entries() if name in (None, entry.name)]
        if not entries:
            raise NotFoundError(f"no model is called {name!r}; `beffroi models list` shows them")
    rows = [row for entry in entries for row in _verified(entry, asked=name is not None)]
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
    else:
        _print_table("Verification", ["model", "runtime", "result", "seen"], rows)
    if any(row["result"] not in ("good", "weights missing") for row in rows):
        raise typer.Exit(1)


def _row(entry: CatalogueEntry) -> dict[str, Any]:
    card = entry.card
    return {
        "name": entry.name,
        "origin": entry.origin,
        "family": card.family if card else "",
        "licence": card.licence if card else "",
        "classes": ", ".join(card.class_names) if card else "",
        "runtimes": _runtimes(entry),
        "state": entry.state,
    }


def _runtimes(entry: CatalogueEntry) -> str:
    if entry.card is None or entry.weights is None:
        return ""
    try:
        return ", ".join(openers(entry.weights, entry.card.input, EngineSettings()))
    except BeffroiError as error:
        return str(error)


def _chosen(data: Path, name: str | None) -> list[FoundModel]:
    catalogue = ModelCatalogue.of_house(data)
    names = [name] if name else [entry.name for entry in catalogue.entries() if entry.state == "ready"]
    return [catalogue.find(one) for one in names]


def _timed(found: FoundModel, threads: int, seconds: float) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for runtime, opener in openers(found.weights, found.card.input, EngineSettings(threads=threads)).items():
        row: dict[str, Any] = {"model": found.card.name, "runtime": runtime, "threads": threads, "ms": None, "note": ""}
        try:
            row["ms"] = round(best_milliseconds(opener(), found.card, seconds), 2)
        except BeffroiError as error:
            row["note"] = str(error)
        rows.append(row)
    return rows


def _verified(entry: CatalogueEntry, asked: bool) -> list[dict[str, str]]:
    if entry.card is None or entry.weights is None or entry.state != "ready":
        result = entry.state if not asked or entry.state != "weights missing" else "weights missing: add them first"
        return [{"model": entry.name, "runtime": "", "result": result, "seen": ""}]
    rows, seen = [], list[Detections]()
    try:
        verify_weights(entry.card, entry.weights)
        offered = openers(entry.weights, entry.card.input, EngineSettings())
    except BeffroiError as error:
        return [{"model": entry.name, "runtime": "", "result": str(error), "seen": ""}]
    for runtime, opener in offered.items():
        result, told = "good", ""
        try:
            detections = CardDetector(entry.card, opener()).detect(_street())
            result, told = _judged(detections, entry, seen)
            seen.append(detections)
        except BeffroiError as error:
            result = str(error)
        rows.append({"model": entry.name, "runtime": runtime, "result": result, "seen": told})
    return rows


def _judged(detections: Detections, entry: CatalogueEntry, others: list[Detections]) -> tuple[str, str]:
    """Good, or what is wrong; and what was seen with certainty."""
    high = entry.card.score_high if entry.card else 0.0
    sure = detections.scores >= high
    kinds, counts = np.unique(detections.class_ids[sure], return_counts=True)
    told = ", ".join(f"{CLASS_NAMES[kind]} {count}" for kind, count in zip(kinds, counts, strict=True))
    if not sure.any():
        return "nothing seen on a street with people", told
    if others and _agreement(detections, others[0], high) < AGREED_SHARE:
        return "sees other things than the first engine does", told
    return "good", told


def _agreement(one: Detections, other: Detections, high: float) -> float:
    """Share of the sure boxes of one that the other saw too, in [0, 1]."""
    sure = np.flatnonzero(one.scores >= high)
    met = 0
    for index in sure:
        box, boxes = one.boxes_xyxy_px[index], other.boxes_xyxy_px
        low = np.maximum(boxes[:, :2], box[:2])
        far = np.minimum(boxes[:, 2:], box[2:])
        shared = np.clip(far - low, 0, None).prod(axis=1)
        areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod()
        met += bool(((shared / (areas - shared) >= AGREED_IOU) & (other.class_ids == one.class_ids[index])).any())
    return met / max(len(sure), 1)


def _street() -> Frame:
    """The first picture of the bundled street clip."""
    with av.open(str(STREET)) as container:
        rgb = next(container.decode(video=0)).to_ndarray(format="rgb24")
    ref = FrameRef(
        camera_id="street",
        run_id="verify",
        index=0,
        media_time_ns=0,
        captured_at=UtcNs(0),
        captured_at_error_ns=0,
        width_px=rgb.shape[1],
        height_px=rgb.shape[0],
    )
    return Frame(ref=ref, rgb=rgb.astype(np.uint8))


def _print_table(title: str, columns: list[str], rows: list[dict[str, Any]]) -> None:
    table = Table(title=title)
    for column in columns:  # a name is there to be typed: it is never shortened
        table.add_column(column, no_wrap=column in {"name", "model", "state"}, overflow="fold")
    for row in rows:
        table.add_row(*("" if row.get(column) is None else str(row[column]) for column in columns))
    Console().print(table)
