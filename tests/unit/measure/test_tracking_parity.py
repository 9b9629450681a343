"""Our HOTA, IDF1 and MOTA are TrackEval's, to the last digit, on made scenes of many kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trackeval.metrics import CLEAR, HOTA, Identity

from beffroi.measure.raw import MotOutput, MotRow
from beffroi.measure.tracking import iou_xywh, read_mot_truth, tracking_figures
from beffroi.vocabulary.errors import InvalidInputError

Boxes = dict[int, list[tuple[int, tuple[float, float, float, float]]]]


def scene(seed: int, frames: int, people: int) -> tuple[Boxes, Boxes]:
    """True walkers, and a tracker that jitters, misses, invents and swaps."""
    rng = np.random.default_rng(seed)
    start, speed = rng.uniform(0, 300, (people, 2)), rng.uniform(-4, 4, (people, 2))
    truth: Boxes = {}
    ours: Boxes = {}
    names = list(range(people))
    for frame in range(1, frames + 1):
        if rng.random() < 0.08 and people > 1:
            a, b = rng.choice(people, 2, replace=False)
            names[a], names[b] = names[b], names[a]
        for k in range(people):
            x, y = start[k] + frame * speed[k]
            if rng.random() < 0.95:
                truth.setdefault(frame, []).append((k, (float(x), float(y), 20.0, 50.0)))
            if rng.random() < 0.85:
                dx, dy, dw, dh = rng.normal(0, 3, 4)
                ours.setdefault(frame, []).append(
                    (names[k] + 100, (float(x + dx), float(y + dy), float(20 + dw), float(50 + dh)))
                )
        if rng.random() < 0.2:
            ours.setdefault(frame, []).append((999 + frame, (float(rng.uniform(0, 300)), 20.0, 20.0, 50.0)))
    return truth, ours


def trackeval_data(truth: Boxes, ours: Boxes, frames: tuple[int, ...]) -> dict[str, Any]:
    gt_names = {n: i for i, n in enumerate(sorted({n for f in frames for n, _ in truth.get(f, [])}))}
    our_names = {n: i for i, n in enumerate(sorted({n for f in frames for n, _ in ours.get(f, [])}))}
    data: dict[str, Any] = {"gt_ids": [], "tracker_ids": [], "similarity_scores": []}
    for frame in frames:
        g, o = truth.get(frame, []), ours.get(frame, [])
        data["gt_ids"].append(np.array([gt_names[n] for n, _ in g], int))
        data["tracker_ids"].append(np.array([our_names[n] for n, _ in o], int))
        a = np.array([b for _, b in g], float).reshape(-1, 4)
        b = np.array([b for _, b in o], float).reshape(-1, 4)
        data["similarity_scores"].append(iou_xywh(a, b))
    data |= {
        "num_timesteps": len(frames),
        "num_gt_ids": len(gt_names),
        "num_tracker_ids": len(our_names),
        "num_gt_dets": sum(len(g) for g in data["gt_ids"]),
        "num_tracker_dets": sum(len(o) for o in data["tracker_ids"]),
    }
    return data


def ours_as_output(ours: Boxes, frames: tuple[int, ...]) -> MotOutput:
    rows = tuple(MotRow(frame=f, track=n, xywh=box, score=1.0) for f in frames for n, box in ours.get(f, []))
    return MotOutput(frames=frames, rows=rows)


def write_truth(path: Path, truth: Boxes) -> Path:
    lines = [f"{f},{n},{x!r},{y!r},{w!r},{h!r},1,-1,-1,-1" for f, rows in truth.items() for n, (x, y, w, h) in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), frames=st.integers(2, 40), people=st.integers(1, 7))
def test_figures_are_those_of_trackeval(tmp_path: Path, seed: int, frames: int, people: int) -> None:
    truth, ours = scene(seed, frames, people)
    analysed = tuple(range(1, frames + 1))
    figures = tracking_figures(write_truth(tmp_path / "gt.txt", truth), ours_as_output(ours, analysed))
    data = trackeval_data(truth, ours, analysed)
    hota = HOTA().eval_sequence(data)
    clear = CLEAR({"PRINT_CONFIG": False}).eval_sequence(data)
    identity = Identity({"PRINT_CONFIG": False}).eval_sequence(data)
    assert figures.hota == pytest.approx(float(np.mean(hota["HOTA"])), abs=1e-9)
    assert figures.deta == pytest.approx(float(np.mean(hota["DetA"])), abs=1e-9)
    assert figures.assa == pytest.approx(float(np.mean(hota["AssA"])), abs=1e-9)
    assert figures.mota == pytest.approx(float(clear["MOTA"]), abs=1e-9)
    assert figures.id_switches == int(clear["IDSW"])
    assert figures.idf1 == pytest.approx(float(identity["IDF1"]), abs=1e-9)


def test_only_analysed_frames_are_scored(tmp_path: Path) -> None:
    truth, ours = scene(3, 30, 4)
    every_fifth = tuple(range(1, 31, 5))
    figures = tracking_figures(write_truth(tmp_path / "gt.txt", truth), ours_as_output(ours, every_fifth))
    assert figures.frames == 6
    assert figures.hota == pytest.approx(
        float(np.mean(HOTA().eval_sequence(trackeval_data(truth, ours, every_fifth))["HOTA"])), abs=1e-9
    )


def test_a_perfect_tracker_scores_one_and_a_silent_one_zero(tmp_path: Path) -> None:
    truth, _ = scene(1, 10, 3)
    path, frames = write_truth(tmp_path / "gt.txt", truth), tuple(range(1, 11))
    perfect = tracking_figures(path, ours_as_output(truth, frames))
    assert (perfect.hota, perfect.idf1, perfect.mota) == pytest.approx((1.0, 1.0, 1.0))
    silent = tracking_figures(path, MotOutput(frames=frames, rows=()))
    assert (silent.hota, silent.idf1, silent.mota) == pytest.approx((0.0, 0.0, 0.0))


def test_rows_marked_zero_are_left_out_and_nonsense_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gt.txt"
    path.write_text("1,1,0,0,5,5,1\n1,2,0,0,5,5,0\n", encoding="utf-8")
    assert read_mot_truth(path) == {1: [(1, (0.0, 0.0, 5.0, 5.0))]}
    path.write_text("1,1,0,0,5,5,1\n1,two,0,0\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"gt\.txt:2: not a MOT row"):
        read_mot_truth(path)
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_mot_truth(tmp_path / "absent.txt")
