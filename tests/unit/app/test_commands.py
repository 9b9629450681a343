"""The commands as a person types them: real processes, exit codes, words without traces."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from beffroi.cli.main import COMMANDS, main

PASSWORD = "quatre vents sur la place"


def beffroi(*words: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "beffroi.cli.main", *words],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "COLUMNS": "120", **environment},
    )


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same command line in this process, which is quicker: exit code, standard output, standard error."""

    def called(*words: str, given: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return called


def test_help_lists_every_command_and_each_helps() -> None:
    overview = beffroi("--help")
    assert overview.returncode == 0
    for command in COMMANDS:
        assert f"  {command}" in overview.stdout
    assert beffroi("serve", "--help").stdout.startswith("Usage: beffroi serve")
    assert "passwd" in beffroi("users", "--help").stdout
    assert beffroi().returncode in (0, 2)
    assert beffroi("--version").stdout.startswith("beffroi ")


def test_a_command_that_does_not_exist_is_said() -> None:
    done = beffroi("survey")
    assert done.returncode == 2
    assert "survey" in done.stderr


def test_help_and_import_load_nothing_heavy() -> None:
    heavy = "{'numpy', 'fastapi', 'av', 'cv2', 'sqlalchemy'}"
    code = f"import sys, beffroi, beffroi.cli.main; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_accounts_from_the_console(tmp_path: Path, run: Run) -> None:
    data = ["--data", str(tmp_path)]
    named = ["jeanne", "--role", "operator", "--name", "Jeanne"]
    added = run("users", "add", *named, *data, "--password-stdin", given=PASSWORD)
    assert added == (0, "jeanne: operator\n", "")
    assert run("users", "list", *data)[1] == "jeanne\toperator\tJeanne\n"
    changed = run("users", "passwd", "jeanne", *data, "--password-stdin", given=PASSWORD + " encore")
    assert changed[0] == 0
    for words, password, needle in (
        (("users", "add", "jeanne", "--role", "operator"), PASSWORD, "already"),
        (("users", "add", "paul", "--role", "king"), PASSWORD, "operator, supervisor, investigator"),
        (("users", "add", "Paul!", "--role", "operator"), PASSWORD, "cannot be used"),
        (("users", "passwd", "nobody"), PASSWORD, "no account"),
        (("users", "add", "paul", "--role", "operator"), "short", "12"),
        (("users", "add", "paul", "--role", "operator"), "", "one line"),
    ):
        code, _, said = run(*words, *data, "--password-stdin", given=password)
        assert code == 2, words
        assert needle in said, words
        assert PASSWORD not in said
    code, _, said = run("users", "add", "paul", "--role", "operator", *data)
    assert (code, "--password-stdin" in said) == (2, True)
    assert run("users", "list", *data)[1] == "jeanne\toperator\tJeanne\n"


def test_openapi_is_json_and_stable(run: Run) -> None:
    first, second = run("openapi"), run("openapi")
    assert first == second
    assert "/api/v1/queue" in json.loads(first[1])["paths"]


def test_a_mistake_in_the_settings_is_one_line_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "beffroi.yaml").write_text("server:\n  prot: 1\n")
    done = beffroi("serve", "--data", str(tmp_path))
    assert done.returncode == 2
    assert f"{tmp_path}/beffroi.yaml:2: unknown setting 'server.prot'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_database_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "beffroi.db").write_bytes(b"no database at all, but long enough to look like one " * 100)
    done = beffroi("serve", "--data", str(tmp_path), "--port", "0")
    assert done.returncode == 2
    assert "damaged" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_says_what_is_there_and_what_is_not(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("BEFFROI_SERVER__PORT", str(taken.getsockname()[1]))
        code, said, _ = run("doctor", "--json", "--data", str(tmp_path))
    found = {one["name"]: one for one in json.loads(said)["findings"]}
    assert code == 0, [one for one in found.values() if one["state"] == "missing"]
    assert found["detector"]["state"] == "ok"
    assert found["packages"]["state"] == "ok"
    assert found["port"]["state"] == "warning"
    assert "--port" in found["port"]["mend"]
    assert found["data folder"]["state"] == "ok"
    assert all(one["mend"] for one in found.values() if one["state"] != "ok")
    assert list(tmp_path.iterdir()) == [], "looking changes nothing"


def test_doctor_names_a_broken_plug_in_with_its_cause(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = tmp_path / "site" / "town_siren-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: town-siren\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[beffroi.sinks]\nsiren = town_siren_not_there:SPEC\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    code, said, _ = run("doctor", "--json", "--data", str(tmp_path / "data"))
    found = {one["name"]: one for one in json.loads(said)["findings"]}
    assert code == 0
    assert found["plug-in siren (sinks)"]["state"] == "warning"
    assert "town_siren_not_there" in found["plug-in siren (sinks)"]["found"]


def test_doctor_ends_with_1_when_something_needed_is_missing(tmp_path: Path, run: Run) -> None:
    (tmp_path / "beffroi.yaml").write_text("analysis: {model: no-such-detector}\n")
    code, said, _ = run("doctor", "--data", str(tmp_path))
    assert code == 1
    assert "MISSING  detector" in said
    assert "→" in said
    (tmp_path / "beffroi.yaml").write_text("analysis: {mode: x}\n")
    code, said, _ = run("doctor", "--data", str(tmp_path))
    assert (code, "unknown setting" in said) == (1, True)
    (tmp_path / "file").write_text("x")
    code, said, _ = run("doctor", "--data", str(tmp_path / "file" / "data"))
    assert (code, "data folder" in said) == (1, True)
