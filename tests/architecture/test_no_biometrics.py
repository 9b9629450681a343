"""No biometrics, provably: the build fails when a face, re-identification, emotion, age, gender, origin, gait or voice
model, class, field, column, setting, route, dependency, weight file or card appears; and each check is seen to fail.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from beffroi.keep.store.tables import metadata
from beffroi.serve.application import openapi
from beffroi.testing.forbidden import Finding, description_names, exceptions, findings, judged
from beffroi.vocabulary.forbidden import FORBIDDEN

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = Path(__file__).with_name("forbidden_allowed.txt")
ALLOWED_MOST = 12
"""May only be lowered."""

SEARCHED = ("src", "web", "tools", "requirements", "benchmarks", "examples", "hatch_build.py")
WEIGHTS = {
    ".onnx",
    ".xml",
    ".bin",
    ".pt",
    ".pth",
    ".tflite",
    ".engine",
    ".caffemodel",
    ".pb",
    ".h5",
    ".npz",
    ".safetensors",
}


def searched() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *SEARCHED], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def allowed() -> dict[tuple[str, str], str]:
    lines = [line for line in ALLOWED.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    rows = [tuple(part.strip() for part in line.split("|")) for line in lines]
    assert all(len(row) == 3 and len(row[2]) >= 12 for row in rows), "each line: path | name | why"
    return {(path, name): why for path, name, why in rows}


def carried_by_the_wheel() -> list[str]:
    """Paths of the files that hatchling would put into the wheel."""
    return [one.distribution_path for one in WheelBuilder(str(ROOT)).recurse_included_files()]


def everything() -> set[Finding]:
    found = findings(ROOT, searched())
    columns = [name for table in metadata.tables.values() for name in (table.name, *(c.name for c in table.columns))]
    found |= judged("tables", columns)
    found |= judged("openapi", description_names(openapi()))
    return found | judged("wheel", carried_by_the_wheel())


def test_nothing_here_tells_who_somebody_is_or_is_like() -> None:
    assert len(searched()) > 300 and len(carried_by_the_wheel()) > 200, "nothing was searched"
    unexpected = [f for f in sorted(everything()) if (f.where, f.name) not in allowed()]
    told = [f"{f.where}: {f.name} ({f.kind}: {f.word}); rename it (docs/design/no-biometrics.md)" for f in unexpected]
    assert not unexpected, "\n".join(told)


def test_the_list_of_exceptions_only_shrinks() -> None:
    found = {(f.where, f.name) for f in everything()}
    unused = [row for row in allowed() if row not in found]
    assert not unused, f"not needed any more: {unused}"
    assert len(allowed()) <= ALLOWED_MOST


def test_the_installed_copy_knows_the_same_exceptions() -> None:
    inside = {(path.removeprefix("src/beffroi/"), name) for path, name in allowed() if path.startswith("src/beffroi/")}
    assert exceptions() == inside


def test_every_file_of_weights_in_the_wheel_is_that_of_a_card() -> None:
    carried = [Path(one) for one in carried_by_the_wheel()]
    weights = {one.name for one in carried if one.suffix in WEIGHTS}
    cards = "".join(p.read_text("utf-8") for p in (ROOT / "src/beffroi/see/weights").glob("*.yaml"))
    assert weights, "no weights at all?"
    assert not [name for name in weights if f"file: {name}" not in cards]


PLANTED: dict[str, tuple[str, Callable[[str], str]]] = {
    "class": ("src/beffroi/vocabulary/picture.py", lambda text: text + "\n\nclass FaceBox:\n    pass\n"),
    "function": ("src/beffroi/see/motion.py", lambda text: text + "\n\ndef estimate_age() -> int:\n    return 3\n"),
    "argument": ("src/beffroi/see/motion.py", lambda text: text + "\n\ndef f(gender: str) -> None:\n    print()\n"),
    "enum value": (
        "src/beffroi/vocabulary/picture.py",
        lambda text: text.replace('PERSON = "person"', 'PERSON = "adult"', 1),
    ),
    "data class field": (
        "src/beffroi/vocabulary/camera.py",
        lambda text: text.replace("blur: bool = True", "blur: bool = True\n    emotion: str = ''", 1),
    ),
    "wire field": (
        "src/beffroi/serve/wire/alerts.py",
        lambda text: text + "\n\nclass MoreOut(Wire):\n    person_origin: str\n",
    ),
    "column": (
        "src/beffroi/keep/store/tables/main_road.py",
        lambda text: text.replace('Column("alert_id"', 'Column("re_id", Integer),\n    Column("alert_id"', 1),
    ),
    "setting": ("src/beffroi/app/settings.py", lambda text: text + "\n\nclass More:\n    face_model: str = ''\n"),
    "route": ("src/beffroi/serve/routes/house.py", lambda text: text.replace('"/health"', '"/ethnicity"', 1)),
    "import": ("src/beffroi/see/health.py", lambda text: text + "\nimport deepface\n"),
    "page": ("web/src/api/calls.ts", lambda text: text + "\nexport const readFaces = () => ask('GET', '/x');\n"),
    "key of words": (
        "web/src/i18n/fr/words.ts",
        lambda text: text.replace("'class.person'", "'class.woman'", 1),
    ),
    "card class": (
        "src/beffroi/see/weights/nanodet-g-416.yaml",
        lambda text: text.replace("0: person", "0: face", 1),
    ),
    "card file": (
        "src/beffroi/see/weights/nanodet-g-416.yaml",
        lambda text: text.replace("file: nanodet-g-416.onnx", "file: gait-net.onnx", 1),
    ),
    "python dependency": ("requirements/lock.txt", lambda text: text + "\nultralytics==8.0\n"),
    "face dependency": ("requirements/lock.txt", lambda text: text + "\nface-recognition==1.3\n"),
    "node dependency": (
        "web/package-lock.json",
        lambda text: json.dumps(
            {"packages": json.loads(text)["packages"] | {"node_modules/@vladmandic/human": {"version": "3"}}}
        ),
    ),
}


@pytest.mark.parametrize("what", PLANTED)
def test_each_kind_of_thing_is_found_when_it_is_planted(tmp_path: Path, what: str) -> None:
    place, plant = PLANTED[what]
    before = (ROOT / place).read_text("utf-8")
    after = plant(before)
    assert after != before, "nothing was planted"
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    path.write_text(before, "utf-8")
    known = {finding.name for finding in findings(tmp_path, [path])}
    path.write_text(after, "utf-8")
    assert {finding.name for finding in findings(tmp_path, [path])} - known


@pytest.mark.parametrize("name", ["face_detector.py", "reid-osnet.onnx", "age_gender.xml", "emotion.tflite"])
def test_a_file_is_found_by_its_name_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    assert findings(tmp_path, [path])
    assert judged("wheel", [f"beffroi/see/weights/{name}"])


def test_tables_and_messages_are_searched_by_what_they_really_are() -> None:
    assert judged("tables", ["alerts", "skin_tone"])
    described = openapi()
    schema = next(iter(described["components"]["schemas"].values()))
    assert not judged("openapi", description_names(described))
    schema["properties"] = {"perceived_gender": {"type": "string"}}
    assert [f.word for f in judged("openapi", description_names(described))] == ["gender"]


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_every_word_of_every_kind_is_found(kind: str) -> None:
    for word in FORBIDDEN[kind]:
        assert judged("here", [word]), word
        if kind != "dependency":
            camel = "my" + "".join(part.title() for part in word.split("_"))
            assert judged("here", [camel]), camel


@pytest.mark.parametrize("name", ["surface", "same_origin", "interface", "page", "message", "trace", "image", "usage"])
def test_harmless_names_stay_harmless(name: str) -> None:
    assert not judged("here", [name])
