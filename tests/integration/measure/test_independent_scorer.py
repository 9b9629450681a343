"""metrics.json agrees with a scorer written by others, from the same raw output: made scenes of every kind of case."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from beffroi.measure.figures import figures_of
from beffroi.measure.raw import AlertRow, ClipRun, CountRow, MotOutput, MotRow, RawOutput, write_raw
from beffroi.measure.truth import load_truths
from beffroi.vocabulary.rules import Situation

SCORER = Path(os.environ.get("BEFFROI_SCORER") or Path(__file__).resolve().parents[4] / "shared" / "tools" / "score.py")
DRAWN, UNDRAWN = ["zone_entered", "wrong_way", "group_formed"], ["camera_impaired", "fight"]
IMPLEMENTED = frozenset({*map(Situation, DRAWN), Situation.CAMERA_IMPAIRED})


def box(rng: np.random.Generator) -> list[float]:
    x, y = rng.uniform(0, 80, 2)
    return [round(float(v), 1) for v in (x, y, x + 20, y + 20)]


def random_truth(rng: np.random.Generator, name: str) -> dict[str, Any]:
    rules = [{"id": f"r{k}", "situation": s, "polygon_px": [[0, 0], [9, 0], [9, 9]]} for k, s in enumerate(DRAWN)]
    events = []
    for situation in rng.choice([*DRAWN, "fight"], 4):
        start = float(rng.uniform(0, 80))
        event = {"situation": str(situation), "start_s": start, "end_s": start + 5.0}
        if situation in DRAWN:
            event["rule"] = f"r{DRAWN.index(situation)}"
        if rng.random() < 0.5:
            event["box_px"] = box(rng)
        events.append(event)
    truth: dict[str, Any] = {
        "format": 1,
        "id": name,
        "file": f"{name}.mp4",
        "fps": 10.0,
        "width_px": 100,
        "height_px": 100,
        "duration_s": 100.0,
        "rules": rules,
        "events": events,
        "not": ["camera_impaired"],
        "counts": [{"t_s": float(t), "count": int(rng.integers(0, 5)), "tolerance": 1} for t in range(0, 100, 7)],
        "tracks": {"file": f"{name}.gt.txt", "format": "mot"},
    }
    if rng.random() < 0.3:
        truth["ignore"] = [[20.0, 30.0]]
    if rng.random() < 0.3:
        truth["negative_spans"] = [[0.0, 50.0]]
    return truth


def random_raw(rng: np.random.Generator, names: list[str]) -> RawOutput:
    raw = RawOutput()
    for name in names:
        situations = (*DRAWN, "camera_impaired")
        raw.clips.append(ClipRun(clip=name, situations=situations, wall_s=3.0, cpu_s=4.0))
        for at in sorted(rng.uniform(0, 100, 25)):
            situation = str(rng.choice(situations))
            rule = f"r{DRAWN.index(situation)}" if situation in DRAWN else None
            drawn = tuple(box(rng)) if rng.random() < 0.7 else None
            raw.alerts.append(
                AlertRow(
                    clip=name,
                    situation=situation,
                    rule=rule,
                    raised_at_s=round(float(at), 3),
                    started_at_s=round(float(at), 3),
                    box_px=drawn,  # type: ignore[arg-type]
                    score=0.5,
                )
            )
        raw.counts += [CountRow(clip=name, t_s=float(t), count=int(rng.integers(0, 5))) for t in np.arange(0, 90, 0.8)]
        rows = [
            MotRow(frame=f, track=k, xywh=(10.0 * k + f, 20.0 + float(rng.integers(-4, 5)), 20.0, 40.0), score=0.9)
            for f in range(1, 40, 2)
            for k in range(1, 5)
            if rng.random() < 0.9
        ]
        raw.tracks[name] = MotOutput(frames=tuple(range(1, 40, 2)), rows=tuple(rows))
    return raw


@pytest.mark.parametrize("seed", range(6))
def test_the_figures_agree_with_the_independent_scorer(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = ["one", "two", "three"]
    for name in names:
        (tmp_path / f"{name}.truth.yaml").write_text(yaml.safe_dump(random_truth(rng, name)), encoding="utf-8")
        gt = [f"{f},{k},{10 * k + f},20,20,40,1,-1,-1,-1" for f in range(1, 40) for k in range(1, 5)]
        (tmp_path / f"{name}.gt.txt").write_text("\n".join(gt) + "\n", encoding="utf-8")
    raw, out = random_raw(rng, names[:2] if seed == 5 else names), tmp_path / "out"
    out.mkdir()
    write_raw(out, raw)
    theirs_file = tmp_path / "theirs.json"
    command = [sys.executable, str(SCORER), str(tmp_path), str(out), "--json", str(theirs_file)]
    subprocess.run(command, check=True, capture_output=True)
    theirs = json.loads(theirs_file.read_text(encoding="utf-8"))
    ours = figures_of(load_truths(tmp_path), raw, IMPLEMENTED).metrics
    for situation in [*DRAWN, "camera_impaired"]:
        mine, other = ours["situations"][situation], theirs["situations"][situation]
        for key in ("events", "detected", "missed", "repeats", "false_alerts", "not_run_events"):
            assert mine[key] == other[key], (situation, key)
        for key in ("recall", "precision", "f1", "latency_p50_s", "latency_p95_s"):
            assert mine[key] == pytest.approx(other[key]), (situation, key)
    assert ours["failed_clips"] == theirs["failed_clips"]
    assert ours["counts"] == pytest.approx(theirs["counts"])
    assert ours["speed"]["realtime_factor"] == pytest.approx(theirs["speed"]["realtime_factor"])
    for clip, tracking in theirs["tracking"].items():
        for key in ("hota", "deta", "assa", "idf1", "mota", "id_switches"):
            assert ours["tracking"]["clips"][clip][key] == pytest.approx(tracking[key], abs=1e-9), (clip, key)
