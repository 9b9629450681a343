"""Scene files: what they give, and what is said about each fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.judge.situations import BUILT_IN
from beffroi.sense.marked_yaml import MAX_BYTES
from beffroi.sense.scenes import Scene, load_scene, parse_scene
from beffroi.vocabulary.errors import SceneError
from beffroi.vocabulary.rules import Situation

SPECS = {spec.situation: spec for spec in BUILT_IN}
EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.scene.yaml"))

GOOD = """\
format: 1
purpose: public_safety
authorisation:
  regime: private_site
  legal_basis: text
  reference: order 1
  signatory: mayor
  situations: [zone_entered, wrong_way]
  valid_from: 2026-01-01
  valid_to: 2027-01-01
cameras:
  - id: quai
    picture_px: [200, 100]
rules:
  - id: lawn
    situation: zone_entered
    classes: [person]
    zone_px: [[0, 0], [200, 0], [200, 50], [0, 50]]
    params: {min_stay_s: 2}
  - id: way
    situation: wrong_way
    direction: left
    schedule: {spans: [{days: [mon], from: 22:00, to: 06:00}]}
"""


def fault(text: str) -> SceneError:
    with pytest.raises(SceneError) as caught:
        parse_scene(text.encode(), SPECS, file="s.yaml")
    return caught.value


def changed(old: str, new: str) -> SceneError:
    assert old in GOOD
    return fault(GOOD.replace(old, new, 1))


def test_a_scene_gives_its_rules_and_authorisation() -> None:
    scene = parse_scene(GOOD.encode(), SPECS)
    lawn, way = scene.rules
    assert lawn.zone is not None
    assert lawn.zone.points == ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5))
    assert lawn.params == {"min_stay_s": 2.0}
    assert lawn.camera_id == way.camera_id == "quai"
    assert way.allowed_direction == (-1.0, 0.0)
    assert (way.schedule.spans[0].from_minute, way.schedule.spans[0].to_minute) == (22 * 60, 6 * 60)
    (authorisation,) = scene.authorisations
    assert authorisation.cameras == {"quai"}
    assert authorisation.situations == {Situation.ZONE_ENTERED, Situation.WRONG_WAY}
    assert authorisation.valid_to - authorisation.valid_from == 365 * 86_400 * 10**9
    assert authorisation.viewers == frozenset()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_are_valid(path: Path) -> None:
    assert load_scene(path, SPECS).rules


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 2


def test_a_scene_can_be_given_to_another_camera() -> None:
    scene = parse_scene(GOOD.encode(), SPECS).for_camera("clip_7")
    assert {rule.camera_id for rule in scene.rules} == {"clip_7"}
    assert scene.authorisations[0].cameras == {"clip_7"}


def two_cameras() -> Scene:
    return load_scene(next(path for path in EXAMPLES if path.name == "two_cameras.scene.yaml"), SPECS)


def test_one_of_several_cameras_must_be_chosen() -> None:
    with pytest.raises(SceneError, match="rue_basse, parvis"):
        two_cameras().for_camera("clip")
    assert len(two_cameras().for_camera("clip", of="rue_basse").rules) == 2


def test_an_authorisation_does_not_follow_to_a_camera_it_does_not_name() -> None:
    raw = two_cameras_raw().replace("cameras: [rue_basse, parvis]", "cameras: [rue_basse]")
    scene = parse_scene(raw.encode(), SPECS).for_camera("clip", of="parvis")
    assert scene.authorisations[0].cameras == frozenset()


def two_cameras_raw() -> str:
    return next(path for path in EXAMPLES if path.name == "two_cameras.scene.yaml").read_text()


FAULTS = [
    ("    params: {min_stay_s: 2}", "    params: {min_stay: 2}", 19, "unknown parameter 'min_stay'", "min_stay_s"),
    ("    params: {min_stay_s: 2}", "    params: {min_stay_s: -2}", 19, "-2", "from 0.0 to 3600.0 s"),
    ("    params: {min_stay_s: 2}", "    params: {min_stay_s: long}", 19, "not a number", "from 0.0"),
    ("    params: {min_stay_s: 2}", "    params: {min_stay_s: .nan}", 19, "not a number", "from 0.0"),
    ("    params: {min_stay_s: 2}", "    dwell: 2", 19, "unknown key 'dwell'", "Allowed keys: id, name"),
    ("[200, 0], [200, 50]", "[200, 50], [200, 0]", 18, "crosses", "one after the other"),
    ("[200, 0], [200, 50]", "[200, 0], [300, 50]", 18, "300", "200"),
    ("[[0, 0], [200, 0], [200, 50], [0, 50]]", "[[0, 0], [200, 0]]", 18, "2 points", "corners"),
    ("    picture_px: [200, 100]\n", "", 17, "unknown size", "picture_px"),
    ("    classes: [person]", "    classes: [persons]", 17, "'persons'", "person"),
    ("situation: zone_entered", "situation: zone_enter", 16, "'zone_enter'", "zone_entered"),
    ("situation: zone_entered", "situation: fire_smoke", 16, "'fire_smoke'", "zone_entered"),
    ("    direction: left\n", "", 20, "needs a direction", "Draw the direction"),
    ("    direction: left", "    direction: west", 22, "west", "left, right, up, down"),
    ("    direction: left", "    direction: [0, 0]", 22, "no length", "dx, dy"),
    ("22:00", "25:00", 23, "no hour", "22:30"),
    ("[mon]", "[monday]", 23, "'monday'", "mon, tue"),
    ("to: 06:00", "to: 22:00", 23, "alike", "22:00"),
    ("purpose: public_safety\n", "", 1, "'purpose' is missing", "Give 'purpose'"),
    ("valid_to: 2027-01-01", "valid_to: 2025-01-01", 10, "ends before", "after"),
    ("valid_to: 2027-01-01", "valid_to: tomorrow", 10, "no date", "2026-01-31"),
    ("valid_from: 2026-01-01", "valid_from: 2026-01-01T10:00:00", 9, "time zone", "2026-01-31"),
    ("regime: private_site", "regime: martial_law", 4, "martial_law", "supervision"),
    ("  - id: way", "  - id: lawn", 20, "two rules", "own id"),
    ("    situation: wrong_way", "    situation: wrong_way\n    situation: wrong_way", 22, "twice", "Keep one"),
    ("format: 1", "format: 2", 1, "'2'", "1"),
    ("rules:\n", "rules: {}\nrulez:\n", 15, "unknown key 'rulez'", "rules"),
]


@pytest.mark.parametrize(("old", "new", "line", "what", "mend"), FAULTS)
def test_each_fault_names_its_line_and_what_is_allowed(old: str, new: str, line: int, what: str, mend: str) -> None:
    error = changed(old, new)
    assert error.where.startswith(f"s.yaml:{line}"), error
    assert what in error.what
    assert mend in error.mend


def test_without_an_authorisation_no_scene() -> None:
    start, end = GOOD.index("authorisation:"), GOOD.index("cameras:")
    assert "'authorisation' is missing" in fault(GOOD[:start] + GOOD[end:]).what


def test_an_authorisation_without_situations_covers_none() -> None:
    scene = parse_scene(GOOD.replace("[zone_entered, wrong_way]", "[]").encode(), SPECS)
    assert scene.authorisations[0].situations == frozenset()


def test_several_cameras_want_each_rule_to_name_one() -> None:
    error = changed("cameras:\n", "cameras:\n  - id: other\n")
    assert error.where.startswith("s.yaml:16")
    assert "other, quai" in error.mend


BOMBS = {
    "aliases": "a: &a [1]\nb: [*a, *a]\n",
    "a python object": "format: !!python/object/apply:os.system [true]\n",
    "depth": "[" * 500 + "]" * 500,
    "length": "x: [" + "1," * 30_000 + "1]\n",
    "size": "# " + "x" * MAX_BYTES,
    "bytes": "\x00\x01",
    "two documents": "a: 1\n---\nb: 2\n",
    "nothing": "",
    "an integer of a million digits": GOOD.replace("min_stay_s: 2", "min_stay_s: " + "9" * 100_000),
    "an endless base-60 number": GOOD.replace("min_stay_s: 2", "min_stay_s: 1" + ":59" * 2_000),
    "unclosed": "rules: [",
    "a merge key": GOOD.replace("  - id: lawn", "  - <<: {id: lawn}"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_hostile_files_are_refused_at_once(name: str) -> None:
    assert "s.yaml" in str(fault(BOMBS[name]))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load_scene(tmp_path / "nowhere.yaml", SPECS)


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "picture.yaml"
    path.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(SceneError, match="UTF-8"):
        load_scene(path, SPECS)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_broken_scene_gives_a_scene_or_a_scene_error(data: st.DataObject) -> None:
    """Cut, replace and insert anywhere: never another exception."""
    text = GOOD
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        pieces = st.one_of(
            st.text(max_size=6),
            st.sampled_from(
                ["\n  - ", ": ", "{", "}", "[", "]", "-1", "1e400", ".inf", "null", "&a", "*a", "!!x", "\t"]
            ),
        )
        text = text[:start] + data.draw(pieces) + text[end:]
    try:
        scene = parse_scene(text.encode("utf-8", "surrogatepass"), SPECS, file="s.yaml")
    except SceneError as error:
        assert "s.yaml" in str(error)
    else:
        assert scene.rules


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_scene_error(raw: bytes) -> None:
    with pytest.raises(SceneError):
        parse_scene(raw, SPECS)
