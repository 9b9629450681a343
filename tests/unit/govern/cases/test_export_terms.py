"""A sealed export goes by the shortest term of what is in it, and sooner when that is shortened."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from beffroi.govern.cases.exporting import Export, ExportState
from beffroi.keep.store.tables.cases import exports
from beffroi.testing.casework import DAY, Casework
from beffroi.testing.town import DPO, INVESTIGATOR
from beffroi.vocabulary.errors import NotFoundError
from beffroi.vocabulary.proof import FindingKind
from beffroi.vocabulary.retention import DataKind
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

DAY_S = round(DAY)
WHY = "as the council decided"


def sealed(casework: Casework) -> Export:
    return casework.doors.exports.of_case(INVESTIGATOR, casework.case_id)[0].export


def days_after_sealing(export: Export, days: float) -> UtcNs:
    assert export.made_at is not None
    return UtcNs(export.made_at + seconds_to_ns(days * DAY))


def test_an_export_goes_by_the_term_of_its_cameras_or_by_what_its_purpose_allows(casework: Casework) -> None:
    casework.ready()
    export = sealed(casework)
    assert export.expires_at == days_after_sealing(export, 7)  # the purpose keeps images a week
    casework.doors.retention.set_term(DPO, "mairie", DataKind.EXPORTS, 2 * DAY_S, why=WHY)
    casework.ready()
    export = sealed(casework)
    assert export.expires_at == days_after_sealing(export, 2)


def test_a_term_made_shorter_reaches_exports_that_are_there(casework: Casework) -> None:
    path = casework.ready()
    assert casework.doors.retention.set_term(DPO, "mairie", DataKind.EXPORTS, DAY_S, why=WHY) == 1
    casework.doors.retention.set_term(DPO, "mairie", DataKind.EXPORTS, 5 * DAY_S, why=WHY)
    export = sealed(casework)
    assert export.expires_at == days_after_sealing(export, 1)
    casework.town.clock.advance(DAY + 1)
    with pytest.raises(NotFoundError, match="expired"):
        casework.doors.exports.file(INVESTIGATOR, export.export_id)
    casework.doors.exports.tend()
    assert not path.exists()
    assert sealed(casework).state is ExportState.DESTROYED


def test_a_proof_names_an_export_past_its_term_whatever_its_row_says(casework: Casework) -> None:
    path = casework.ready()
    casework.doors.retention.set_term(DPO, "mairie", DataKind.EXPORTS, DAY_S, why=WHY)
    with casework.doors.database.write() as connection:
        connection.execute(update(exports).values(expires_at=sealed(casework).asked_at + seconds_to_ns(9 * DAY)))
    casework.town.clock.advance(DAY + 3600)
    named = {one.where: one.kind for one in casework.doors.retention.verify(DPO).findings}
    assert named[f"exports/{path.name}"] is FindingKind.EXPIRED_FILE
    casework.doors.retention.apply_terms()
    casework.doors.exports.tend()
    assert not path.exists()
