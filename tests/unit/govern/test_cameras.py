"""Cameras and rules at their doors: credentials stay inside, versions stay whole."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from beffroi.govern.payloads import alert_json, status_json
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM
from beffroi.testing.town import ADMINISTRATOR, MAINTAINER, OPERATOR, SUPERVISOR, Town, authorisation
from beffroi.vocabulary.camera import Camera, CameraReason, CameraStatus, StreamKind, StreamSpec, WatchState
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotAuthorisedError, NotFoundError, RuleError
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Situation, Zone

RTSP = StreamSpec(kind=StreamKind.RTSP, url="rtsp://10.0.0.9/main")
GARE = Camera(camera_id="gare", name="Gare", main=RTSP, sub=replace(RTSP, url="rtsp://10.0.0.9/sub"))


def test_credentials_go_in_and_come_out_for_the_pipeline_alone(town: Town) -> None:
    shown = town.doors.cameras.get(ADMINISTRATOR, "mairie")
    assert (shown.main.username, shown.main.password) == ("", "")
    assert town.doors.cameras.has_credentials(OPERATOR, "mairie") == (True, False)
    watched = {camera.camera_id: camera for camera in town.doors.cameras.for_watching(SYSTEM)}
    assert (watched["mairie"].main.username, watched["mairie"].main.password) == ("cam", "se cret")
    assert "se cret" not in repr(watched)
    assert town.doors.cameras.credentials_of(ADMINISTRATOR, "mairie", "main") == ("cam", "se cret")


def test_a_change_keeps_credentials_unless_the_stream_moves_to_another_host(town: Town) -> None:
    doors = town.doors.cameras
    camera = doors.get(ADMINISTRATOR, "mairie")
    doors.change(ADMINISTRATOR, replace(camera, name="Hôtel de ville", main=replace(RTSP, url="rtsp://10.0.0.9/other")))
    assert doors.has_credentials(OPERATOR, "mairie") == (True, False)
    assert doors.get(OPERATOR, "mairie").name == "Hôtel de ville"
    doors.change(ADMINISTRATOR, replace(camera, main=replace(RTSP, url="rtsp://evil.example/main")))
    assert doors.has_credentials(OPERATOR, "mairie") == (False, False)
    doors.change(ADMINISTRATOR, replace(camera, main=replace(RTSP, username="new", password="word")))
    assert doors.credentials_of(ADMINISTRATOR, "mairie", "main") == ("new", "word")
    doors.change(ADMINISTRATOR, camera, keep_credentials=False)
    assert doors.has_credentials(OPERATOR, "mairie") == (False, False)


def test_each_stream_keeps_its_own_credentials_whatever_the_other_does(town: Town) -> None:
    doors = town.doors.cameras
    known = replace(RTSP, username="cam", password="word")
    doors.add(ADMINISTRATOR, replace(GARE, main=known, sub=known))
    doors.change(ADMINISTRATOR, replace(GARE, sub=replace(RTSP, url="rtsp://10.0.0.10/sub")))
    assert doors.has_credentials(OPERATOR, "gare") == (True, False)
    doors.change(ADMINISTRATOR, replace(GARE, sub=None))
    doors.change(ADMINISTRATOR, GARE)
    assert doors.has_credentials(OPERATOR, "gare") == (True, False)


def test_removing_forgets_credentials_and_the_id_is_not_given_again(town: Town) -> None:
    town.doors.cameras.remove(ADMINISTRATOR, "quai")
    assert town.doors.cameras.credentials_of(ADMINISTRATOR, "quai", "main") == ("", "")
    with pytest.raises(NotFoundError):
        town.doors.cameras.get(OPERATOR, "quai")
    with pytest.raises(NotFoundError):
        town.doors.cameras.remove(ADMINISTRATOR, "quai")
    with pytest.raises(ConflictError):
        town.doors.cameras.add(ADMINISTRATOR, replace(GARE, camera_id="quai"))


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"camera_id": "Gare du Nord"}, "camera_id"),
        ({"camera_id": "gare/+"}, "camera_id"),
        ({"name": "  "}, "name"),
        ({"analysed_fps": 0.5}, "analysed_fps"),
        ({"analysed_fps": math.nan}, "analysed_fps"),
        ({"plan_xy": (1.2, 0.0)}, "plan_xy"),
        ({"heading_deg": 360.0}, "heading_deg"),
        ({"main": replace(RTSP, url="")}, "main.url"),
        ({"main": replace(RTSP, url="http://10.0.0.9/x")}, "main.url"),
        ({"main": replace(RTSP, url="rtsp://user:hunter2@10.0.0.9/x")}, "main.url"),
        ({"main": replace(RTSP, url="rtsp://user:hun/ter2@10.0.0.9/x")}, "main.url"),
        ({"main": replace(RTSP, url="rtsp://user:hun#ter2@10.0.0.9/x")}, "main.url"),
        ({"main": replace(RTSP, url="rtsp://@10.0.0.9/x")}, "main.url"),
        ({"main": replace(RTSP, url="rtsp://[10.0.0.9/x")}, "main.url"),
        ({"main": replace(RTSP, url="rtsp://10.0.0.9:99999/x")}, "main.url"),
        ({"main": replace(RTSP, url="rtsp://10.0.0.9/x\r\nAuthorization: mine")}, "main.url"),
        ({"sub": replace(RTSP, read_timeout_s=0.0)}, "sub.read_timeout_s"),
    ],
)
def test_cameras_that_cannot_be_used_are_refused(town: Town, changed: dict[str, object], where: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        town.doors.cameras.add(ADMINISTRATOR, replace(GARE, **changed))  # type: ignore[arg-type]
    assert refused.value.where == where
    assert refused.value.mend
    assert "ter2" not in str(refused.value)


def test_states_are_kept_over_a_restart_and_told_when_they_change(town: Town) -> None:
    lost = CameraStatus(
        camera_id="mairie",
        state=WatchState.NOT_WATCHED,
        reason=CameraReason.LOST,
        since=town.clock.now,
        late_share=math.nan,
    )
    assert town.doors.cameras.set_status(SYSTEM, lost)
    town.doors.cameras.set_status(SYSTEM, replace(lost, late_share=0.5))
    town.restart()
    assert town.doors.cameras.statuses(OPERATOR)["mairie"].late_share == 0.5
    rows = town.doors.outbox.for_actor(OPERATOR, 0)
    assert [row.payload for row in rows] == [status_json(lost)]
    assert rows[0].payload["late_share"] is None
    assert not town.doors.cameras.set_status(SYSTEM, replace(lost, camera_id="gone"))


def test_counters_are_kept(town: Town) -> None:
    town.doors.cameras.record_counters(SYSTEM, "mairie", {"lawn.inside": 2.0})
    town.doors.cameras.record_counters(SYSTEM, "mairie", {"lawn.inside": 1.0, "lawn.total": 5.0})
    town.doors.cameras.record_counters(SYSTEM, "gone", {"x": 1.0})
    assert town.doors.cameras.counters(OPERATOR, "mairie") == {"lawn.inside": 1.0, "lawn.total": 5.0}


def test_live_viewing_is_traced(town: Town) -> None:
    town.doors.cameras.viewed_live(OPERATOR, "mairie")
    last = town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=1)[0]
    assert (last.actor, last.act, last.about, last.at) == ("jeanne", "see_live", "camera:mairie", town.clock.now)
    with pytest.raises(NotFoundError):
        town.doors.cameras.viewed_live(OPERATOR, "gone")


def test_rules_are_versioned_and_a_stale_change_is_refused(town: Town) -> None:
    read = town.doors.rules.get(SUPERVISOR, "lawn").rule
    second = town.doors.rules.change(SUPERVISOR, replace(read, name="Pelouse")).rule
    assert second.version == 2
    with pytest.raises(ConflictError, match="meanwhile"):
        town.doors.rules.change(SUPERVISOR, replace(read, name="Herbe"))
    third = town.doors.rules.disable(SUPERVISOR, "lawn", 2).rule
    assert (third.version, third.enabled) == (3, False)
    assert "mairie" not in town.doors.rules.for_watching(SYSTEM)
    town.doors.rules.remove(SUPERVISOR, "lawn")
    with pytest.raises(NotFoundError):
        town.doors.rules.get(SUPERVISOR, "lawn")
    assert [rule.name for rule in town.doors.rules.versions(OPERATOR, "lawn")] == [
        "Lawn",
        "Pelouse",
        "Pelouse",
        "Pelouse",
    ]
    with pytest.raises(ConflictError):
        town.doors.rules.add(SUPERVISOR, read)


def test_rules_that_do_not_suit_their_situation_are_refused(town: Town) -> None:
    rule = replace(town.doors.rules.get(SUPERVISOR, "lawn").rule, rule_id="")
    for changed in (
        {"situation": Situation.FIGHT, "zone": None},
        {"zone": None},
        {"params": {"min_stay": 3.0}},
        {"params": {"min_stay_s": -1.0}},
        {"classes": (ObjectClass.OBJECT,)},
        {"severity": "terrible"},
        {"purpose_id": "unknown"},
    ):
        with pytest.raises(RuleError):
            town.doors.rules.add(SUPERVISOR, replace(rule, **changed))
    with pytest.raises(NotFoundError):
        town.doors.rules.add(SUPERVISOR, replace(rule, camera_id="gone"))
    assert len(town.doors.rules.of_camera(OPERATOR, "mairie")) == 1


def test_a_crossed_zone_is_refused(town: Town) -> None:
    rule = replace(town.doors.rules.get(SUPERVISOR, "lawn").rule, rule_id="")
    bow_tie = Zone(points=((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)))
    with pytest.raises(RuleError, match="crosses"):
        town.doors.rules.add(SUPERVISOR, replace(rule, zone=bow_tie))


def test_an_uncovered_rule_is_kept_shown_and_refused(town: Town) -> None:
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="done")
    standing = town.doors.rules.for_watching(SYSTEM)["mairie"][0]
    assert (standing.coverage.covered, standing.coverage.reason.value) == (False, "revoked")
    assert standing.coverage.authorisation_id == "order-1"
    with pytest.raises(NotFoundError):
        town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="again")


def test_alerts_on_the_wire(town: Town) -> None:
    rule = town.doors.rules.get(SYSTEM, "lawn").rule
    event = replace(
        town.event(rule, box=(-32.0, 36.0, 320.0, 400.0)),
        score=math.inf,
        facts={"speed": math.nan, "way": "north", "inside": 2.0},
    )
    record = town.doors.intake.take_event(SYSTEM, event).record
    assert record is not None
    wire = alert_json(record)
    assert wire["box"] == [0.0, 0.1, 0.5, 1.0]
    assert wire["score"] == 0.0
    assert wire["facts"] == {"way": "north", "inside": 2.0, "tracks": event.track_ids[0]}
    assert wire["raised_at"] == "2026-06-01T10:00:00.000Z"
    assert wire["last_verdict"] is None
    assert town.doors.outbox.for_actor(OPERATOR, 0)[0].payload == wire


SQUARE = ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6))
WHY = "The mast was moved to the square"


def in_the_square(town: Town) -> None:
    post = Camera(camera_id="poste", name="Poste", main=RTSP, plan_xy=(0.45, 0.45))
    town.doors.cameras.add(LOCAL_ADMINISTRATOR, post)
    given = replace(authorisation("square"), cameras=frozenset(), perimeter=SQUARE)
    town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, given)


def test_no_technician_moves_or_adds_a_camera_into_a_perimeter(town: Town) -> None:
    in_the_square(town)
    door, inside = town.doors.cameras, replace(GARE, plan_xy=(0.5, 0.5))
    with pytest.raises(NotAuthorisedError, match="perimeter of square"):
        door.add(MAINTAINER, inside, why=WHY)
    door.add(MAINTAINER, replace(GARE, plan_xy=(0.1, 0.1)))
    with pytest.raises(NotAuthorisedError, match=r"which authorisations apply to it \(square\)"):
        door.change(MAINTAINER, inside, why=WHY)
    with pytest.raises(InvalidInputError, match="no reason") as refused:
        door.change(ADMINISTRATOR, inside)
    assert refused.value.where == "why"
    assert door.get(MAINTAINER, "gare").plan_xy == (0.1, 0.1)
    door.change(ADMINISTRATOR, inside, why=WHY)
    entry = town.doors.journal.recent(LOCAL_ADMINISTRATOR, about="camera:gare", limit=1)[0]
    assert (entry.act, entry.why) == ("change_camera", WHY)
    assert entry.detail == {"fields": "plan_xy", "plan_before": "0.1000 0.1000", "plan": "0.5000 0.5000"}
    door.change(MAINTAINER, replace(GARE, plan_xy=(0.9, 0.9)))


def test_out_of_the_narrower_of_two_widens_too(town: Town) -> None:
    town.doors.cameras.change(
        LOCAL_ADMINISTRATOR, replace(town.doors.cameras.get(SYSTEM, "mairie"), plan_xy=(0.5, 0.5))
    )
    in_the_square(town)
    moved = replace(town.doors.cameras.get(MAINTAINER, "mairie"), plan_xy=None)
    with pytest.raises(NotAuthorisedError):
        town.doors.cameras.change(MAINTAINER, moved, why=WHY)


def test_a_new_group_on_a_camera_under_an_authorisation_is_no_technicians_act(town: Town) -> None:
    door = town.doors.cameras
    seen = replace(door.get(MAINTAINER, "mairie"), groups=("quays",))
    with pytest.raises(NotAuthorisedError, match="lets more people see"):
        door.change(MAINTAINER, seen, why=WHY)
    door.change(ADMINISTRATOR, seen, why=WHY)
    door.change(MAINTAINER, replace(seen, groups=()))
    door.add(MAINTAINER, GARE)
    door.change(MAINTAINER, replace(GARE, groups=("quays",)))


def test_the_journal_names_what_changed_and_no_secret(town: Town) -> None:
    door = town.doors.cameras
    camera = door.get(MAINTAINER, "mairie")
    moved = replace(camera.main, url="rtsp://10.0.0.7/main?token=s3cret", username="new", password="pass word")
    door.change(MAINTAINER, replace(camera, main=moved, heading_deg=90.0))
    entry = town.doors.journal.recent(LOCAL_ADMINISTRATOR, about="camera:mairie", limit=1)[0]
    assert entry.detail == {"fields": "main heading_deg main.credentials"}
    assert "s3cret" not in repr(entry)


def test_no_camera_plays_what_the_house_itself_keeps(town: Town) -> None:
    door, clip = town.doors.cameras, town.folder / "evidence" / "clip.mp4"
    clip.parent.mkdir(parents=True)
    clip.write_bytes(b"moving pictures")
    link = town.folder.parent / "film.mp4"
    link.symlink_to(clip)
    for url in (
        str(clip),
        f"file://{clip}",
        str(town.folder / "x" / ".." / "evidence" / "clip.mp4"),
        str(link),
        "a\0b",
    ):
        own = StreamSpec(kind=StreamKind.FILE, url=url)
        with pytest.raises(InvalidInputError, match="own data folder") as refused:
            door.add(ADMINISTRATOR, replace(GARE, main=own))
        assert refused.value.where == "main.url"
        with pytest.raises(InvalidInputError, match="own data folder"):
            door.change(ADMINISTRATOR, replace(door.get(ADMINISTRATOR, "mairie"), sub=own))
        with pytest.raises(InvalidInputError, match="own data folder"):
            door.refuse_own_file(own)
    door.add(ADMINISTRATOR, replace(GARE, main=StreamSpec(kind=StreamKind.FILE, url=str(town.folder.parent / "a.mp4"))))
