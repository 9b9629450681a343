"""`beffroi analyse` on the bundled street film: events, report, annotated video, and what it refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import av
import pytest
from typer.testing import CliRunner

from beffroi.cli.main import root

ROOT = Path(__file__).resolve().parents[3]
STREET = ROOT / "src" / "beffroi" / "cli" / "assets" / "street.mp4"
SCENE = ROOT / "examples" / "street.scene.yaml"


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 30 seconds of the film, remuxed."""
    path = tmp_path_factory.mktemp("film") / "short.mp4"
    with av.open(str(STREET)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.pts is not None and float(packet.pts * packet.time_base) < 30.0:
                packet.stream = stream
                target.mux(packet)
    return path


@pytest.fixture(scope="module")
def out(short: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    done = CliRunner().invoke(root, ["analyse", str(short), "--scene", str(SCENE), "--out", str(folder), "--annotate"])
    assert done.exit_code == 0, done.output
    assert re.search(r"\d+ events in 30 s of video", done.output)
    return folder


def test_episodes_begin_once_and_end_once_in_order(out: Path) -> None:
    rows = [json.loads(line) for line in (out / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    by_episode: dict[str, list[str]] = {}
    for row in rows:
        by_episode.setdefault(row["event_id"], []).append(row["phase"])
        assert row["box"] is None or all(0.0 <= v <= 1.0 for v in row["box"])
    assert by_episode
    for phases in by_episode.values():
        assert (phases[0], phases[-1]) == ("begun", "ended")
        assert phases.count("begun") == phases.count("ended") == 1
    assert {"zone_entered", "line_crossed"} <= {row["situation"] for row in rows}


def test_the_report_names_the_authorisation_and_shows_stills(out: Path) -> None:
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Demo order 1" in page
    assert page.count("data:image/jpeg") >= 2
    assert "<svg" in page
    assert "<script" not in page


def test_the_annotated_video_plays_and_lasts_as_long(out: Path) -> None:
    with av.open(str(out / "short.annotated.mp4")) as film:
        frames = list(film.decode(video=0))
    assert len(frames) == pytest.approx(150, abs=2)
    assert frames[-1].time == pytest.approx(29.8, abs=0.3)
    assert (frames[0].width, frames[0].height) == (768, 576)


def test_a_missing_video_is_said_and_hurts_no_other(short: Path, tmp_path: Path) -> None:
    words = ["analyse", str(tmp_path / "absent.mp4"), str(short), "--scene", str(SCENE), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(root, words)
    assert done.exit_code == 1
    assert "absent.mp4" in done.output
    assert (tmp_path / "out" / "events.jsonl").stat().st_size > 0


def test_the_answer_holds_no_diary_of_the_house(tmp_path: Path) -> None:
    words = ["analyse", str(tmp_path / "absent.mp4"), "--scene", str(SCENE), "--out", str(tmp_path / "out")]
    command = [sys.executable, "-m", "beffroi.cli.main", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "absent.mp4" in done.stdout
    assert "runtime_chosen" not in done.stdout + done.stderr


def test_nothing_is_analysed_without_an_authorisation_in_force(short: Path, tmp_path: Path) -> None:
    scene = tmp_path / "ended.scene.yaml"
    scene.write_text(SCENE.read_text(encoding="utf-8").replace("2100-01-01", "2021-01-01"), encoding="utf-8")
    done = CliRunner().invoke(root, ["analyse", str(short), "--scene", str(scene), "--out", str(tmp_path / "out")])
    assert done.exit_code != 0
    assert "expired" in str(done.exception)
    assert (tmp_path / "out" / "events.jsonl").read_text(encoding="utf-8") == ""


def test_two_videos_of_one_name_are_refused(short: Path, tmp_path: Path) -> None:
    words = ["analyse", str(short), str(short), "--scene", str(SCENE), "--out", str(tmp_path)]
    done = CliRunner().invoke(root, words)
    assert done.exit_code != 0
    assert "two videos have this name" in str(done.exception)
