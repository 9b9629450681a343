"""What a judge's hold keeps beyond its term serves the case it was held for, and nobody's watching."""

from __future__ import annotations

from pathlib import Path

import pytest

from beffroi.govern.cases.exporting import ExportState
from beffroi.govern.retention.holding import NewHold
from beffroi.govern.rights import SYSTEM
from beffroi.testing.casework import DAY, Casework, at, requisition
from beffroi.testing.town import DPO, INVESTIGATOR, OPERATOR, SUPERVISOR, Town, authorisation
from beffroi.vocabulary.errors import NotFoundError
from beffroi.vocabulary.evidence import PartKind
from beffroi.vocabulary.retention import DataKind

HOLD = NewHold(
    reference="2026/118",
    authority="Tribunal judiciaire",
    reason="requisition of the investigating judge",
    cameras=("mairie",),
    alerts=(),
    from_at=at(-3600),
    to_at=at(3600),
    ends_at=at(60 * DAY),
)


def test_what_is_held_is_exported_after_its_term_recordings_too(casework: Casework) -> None:
    alert_id = casework.filmed()
    casework.town.recorded("held", keep_s=DAY)
    casework.doors.cases.choose(INVESTIGATOR, casework.case_id, add=[alert_id])
    casework.doors.retention.holds.place(INVESTIGATOR, HOLD)
    casework.town.live(8 * DAY)
    asked = casework.doors.exports.ask(
        INVESTIGATOR, casework.case_id, blurred=False, why="for the judge", recordings=True
    ).export
    assert asked.items["segment"] == ["segment-held"]
    casework.doors.sensitive.second(SUPERVISOR, asked.request_id)
    casework.doors.exports.build(INVESTIGATOR, asked.export_id)
    built = casework.settled(asked.export_id).export
    assert (built.state, built.reason) == (ExportState.READY, "")


def test_what_nobody_holds_is_not_exported_after_its_term(casework: Casework) -> None:
    export_id = casework.seconded(1)
    casework.doors.retention.set_term(DPO, "mairie", DataKind.EVIDENCE, 60, why="as the council decided")
    casework.town.clock.advance(120)  # nothing destroyed it yet
    casework.doors.exports.build(INVESTIGATOR, export_id)
    built = casework.settled(export_id).export
    assert (built.state, "its time was over" in built.reason) == (ExportState.FAILED, True)


def test_past_its_term_only_the_people_of_a_case_see_what_is_held(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    town.settle(authorisation(viewers=frozenset({"operator", "investigator"})))
    alert_id = town.raised(town.doors.rules.get(SYSTEM, "lawn").rule, "walk")
    parts = [town.footage("walk", kind, kind.value.encode()) for kind in (PartKind.CLIP, PartKind.CLIP_BLURRED)]
    town.doors.intake.take_evidence(SYSTEM, "walk", parts=parts, from_at=at(-5), to_at=at(5))
    blurred = town.folder / parts[1].path
    town.doors.retention.holds.place(INVESTIGATOR, HOLD)
    town.live(8 * DAY)
    assert blurred.exists()

    def seen_by_investigator() -> bool:
        try:
            return town.doors.alerts.evidence_file(INVESTIGATOR, alert_id, PartKind.CLIP).path == blurred
        except NotFoundError:
            return False

    with pytest.raises(NotFoundError, match="time is over"):
        town.doors.alerts.evidence_file(OPERATOR, alert_id, PartKind.CLIP)
    assert not seen_by_investigator()
    case_id = town.doors.cases.open(INVESTIGATOR, requisition()).case.case_id
    assert seen_by_investigator()
    with pytest.raises(NotFoundError, match="time is over"):
        town.doors.alerts.evidence_file(OPERATOR, alert_id, PartKind.CLIP)
    town.doors.cases.close(INVESTIGATOR, case_id, why="handed over")
    assert not seen_by_investigator()
    town.doors.close()
