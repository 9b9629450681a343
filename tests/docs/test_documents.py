"""Documents tell the truth: links lead somewhere, commands and situations exist, notices name what ships."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from beffroi.judge.situations import BUILT_IN

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    targets = [t for t in LINK.findall(page.read_text(encoding="utf-8")) if not re.match(r"[a-z]+:", t)]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def help_of(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "beffroi.cli.main", *words, "--help"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "120"},
    )
    assert done.returncode == 0, f"beffroi {' '.join(words)}: {done.stderr}"
    return done.stdout


def test_commands_named_in_the_readme_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = sorted(set(re.findall(r"(?:^|`)beffroi ([a-z]+)", text, re.MULTILINE)))
    assert commands
    overview = help_of()
    for command in commands:
        assert re.search(rf"\b{command}\b", overview), f"beffroi {command} is in the readme, not in the program"
        help_of(command)


def test_every_situation_is_documented_with_its_parameters_and_their_defaults() -> None:
    text = (ROOT / "docs" / "reference" / "situations.md").read_text(encoding="utf-8")
    for spec in BUILT_IN:
        assert f"`{spec.situation.value}`" in text
        for param in spec.params:
            assert f"`{param.name}`" in text, f"{spec.situation}: {param.name} is not documented"


def test_notices_name_every_weight_that_ships() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    weights = ROOT / "src" / "beffroi" / "see" / "weights"
    shipped = [p for p in weights.rglob("*") if p.suffix in (".onnx", ".bin", ".tflite")]
    assert shipped
    for path in shipped:
        assert path.name in notice
        card = yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8"))
        assert card["licence"]


def test_decisions_are_numbered_once_and_say_their_status() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert len(numbers) == len(set(numbers))
    assert not [page.name for page in pages if "Status:" not in page.read_text(encoding="utf-8")]
