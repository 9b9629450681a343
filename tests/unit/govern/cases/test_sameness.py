"""What is built is what was seconded, what is handed over is what was sealed."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import update

from beffroi.govern.cases.exporting import ExportState
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.keep.store.tables.cases import exports
from beffroi.testing.casework import Casework
from beffroi.testing.town import INVESTIGATOR
from beffroi.vocabulary.errors import StorageError


def test_a_file_of_the_same_size_that_is_not_the_sealed_one_is_not_handed_over(casework: Casework) -> None:
    path = casework.ready()
    export_id = casework.doors.exports.of_case(INVESTIGATOR, casework.case_id)[0].export.export_id
    whole, times = path.read_bytes(), path.stat()
    path.write_bytes(whole[:-9] + bytes(9))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    for _ in range(2):
        with pytest.raises(StorageError, match="altered"):
            casework.doors.exports.file(INVESTIGATOR, export_id)
    downloads = [one for one in casework.doors.journal.recent(LOCAL_ADMINISTRATOR) if one.act == "download_export"]
    assert len(downloads) == 1  # the first, by which it was made ready
    path.write_bytes(whole)
    assert casework.doors.exports.file(INVESTIGATOR, export_id).path == path
    path.rename(path.with_suffix(".kept"))
    path.symlink_to(path.with_suffix(".kept"))
    with pytest.raises(StorageError, match="altered"):
        casework.doors.exports.file(INVESTIGATOR, export_id)


@pytest.mark.parametrize("state", [ExportState.INTERRUPTED, ExportState.FAILED])
def test_an_export_that_is_built_again_is_still_what_was_seconded(casework: Casework, state: ExportState) -> None:
    export_id = casework.seconded(1)
    more = casework.filmed()
    casework.doors.cases.choose(INVESTIGATOR, casework.case_id, add=[more])
    casework.doors.exports.build(INVESTIGATOR, export_id)
    items = casework.settled(export_id).export.items
    with casework.doors.database.write() as connection:  # somebody adds an alert to what was agreed to
        added = {"alert": [*items["alert"], more]}
        connection.execute(update(exports).values(state=state.value, items=added))
    with pytest.raises(StorageError, match="not what was seconded"):
        casework.doors.exports.build(INVESTIGATOR, export_id)
    with casework.doors.database.write() as connection:
        connection.execute(update(exports).values(items=dict(items)))
    casework.doors.exports.build(INVESTIGATOR, export_id)
    assert casework.settled(export_id).export.state is ExportState.READY
