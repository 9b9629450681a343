"""`beffroi analyse` as a program: each bad file is named in a line, none hurts another, nothing ends in a trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import av
import pytest

ROOT = Path(__file__).resolve().parents[3]
STREET = ROOT / "src" / "beffroi" / "cli" / "assets" / "street.mp4"
SCENE = ROOT / "examples" / "street.scene.yaml"


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one sound film and films that are not."""
    folder = tmp_path_factory.mktemp("films")
    with av.open(str(STREET)) as source, av.open(str(folder / "sound.mp4"), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.pts is not None and float(packet.pts * packet.time_base) < 26.0:
                packet.stream = stream
                target.mux(packet)
    whole = STREET.read_bytes()
    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("this is a shopping list\n" * 100)
    (folder / "first-half.mp4").write_bytes((folder / "sound.mp4").read_bytes()[:200_000])
    (folder / "no-beginning.mp4").write_bytes(whole[len(whole) // 2 :])
    return folder


def analyse(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "beffroi.cli.main", "analyse", *map(str, words)]
    environment = os.environ | {"COLUMNS": "400", "NO_COLOR": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)


def test_each_bad_file_is_named_and_the_sound_one_is_analysed(videos: Path, tmp_path: Path) -> None:
    bad = ["empty.mp4", "text.mp4", "first-half.mp4", "no-beginning.mp4", "absent.mp4"]
    named = [videos / name for name in [*bad, "sound.mp4"]]
    done = analyse(*named, "--scene", SCENE, "--out", tmp_path / "out")
    told = done.stdout + done.stderr
    assert done.returncode == 1, told
    assert "Traceback" not in told
    for name in bad:
        assert name in told
    assert "is empty: copy it again" in told
    assert "does not exist: check the path" in told
    assert (tmp_path / "out" / "report.html").exists()
    rows = (tmp_path / "out" / "events.jsonl").read_text(encoding="utf-8")
    assert rows
    assert "sound" in rows


def test_a_bad_scene_is_told_with_file_line_and_what_is_allowed(videos: Path, tmp_path: Path) -> None:
    scene = tmp_path / "bad.scene.yaml"
    scene.write_text(SCENE.read_text(encoding="utf-8") + "\nrulez: []\n", encoding="utf-8")
    done = analyse(videos / "sound.mp4", "--scene", scene, "--out", tmp_path / "out")
    told = done.stdout + done.stderr
    assert done.returncode == 2, told
    assert "Traceback" not in told
    assert "bad.scene.yaml:" in told
    assert "unknown key 'rulez'" in told
    assert "rules" in told.split("rulez", 1)[1]


def test_an_output_folder_that_cannot_be_made_is_named(videos: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    done = analyse(videos / "sound.mp4", "--scene", SCENE, "--out", tmp_path / "out")
    told = done.stdout + done.stderr
    assert done.returncode == 2, told
    assert "Traceback" not in told
    assert str(tmp_path / "out") in told
