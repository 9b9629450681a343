"""The house keeps its budgets: sizes, names, cards, licences."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "beffroi"
ROOMS = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists())
MODULE_LINES, FUNCTION_LINES, PARAMETERS = 400, 60, 6
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "core", "manager", "base"}
CARD_LINES = ("Takes:", "Gives:", "May import:", "Design doc:")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def parameter_count(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    arguments = function.args
    own = [a for a in [*arguments.posonlyargs, *arguments.args] if a.arg not in ("self", "cls")]
    return len(own) + len(arguments.kwonlyargs)


def test_modules_and_functions_stay_within_their_budgets() -> None:
    over = []
    for path in tracked("*.py"):
        lines = path.read_text(encoding="utf-8").count("\n") + 1
        if lines > MODULE_LINES:
            over.append(f"{path.relative_to(ROOT)}: {lines} lines")
        for function in functions(path):
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            if length > FUNCTION_LINES:
                over.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name}: {length} lines")
            if "tests" not in path.parts and parameter_count(function) > PARAMETERS:
                over.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name}: too many parameters")
    assert not over, "\n".join(over)


def test_web_sources_stay_within_their_budget() -> None:
    over = []
    for path in tracked("*.svelte", "*.ts", "*.css"):
        lines = path.read_text(encoding="utf-8").count("\n") + 1
        if lines > MODULE_LINES and "generated" not in path.parts:
            over.append(f"{path.relative_to(ROOT)}: {lines} lines")
    assert not over, "\n".join(over)


def test_names_say_something() -> None:
    said_nothing = [
        p for p in tracked("*.py", "*.ts", "*.svelte") if {p.stem, *p.relative_to(ROOT).parts[:-1]} & FORBIDDEN_NAMES
    ]
    assert not said_nothing


def test_nothing_is_left_to_do_or_silenced_wholesale() -> None:
    word = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b|type:\s*ignore(?!\[)|#\s*no" + r"qa(?!:)")
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in tracked("*.py", "*.ts", "*.svelte")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if word.search(line)
    ]
    assert not found, "\n".join(found)


def test_tests_use_the_real_thing_and_all_run() -> None:
    banned = re.compile(
        "unittest"
        + r"\.mock|\bMagic"
        + r"Mock\b|\bmo"
        + r"cker\b|pytest\.sk"
        + r"ip|mark\.(sk"
        + r"ip|xf"
        + r"ail)|importor"
        + "skip"
    )
    found = [str(p.relative_to(ROOT)) for p in tracked("tests/*.py") if banned.search(p.read_text(encoding="utf-8"))]
    assert not found


def imports_of(path: Path, modules: dict[str, Path]) -> set[str]:
    """The modules of ours that a module imports anywhere, inside functions too; for the type checker alone is none."""
    named: set[str] = set()

    def gather(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            if isinstance(child, ast.Import):
                named.update(alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module:
                inner = {f"{child.module}.{alias.name}" for alias in child.names}
                named.update(inner & modules.keys() or {child.module})
            gather(child)

    gather(ast.parse(path.read_text(encoding="utf-8")))
    return named & modules.keys()


def test_no_module_imports_itself_by_a_roundabout_way() -> None:
    files = [p for p in tracked("src/*.py") if PACKAGE in p.parents]
    modules = {
        ".".join(p.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): p for p in files
    }
    waiting = {name: imports_of(path, modules) - {name} for name, path in modules.items()}
    assert sum(map(len, waiting.values())) > len(modules), "the imports were not read"
    while free := [name for name, needed in waiting.items() if not needed & waiting.keys()]:
        for name in free:
            del waiting[name]
    assert not waiting, f"import cycles among {sorted(waiting)}"


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_has_a_card(room: str) -> None:
    card = importlib.import_module(f"beffroi.{room}").__doc__ or ""
    missing = [line for line in CARD_LINES if line not in card]
    assert not missing, f"{room}: {missing}"
    design = re.search(r"Design doc: (.+)\.$", card, re.MULTILINE)
    assert design
    for name in design.group(1).split(", "):
        assert (ROOT / name).exists(), f"{room} names {name}, which is not there"


def test_the_architecture_page_shows_the_cards() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    made = subprocess.run(
        ["python3", "tools/architecture_table.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert made.stdout.strip() in page, "run: python3 tools/architecture_table.py --write"
    assert page.count("\n") <= 90, "ARCHITECTURE.md is one page"


def test_no_dependency_of_a_foreign_licence_and_one_opencv_only() -> None:
    locked = (ROOT / "requirements" / "lock.txt").read_text(encoding="utf-8").lower()
    assert not re.findall(r"^(?:ultralytics|boxmot|opencv-python)\s*==", locked, re.MULTILINE)


def test_nothing_names_a_place_of_this_machine() -> None:
    places = re.compile(r"/work/|/root/|/opt/(wheels|pypi)|registry\.npmjs|pypi\.org|files\.pythonhosted|deb\.debian")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.suffix not in (".mp4", ".onnx", ".png", ".npz", ".jpg", ".xml", ".bin") and path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if places.search(line)
    ]
    assert not found, found[:20]
