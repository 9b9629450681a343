"""`beffroi evaluate` on real footage with truth of its own: figures, raw output, report, and the same figures again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from trackeval.metrics import HOTA
from typer.testing import CliRunner

from beffroi.cli.main import root
from beffroi.measure.tracking import iou_xywh

STREET = Path(__file__).resolve().parents[3] / "src" / "beffroi" / "cli" / "assets" / "street.mp4"
LAWN = [
    [0, 250],
    [165, 270],
    [260, 300],
    [350, 335],
    [430, 380],
    [520, 420],
    [600, 455],
    [767, 520],
    [767, 575],
    [0, 575],
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The street clip with a few facts that anybody can see in it, a clip that is not video, and another situation."""
    folder = tmp_path_factory.mktemp("data")
    shutil.copy(STREET, folder / "street.mp4")
    (folder / "broken.mp4").write_bytes(b"not a video at all" * 100)
    rows = ["1,1,560,160,30,80,1,-1,-1,-1"]
    (folder / "street.gt.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    street = {
        "format": 1,
        "id": "street",
        "file": "street.mp4",
        "fps": 10.0,
        "width_px": 768,
        "height_px": 576,
        "duration_s": 79.5,
        "rules": [
            {
                "id": "lawn",
                "situation": "zone_entered",
                "polygon_px": LAWN,
                "classes": ["person"],
                "params": {"min_stay_s": 0.5},
            },
            {"id": "sky", "situation": "zone_entered", "polygon_px": [[0, 0], [200, 0], [200, 60], [0, 60]]},
        ],
        "events": [{"situation": "zone_entered", "rule": "lawn", "start_s": 50.7, "end_s": 78.4}],
        "not": ["fire_smoke", "camera_impaired"],
        "counts": [{"t_s": 20.0, "count": 7, "tolerance": 3}],
        "tracks": {"file": "street.gt.txt", "format": "mot"},
    }
    broken = {**street, "id": "broken", "file": "broken.mp4", "tracks": None}
    for name, truth in (("street", street), ("broken", broken)):
        (folder / f"{name}.truth.yaml").write_text(yaml.safe_dump(truth), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def out(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    done = CliRunner().invoke(root, ["evaluate", str(data), "--out", str(folder), "--runtime", "onnxruntime"])
    assert done.exit_code == 1, done.output  # one clip failed, and that is said
    assert "failed: broken" in done.output
    return folder


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_lawn_is_found_and_the_sky_is_quiet(out: Path) -> None:
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    zone = metrics["situations"]["zone_entered"]
    found = [row for row in lines(out / "alerts.jsonl") if row["clip"] == "street" and row["rule"] == "lawn"]
    assert any(49.7 <= row["raised_at_s"] <= 88.4 for row in found)
    assert not [row for row in lines(out / "alerts.jsonl") if row["rule"] == "sky"]
    assert (zone["events"], zone["detected"]) == (2, 1), "the broken clip's event counts as missed"
    assert zone["recall_95"][0] < zone["recall"] < zone["recall_95"][1]


def test_what_does_not_exist_and_what_failed_are_named(out: Path) -> None:
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["situations"]["fire_smoke"] == {
        "status": "not implemented",
        "events": 0,
        "detected": None,
        "missed": None,
        "repeats": None,
        "false_alerts": None,
        "not_run_events": 0,
    }
    assert metrics["situations"]["camera_impaired"]["false_alerts"] == 0
    assert metrics["failed_clips"] == ["broken"]
    clips = {row["clip"]: row for row in lines(out / "clips.jsonl")}
    assert "broken.mp4" in clips["broken"]["error"]
    assert clips["street"]["error"] is None
    assert clips["street"]["cpu_s"] > 0


def test_the_raw_output_gives_the_same_tracking_figures_through_trackeval(data: Path, out: Path) -> None:
    text = (out / "tracks" / "street.txt").read_text(encoding="utf-8").splitlines()
    frames = [int(word) for word in text[0].removeprefix("# frames ").split()]
    assert frames[:3] == [1, 3, 5], "five analysed frames of ten a second, counted from 1"
    ours: dict[int, list[list[float]]] = {}
    for line in text[1:]:
        values = [float(v) for v in line.split(",")]
        ours.setdefault(int(values[0]), []).append(values[1:6])
    names = {n: i for i, n in enumerate(sorted({row[0] for rows in ours.values() for row in rows}))}
    truth = {1: [[1.0, 560.0, 160.0, 30.0, 80.0]]}
    per_frame = [(np.array(truth.get(f, [])).reshape(-1, 5), np.array(ours.get(f, [])).reshape(-1, 5)) for f in frames]
    judged = HOTA().eval_sequence(
        {
            "num_timesteps": len(frames),
            "num_gt_ids": 1,
            "num_tracker_ids": len(names),
            "num_gt_dets": 1,
            "num_tracker_dets": sum(len(o) for _, o in per_frame),
            "gt_ids": [np.zeros(len(g), int) for g, _ in per_frame],
            "tracker_ids": [np.array([names[v] for v in o[:, 0]], int) for _, o in per_frame],
            "similarity_scores": [iou_xywh(g[:, 1:], o[:, 1:]) for g, o in per_frame],
        }
    )
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    # the file keeps two decimals of a pixel, the figures were taken before
    assert metrics["tracking"]["clips"]["street"]["hota"] == pytest.approx(float(np.mean(judged["HOTA"])), abs=1e-3)


def test_the_report_shows_each_case_with_its_picture(out: Path) -> None:
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") >= 1
    assert "Manqué / missed" in page
    assert "fire_smoke" in page
    assert "<script" not in page


def test_a_count_is_given_at_least_every_second(out: Path) -> None:
    at = [row["t_s"] for row in lines(out / "counts.jsonl") if row["clip"] == "street"]
    assert at[0] <= 0.2
    assert max(np.diff(at)) <= 1.0
    assert at[-1] >= 79.0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["evaluate", "/nonexistent", "--out", "OUT"], "no such folder"),
        (["evaluate", "DATA", "--out", "OUT", "--only", "zebra"], "no clip's id contains 'zebra'"),
        (["evaluate", "DATA", "--out", "OUT", "--runtime", "magic"], "Use auto, onnxruntime or openvino"),
        (["evaluate", "DATA", "--out", "OUT", "--model", "magic"], "magic"),
        (["evaluate", "DATA", "--out", "/proc/nowhere"], "cannot be made"),
    ],
)
def test_a_bad_call_says_what_to_mend(data: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    words = [{"DATA": str(data), "OUT": str(tmp_path)}.get(word, word) for word in arguments]
    done = CliRunner().invoke(root, words)
    assert done.exit_code != 0
    assert said in f"{done.output} {done.exception}"
