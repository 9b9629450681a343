"""`beffroi models` as a person uses it, on the bundled model and on one that is added."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from beffroi.cli.models import app
from beffroi.see.detect.catalogue import BUNDLED


def run(tmp_path: Path, *words: str, folders: str = "") -> Result:
    environment = {"BEFFROI_DATA": str(tmp_path / "data"), "BEFFROI_MODELS": folders, "COLUMNS": "200"}
    return CliRunner().invoke(app, list(words), env=environment)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Somebody's own model: the bundled weights under another name, people only."""
    folder = tmp_path / "mine"
    folder.mkdir()
    document: dict[str, Any] = yaml.safe_load((BUNDLED / "nanodet-g-416.yaml").read_text(encoding="utf-8"))
    weights = (BUNDLED / "nanodet-g-416.onnx").read_bytes()
    (folder / "people.onnx").write_bytes(weights)
    document |= {
        "name": "people",
        "classes": {0: "person"},
        "weights": [{"file": "people.onnx", "sha256": hashlib.sha256(weights).hexdigest()}],
    }
    (folder / "people.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return folder


def test_list_shows_what_is_ready_and_what_waits_for_weights(tmp_path: Path) -> None:
    rows = {row["name"]: row for row in json.loads(run(tmp_path, "list", "--json").stdout)}
    assert rows["nanodet-g-416"]["state"] == "ready"
    assert rows["nanodet-g-416"]["runtimes"] == "onnxruntime, openvino"
    assert rows["yolox-nano"]["state"] == "weights missing"
    table = run(tmp_path, "list")
    assert table.exit_code == 0
    assert "nanodet-g-416" in table.stdout
    narrow = CliRunner().invoke(app, ["list"], env={"BEFFROI_DATA": str(tmp_path / "data"), "COLUMNS": "80"})
    assert "person-vehicle-bike-2002-fp16" in narrow.stdout, "a name is there to be typed: never shortened"


def test_add_then_list_then_verify(tmp_path: Path, mine: Path) -> None:
    added = run(tmp_path, "add", str(mine / "people.yaml"))
    assert added.exit_code == 0, added.output
    assert "--model people" in added.stdout
    rows = {row["name"]: row for row in json.loads(run(tmp_path, "list", "--json").stdout)}
    assert (rows["people"]["origin"], rows["people"]["classes"]) == ("added", "person")
    verified = run(tmp_path, "verify", "people", "--json")
    assert verified.exit_code == 0
    assert [row["result"] for row in json.loads(verified.stdout)] == ["good", "good"]


def test_add_refuses_other_weights_in_one_sentence(tmp_path: Path, mine: Path) -> None:
    (mine / "people.onnx").write_bytes(b"other")
    refused = run(tmp_path, "add", str(mine / "people.yaml"))
    assert refused.exit_code == 2
    assert "not the weights of card people" in refused.output
    assert "Traceback" not in refused.output


def test_verify_checks_every_model_and_fails_for_a_damaged_one(tmp_path: Path, mine: Path) -> None:
    assert run(tmp_path, "add", str(mine / "people.yaml")).exit_code == 0
    assert run(tmp_path, "verify").exit_code == 0
    (tmp_path / "data" / "models" / "people" / "people.onnx").write_bytes(b"damaged")
    damaged = run(tmp_path, "verify", "--json")
    assert damaged.exit_code == 1
    results = {row["model"]: row["result"] for row in json.loads(damaged.stdout)}
    assert results["nanodet-g-416"] == "good"
    assert "not the weights" in results["people"]


def test_verify_sees_that_a_card_reads_its_net_wrongly(tmp_path: Path, mine: Path) -> None:
    card = mine / "people.yaml"
    document = yaml.safe_load(card.read_text(encoding="utf-8")) | {"score_high": 0.99}
    card.write_text(yaml.safe_dump(document), encoding="utf-8")
    blind = run(tmp_path, "verify", "people", "--json", folders=str(mine))
    assert blind.exit_code == 1
    assert json.loads(blind.stdout)[0]["result"] == "nothing seen on a street with people"


def test_verify_of_an_unknown_name_says_where_to_look(tmp_path: Path) -> None:
    unknown = run(tmp_path, "verify", "none")
    assert unknown.exit_code == 2
    assert "beffroi models list" in unknown.output


def test_bench_gives_each_engine_and_thread_count(tmp_path: Path) -> None:
    words = ["bench", "nanodet-g-416", "--seconds", "0.1", "--threads", "1", "--json"]
    done = run(tmp_path, *words)
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert [(row["runtime"], row["threads"]) for row in rows] == [("onnxruntime", 1), ("openvino", 1)]
    assert min(row["times faster"] for row in rows) == 1.0
    assert run(tmp_path, "bench", "none").exit_code == 2


WITHOUT_OPENVINO = """
import sys
sys.modules["openvino"] = None  # Python's own way of making an import fail
from pathlib import Path
from beffroi.see.detect import EngineSettings, load_card, open_detector, openers
from beffroi.see.detect.catalogue import TEMPLATES
from beffroi.vocabulary.errors import PluginError
print(open_detector().runtime)
card = load_card(TEMPLATES / "person-vehicle-bike-2002.yaml")
try:
    openers(Path("net.xml"), card.input, EngineSettings())
except PluginError as error:
    print(error)
"""


def test_without_openvino_the_default_runs_and_the_others_say_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_OPENVINO], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert "onnxruntime" in lines[-2:][0]
    assert lines[-1] == (
        "net.xml is OpenVINO IR. OpenVINO is not installed; install it with: pip install 'beffroi[openvino]'"
    )
