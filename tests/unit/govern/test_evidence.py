"""Evidence: born with its alert and expiry, sealed in a chain, never outside its folder, destroyed in time."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from beffroi.govern.intake import Written
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM
from beffroi.testing.town import OPERATOR, SUPERVISOR, Town
from beffroi.vocabulary.errors import NotFoundError, StorageError
from beffroi.vocabulary.evidence import EvidencePart, PartKind
from beffroi.vocabulary.judgement import EvidenceState
from beffroi.vocabulary.rules import Rule
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

DAY_S = 86_400


def lawn(town: Town) -> Rule:
    return town.doors.rules.get(SYSTEM, "lawn").rule


def report(town: Town, event_id: str, *parts: EvidencePart, error: str = "") -> bool:
    now = town.clock.now
    return town.doors.intake.take_evidence(
        SYSTEM, event_id, parts=parts, from_at=UtcNs(now - seconds_to_ns(5)), to_at=now, written=Written(error=error)
    )


def test_the_expiry_is_set_at_birth_by_the_purpose(town: Town) -> None:
    alert_id = town.raised(lawn(town))
    kept = town.doors.alerts.get(OPERATOR, alert_id).evidence
    assert kept.state is EvidenceState.PENDING
    assert kept.expires_at == town.clock.now + seconds_to_ns(7 * DAY_S)


def test_still_then_clip_make_it_ready_and_viewing_is_traced(town: Town) -> None:
    alert_id = town.raised(lawn(town), "walk")
    assert report(town, "walk", town.footage("walk", PartKind.STILL, b"\xff\xd8jpeg"))
    detail = town.doors.alerts.get(OPERATOR, alert_id)
    assert (detail.evidence.state, len(detail.evidence.parts)) == (EvidenceState.PENDING, 1)
    assert town.doors.alerts.evidence_file(SUPERVISOR, alert_id, PartKind.STILL).media_type == "image/jpeg"
    with pytest.raises(NotFoundError):
        town.doors.alerts.evidence_file(SUPERVISOR, alert_id, PartKind.CLIP)
    town.clock.advance(10)
    assert report(town, "walk", town.footage("walk"))
    assert report(town, "walk", town.footage("walk"))
    detail = town.doors.alerts.get(OPERATOR, alert_id)
    assert detail.record.alert.evidence_state is EvidenceState.READY
    assert detail.evidence.to_at == town.clock.now
    file = town.doors.alerts.evidence_file(SUPERVISOR, alert_id, PartKind.CLIP)
    assert file.path.read_bytes() == b"moving pictures"
    assert file.path.is_relative_to(town.folder.resolve())
    traced = [act for act in town.doors.journal.recent(LOCAL_ADMINISTRATOR) if act.act == "see_evidence"]
    assert [(act.actor, act.about, act.detail["kind"]) for act in traced] == [
        (SUPERVISOR.name, f"alert:{alert_id}", "clip"),
        (SUPERVISOR.name, f"alert:{alert_id}", "still"),
    ]


def test_a_full_disk_leaves_the_alert_which_says_so(town: Town) -> None:
    alert_id = town.raised(lawn(town), "walk")
    report(town, "walk", town.footage("walk", PartKind.STILL), error="disk_full")
    detail = town.doors.alerts.get(OPERATOR, alert_id)
    assert (detail.record.alert.evidence_state, detail.record.alert.evidence_reason) == (
        EvidenceState.MISSING,
        "disk_full",
    )
    assert [part.kind for part in detail.evidence.parts] == [PartKind.STILL]


def test_footage_nobody_asked_for_is_destroyed(town: Town) -> None:
    part = town.footage("stranger")
    assert not report(town, "stranger", part)
    assert not (town.folder / "evidence" / "2026-06-01" / "stranger").exists()


@pytest.mark.parametrize("path", ["../secrets.txt", "/etc/passwd", "evidence/../beffroi.db", "evidence", "beffroi.db"])
def test_paths_that_lead_out_are_not_followed(town: Town, path: str) -> None:
    town.raised(lawn(town), "walk")
    with pytest.raises(StorageError, match="leads out"):
        report(town, "walk", replace(town.footage("walk"), path=path))


def test_a_link_that_leads_out_is_not_followed(town: Town) -> None:
    alert_id = town.raised(lawn(town), "walk")
    part = town.footage("walk")
    report(town, "walk", part)
    file = town.folder / part.path
    file.unlink()
    file.symlink_to(town.folder / "beffroi.db")
    with pytest.raises(StorageError, match="leads out"):
        town.doors.alerts.evidence_file(SUPERVISOR, alert_id, PartKind.CLIP)


def test_a_file_that_was_altered_or_is_gone_is_named(town: Town) -> None:
    alert_id = town.raised(lawn(town), "walk")
    part = town.footage("walk")
    report(town, "walk", part)
    (town.folder / part.path).write_bytes(b"cut")
    with pytest.raises(StorageError, match="altered"):
        town.doors.alerts.evidence_file(SUPERVISOR, alert_id, PartKind.CLIP)
    (town.folder / part.path).unlink()
    with pytest.raises(NotFoundError):
        town.doors.alerts.evidence_file(SUPERVISOR, alert_id, PartKind.CLIP)


def test_a_file_of_the_same_length_with_other_bytes_is_not_shown(town: Town) -> None:
    alert_id = town.raised(lawn(town), "walk")
    part = town.footage("walk", content=b"moving pictures")
    report(town, "walk", part)
    assert town.doors.alerts.evidence_file(SUPERVISOR, alert_id, PartKind.CLIP).sha256 == part.sha256
    (town.folder / part.path).write_bytes(b"forged pictures")
    with pytest.raises(StorageError, match="altered"):
        town.doors.alerts.evidence_file(SUPERVISOR, alert_id, PartKind.CLIP)


def test_a_clip_whose_still_failed_is_there(town: Town) -> None:
    alert_id = town.raised(lawn(town), "walk")
    report(town, "walk", town.footage("walk"), error="the still could not be written")
    alert = town.doors.alerts.get(OPERATOR, alert_id).record.alert
    assert (alert.evidence_state, alert.evidence_reason) == (EvidenceState.READY, "the still could not be written")
    assert town.doors.alerts.evidence_file(SUPERVISOR, alert_id, PartKind.CLIP).path.exists()


def test_a_clip_that_comes_after_its_record_was_sealed_does_not_stay(town: Town) -> None:
    alert_id = town.raised(lawn(town), "walk")
    still = town.footage("walk", PartKind.STILL)
    report(town, "walk", still)
    town.clock.advance(181)
    town.doors.tend()
    clip = town.footage("walk")
    assert report(town, "walk", still, clip)
    assert (town.folder / still.path).exists()
    assert not (town.folder / clip.path).exists()
    assert town.doors.alerts.get(OPERATOR, alert_id).evidence.reason == "never_came"
    assert town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=1)[0].why == "too_late"
    assert town.doors.journal.evidence_broken_at(LOCAL_ADMINISTRATOR) is None


def test_files_that_were_never_reported_go_with_their_event(town: Town) -> None:
    town.raised(lawn(town), "walk")
    folder = (town.folder / town.footage("walk").path).parent
    town.clock.advance(61)
    town.doors.tend()
    assert folder.exists()
    town.clock.advance(7 * DAY_S)
    town.restart()
    town.doors.tend()
    assert folder.exists()  # nobody watched the clock meanwhile: it is believed once it has stood
    for _ in range(2):
        town.clock.advance(450)
        town.doors.tend()
    assert not folder.exists()


def test_a_clock_that_leaps_ahead_destroys_nothing_until_it_has_stood(town: Town) -> None:
    alert_id = town.raised(lawn(town), "walk")
    part = town.footage("walk")
    report(town, "walk", part)
    town.doors.tend()
    town.clock.advance(400 * DAY_S)
    town.doors.tend()
    assert (town.folder / part.path).exists()
    town.clock.advance(-400 * DAY_S)
    town.doors.tend()
    assert town.doors.alerts.evidence_file(SUPERVISOR, alert_id, PartKind.CLIP).path.exists()
    town.clock.advance(8 * DAY_S)
    for _ in range(15):
        town.doors.tend()
        assert (town.folder / part.path).exists()
        town.clock.advance(60)
    town.doors.tend()
    assert not (town.folder / part.path).exists()


def test_what_expires_is_destroyed_and_the_record_stays(town: Town) -> None:
    alert_id = town.raised(lawn(town), "walk")
    part = town.footage("walk")
    report(town, "walk", part)
    town.clock.advance(7 * DAY_S - 1)
    town.doors.tend()
    assert (town.folder / part.path).exists()
    town.clock.advance(1)
    with pytest.raises(NotFoundError, match="time is over"):
        town.doors.alerts.evidence_file(SUPERVISOR, alert_id, PartKind.CLIP)
    town.doors.tend()
    assert not (town.folder / part.path).parent.exists()
    detail = town.doors.alerts.get(OPERATOR, alert_id)
    assert (detail.evidence.state, detail.evidence.reason) == (EvidenceState.MISSING, "expired")
    assert detail.evidence.destroyed_at == town.clock.now
    assert town.doors.journal.evidence_broken_at(LOCAL_ADMINISTRATOR) is None
    assert town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=1)[0].act == "destroy_footage"


def test_the_chain_shows_what_was_altered_or_left_out(town: Town) -> None:
    records = []
    for name in ("one", "two", "three"):
        alert_id = town.raised(lawn(town), name)
        report(town, name, town.footage(name, content=name.encode()))
        records.append(town.doors.alerts.get(OPERATOR, alert_id).evidence)
    assert [later.evidence.previous_sha256 for later in records[1:]] == [one.record_sha256 for one in records[:-1]]
    assert town.doors.journal.evidence_broken_at(LOCAL_ADMINISTRATOR) is None
    with sqlite3.connect(town.folder / "beffroi.db") as connection:
        connection.execute(
            "UPDATE evidence_parts SET sha256 = 'f00d' WHERE evidence_id = ?", (records[1].evidence.evidence_id,)
        )
    assert town.doors.journal.evidence_broken_at(LOCAL_ADMINISTRATOR) == records[1].evidence.evidence_id


def test_evidence_that_never_comes_is_given_up(town: Town) -> None:
    alert_id = town.raised(lawn(town))
    town.clock.advance(179)
    town.doors.tend()
    assert town.doors.alerts.get(OPERATOR, alert_id).evidence.state is EvidenceState.PENDING
    town.clock.advance(2)
    town.doors.tend()
    record = town.doors.alerts.get(OPERATOR, alert_id).record
    assert (record.alert.evidence_state, record.alert.evidence_reason) == (EvidenceState.MISSING, "never_came")


def test_a_restart_adopts_finished_clips_gives_up_the_others_and_sweeps_the_rest(town: Town) -> None:
    rule = lawn(town)
    finished, cut = town.raised(rule, "finished"), town.raised(rule, "cut")
    town.footage("finished")
    town.footage("cut", PartKind.STILL)
    (town.folder / "evidence" / "2026-06-01" / "cut" / ".clip.mp4.part").write_bytes(b"half")
    town.footage("nobody")
    town.clock.advance(3)
    town.restart()
    kept = town.doors.alerts.get(OPERATOR, finished).evidence
    assert kept.state is EvidenceState.READY
    # nobody is left who knows what the clip covers: all that it can
    met_at = town.doors.alerts.get(OPERATOR, finished).record.alert.started_at
    assert (kept.from_at, kept.to_at) == (met_at - seconds_to_ns(15), met_at + seconds_to_ns(20))
    assert town.doors.alerts.evidence_file(SUPERVISOR, finished, PartKind.CLIP).bytes == len(b"moving pictures")
    detail = town.doors.alerts.get(OPERATOR, cut)
    assert (detail.evidence.state, detail.evidence.reason) == (EvidenceState.MISSING, "interrupted")
    assert [part.kind for part in detail.evidence.parts] == [PartKind.STILL]
    assert not (town.folder / "evidence" / "2026-06-01" / "nobody").exists()


def test_a_clip_whose_blurred_copy_never_comes_says_what_it_covers(town: Town) -> None:
    told, silent = town.raised(lawn(town), "told"), town.raised(lawn(town), "silent")
    now = town.clock.now
    span = (UtcNs(now - seconds_to_ns(6)), UtcNs(now + seconds_to_ns(9)))
    for event_id, (from_at, to_at) in (("told", span), ("silent", (now, now))):
        written = Written(final=False, redaction="none")
        part = town.footage(event_id)
        town.doors.intake.take_evidence(SYSTEM, event_id, parts=(part,), from_at=from_at, to_at=to_at, written=written)
    kept = town.doors.alerts.get(OPERATOR, told).evidence
    assert (kept.state, kept.from_at, kept.to_at) == (EvidenceState.PENDING, *span)
    town.clock.advance(3)
    town.restart()
    kept = town.doors.alerts.get(OPERATOR, told).evidence
    assert (kept.state, kept.from_at, kept.to_at) == (EvidenceState.READY, *span)
    kept = town.doors.alerts.get(OPERATOR, silent).evidence
    assert (kept.state, kept.from_at, kept.to_at) == (
        EvidenceState.READY,
        now - seconds_to_ns(15),
        now + seconds_to_ns(20),
    )
