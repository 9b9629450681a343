"""A case and its export: from the requisition to the destruction."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update

from beffroi.govern.cases.archive import Measured, Piece, measure, seal
from beffroi.govern.cases.exporting import ExportState
from beffroi.govern.cases.opening import CaseOverError, CaseState, CaseTakenError, OutsideCaseError
from beffroi.keep.store.segments import Segment, add_segments
from beffroi.keep.store.tables.cases import exports
from beffroi.testing.casework import DAY, Casework, at, requisition
from beffroi.testing.town import DPO, INVESTIGATOR, SUPERVISOR
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotAuthorisedError, NotFoundError, StorageError
from beffroi.vocabulary.proof import FindingKind
from beffroi.vocabulary.retention import DataKind, Why

Verify = Callable[..., tuple[int, str]]
BAD = [
    ("requisition", {"requisition": "a/../../<b>"}),
    ("authority", {"authority": " "}),
    ("legal_basis", {"legal_basis": "x" * 201}),
    ("purpose", {"purpose": "vol"}),
    ("cameras", {"cameras": ()}),
    ("cameras", {"cameras": ("nowhere",)}),
    ("to_at", {"from_at": at(10), "to_at": at(10)}),
    ("to_at", {"from_at": at(-400 * DAY)}),
    ("ends_at", {"ends_at": at(-1)}),
    ("ends_at", {"ends_at": at(400 * DAY)}),
    ("from_at", {"from_at": at(20 * DAY), "to_at": at(21 * DAY)}),
    ("people", {"people": ("nobody",)}),
]


def acts(casework: Casework, about: str) -> list[str]:
    return [one.act for one in reversed(casework.doors.journal.recent(DPO, about=about))]


@pytest.mark.parametrize(("where", "said"), BAD)
def test_a_requisition_that_cannot_be_is_refused_by_field(
    casework: Casework, where: str, said: dict[str, object]
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        casework.doors.cases.open(INVESTIGATOR, requisition(**{"requisition": "PV 9", **said}))
    assert refused.value.where == where
    assert refused.value.mend


def test_two_cases_are_not_open_on_one_requisition(casework: Casework) -> None:
    with pytest.raises(CaseTakenError):
        casework.doors.cases.open(INVESTIGATOR, requisition())


def test_an_export_is_asked_seconded_built_fetched_and_all_is_in_the_journal(
    casework: Casework, verify: Verify, tmp_path: Path
) -> None:
    asked = casework.asked()
    export_id = asked.export.export_id
    with pytest.raises(NotAuthorisedError, match="waiting"):
        casework.doors.exports.build(INVESTIGATOR, export_id)
    casework.doors.sensitive.second(SUPERVISOR, asked.export.request_id)
    casework.doors.exports.build(INVESTIGATOR, export_id)
    now = casework.settled(export_id)
    assert (now.export.state, now.export.seconded_by) == (ExportState.READY, SUPERVISOR.name)
    file = casework.doors.exports.file(INVESTIGATOR, export_id)
    with zipfile.ZipFile(file.path) as opened:
        assert opened.testzip() is None
        opened.extractall(tmp_path / "unpacked")
        assert opened.read("evidence/0001/clip.mp4") == b"moving pictures" * 999 + b"filmed-00001"
        text = opened.read("manifest.json") + opened.read("audit.json") + opened.read("player.html")
    assert b"se cret" not in text
    assert b"rtsp://" not in text
    assert str(casework.town.folder).encode() not in text
    for place in ((), (str(file.path),)):
        code, said = verify(tmp_path / "unpacked" / "verify.py", *place, "--key", now.export.key_id)
        assert (code, "INTACT" in said) == (0, True), said
    assert acts(casework, f"export:{export_id}")[-2:] == ["seal_export", "download_export"]
    assert acts(casework, f"case:{casework.case_id}")[-1] == "export"
    assert "export" in acts(casework, f"alert:{now.export.items['alert'][0]}")
    with pytest.raises(ConflictError):
        casework.doors.exports.build(INVESTIGATOR, export_id)


def test_an_ended_requisition_gives_nothing_and_its_exports_are_destroyed(casework: Casework) -> None:
    path = casework.ready()
    export = casework.doors.exports.of_case(INVESTIGATOR, casework.case_id)[0].export
    before = casework.town.clock.now
    casework.town.clock.advance(11 * DAY)
    for act in (
        lambda: casework.doors.cases.alerts(INVESTIGATOR, casework.case_id),
        lambda: casework.doors.cases.choose(INVESTIGATOR, casework.case_id, add=["x"]),
        lambda: casework.doors.exports.ask(INVESTIGATOR, casework.case_id, blurred=False, why="for the judge"),
        lambda: casework.doors.exports.file(INVESTIGATOR, export.export_id),
    ):
        with pytest.raises(CaseOverError, match="ended on 2026-06-11"):
            act()
    casework.doors.exports.tend()
    assert not path.exists()
    gone = casework.doors.exports.get(DPO, export.export_id)[1].export
    assert (gone.state, gone.reason, gone.sha256) == (ExportState.DESTROYED, "case_ended", export.sha256)
    assert acts(casework, f"export:{export.export_id}")[-1] == "destroy_export"
    casework.town.clock.now = before  # a clock set back does not open it again
    assert casework.doors.cases.get(INVESTIGATOR, casework.case_id).state is CaseState.ENDED
    with pytest.raises(CaseOverError):
        casework.doors.cases.alerts(INVESTIGATOR, casework.case_id)


def test_a_closed_case_gives_nothing_and_its_exports_go(casework: Casework) -> None:
    path = casework.ready()
    casework.doors.cases.close(INVESTIGATOR, casework.case_id, why="handed over")
    casework.doors.exports.tend()
    assert not path.exists()
    with pytest.raises(CaseOverError):
        casework.doors.cases.alerts(INVESTIGATOR, casework.case_id)


def test_nothing_outside_the_cameras_or_the_span_gets_in(casework: Casework) -> None:
    elsewhere = casework.filmed(casework.town.add_rule("pier", "quai"))
    casework.town.clock.advance(3600)
    late = casework.filmed()
    for outside in (elsewhere, late):
        with pytest.raises(OutsideCaseError):
            casework.doors.cases.choose(INVESTIGATOR, casework.case_id, add=[outside])
    assert casework.doors.cases.alerts(INVESTIGATOR, casework.case_id) == []


def test_nobody_else_gets_anything_of_a_case(casework: Casework) -> None:
    casework.ready()
    export_id = casework.doors.exports.of_case(INVESTIGATOR, casework.case_id)[0].export.export_id
    other = replace(INVESTIGATOR, name="zoe")
    assert casework.doors.cases.all(other) == []
    assert [one.case.case_id for one in casework.doors.cases.all(DPO)] == [casework.case_id]
    for act in (
        lambda: casework.doors.cases.get(other, casework.case_id),
        lambda: casework.doors.exports.file(other, export_id),
        lambda: casework.doors.exports.file(SUPERVISOR, export_id),
        lambda: casework.doors.exports.build(other, export_id),
    ):
        with pytest.raises(NotAuthorisedError):
            act()


def test_a_build_that_the_house_did_not_survive_is_named_and_can_be_done_again(casework: Casework) -> None:
    export_id = casework.seconded()
    with casework.doors.database.write() as connection:  # as kill -9 in the middle of a build leaves it
        connection.execute(update(exports).values(state="building"))
    folder = casework.town.folder / "exports"
    folder.mkdir()
    (folder / f"{export_id}.part").write_bytes(b"half")
    casework.town.restart()
    casework.doors = casework.town.doors
    assert casework.settled(export_id).export.state is ExportState.INTERRUPTED
    assert list(folder.iterdir()) == []
    casework.doors.exports.build(INVESTIGATOR, export_id)
    assert casework.settled(export_id).export.state is ExportState.READY


def test_altered_or_lost_footage_is_named_and_nothing_is_left(casework: Casework) -> None:
    export_id = casework.seconded(1)
    clip = next((casework.town.folder / "evidence").rglob("clip.mp4"))
    content = clip.read_bytes()
    clip.write_bytes(b"X" + content[1:])
    casework.doors.exports.build(INVESTIGATOR, export_id)
    failed = casework.settled(export_id).export
    assert failed.state is ExportState.FAILED
    assert "altered" in failed.reason
    assert list((casework.town.folder).glob("exports/*")) == []
    clip.write_bytes(content)
    casework.doors.exports.build(INVESTIGATOR, export_id)
    assert casework.settled(export_id).export.state is ExportState.READY


def test_a_blurred_copy_that_is_missing_stops_the_export(casework: Casework) -> None:
    casework.doors.cases.choose(INVESTIGATOR, casework.case_id, add=[casework.filmed()])
    asked = casework.doors.exports.ask(INVESTIGATOR, casework.case_id, blurred=True, why="for the judge")
    casework.doors.sensitive.second(SUPERVISOR, asked.export.request_id)
    casework.doors.exports.build(INVESTIGATOR, asked.export.export_id)
    failed = casework.settled(asked.export.export_id).export
    assert failed.state is ExportState.FAILED
    assert "blurred copy" in failed.reason


def test_blurred_copies_go_beside_the_originals_and_are_verified_like_them(casework: Casework, tmp_path: Path) -> None:
    casework.doors.cases.choose(INVESTIGATOR, casework.case_id, add=[casework.filmed(blurred=True)])
    asked = casework.doors.exports.ask(INVESTIGATOR, casework.case_id, blurred=True, why="for the judge")
    casework.doors.sensitive.second(SUPERVISOR, asked.export.request_id)
    casework.doors.exports.build(INVESTIGATOR, asked.export.export_id)
    ready = casework.settled(asked.export.export_id).export
    assert ready.state is ExportState.READY, ready.reason
    (made,) = (casework.town.folder / "exports").glob("*.zip")
    with zipfile.ZipFile(made) as archive:
        names = [name for name in archive.namelist() if "blurred/" in name]
        assert len(names) == 2
        archive.extractall(tmp_path / "out")
    (verifier,) = (tmp_path / "out").rglob("verify.py")
    ran = subprocess.run([sys.executable, "-I", verifier.name], cwd=verifier.parent, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "a\\b", "a/../b", ".hidden", "a\nb", "a//b", "é"])
def test_no_unsafe_name_is_ever_written(casework: Casework, tmp_path: Path, name: str) -> None:
    pieces: list[Measured] = measure([Piece(name=name, text=b"x", facts={})], lambda *_: None)
    with pytest.raises(StorageError, match="not safe"):
        seal(tmp_path / "out.zip", pieces, {}, casework.doors.signer, lambda *_: None)
    assert list(tmp_path.glob("out*")) == []


def test_an_export_id_leads_nowhere_else(casework: Casework) -> None:
    for export_id in ("../beffroi.db", "export-../../x", ""):
        with pytest.raises(NotFoundError):
            casework.doors.exports.file(INVESTIGATOR, export_id)


def test_a_full_disk_is_named_and_nothing_half_left(casework: Casework, tmp_path: Path) -> None:
    one = measure([Piece(name="a", text=b"x", facts={})], lambda *_: None)[0]
    with pytest.raises(StorageError, match="no room"):
        seal(tmp_path / "o.zip", [replace(one, bytes=1 << 60)], {}, casework.doors.signer, lambda *_: None)
    full = Path("/dev/full")
    target = tmp_path / "o.zip"
    target.with_suffix(".part").symlink_to(full)
    with pytest.raises(StorageError, match="no room"):
        seal(target, [one], {}, casework.doors.signer, lambda *_: None)
    assert full.exists()
    assert list(tmp_path.glob("o*")) == []


def test_a_manifest_signed_by_another_key_is_found_by_the_fingerprint(
    casework: Casework, verify: Verify, tmp_path: Path
) -> None:
    path = casework.ready()
    key_id = casework.doors.exports.of_case(INVESTIGATOR, casework.case_id)[0].export.key_id
    folder = tmp_path / "forged"
    with zipfile.ZipFile(path) as opened:
        opened.extractall(folder)
    forger = Ed25519PrivateKey.generate()
    public = forger.public_key().public_bytes_raw()
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["case"]["authority"] = "Somebody else"
    manifest["public_key"] = base64.b64encode(public).decode()
    manifest["key_id"] = hashlib.sha256(public).hexdigest()
    raw = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(raw)
    (folder / "manifest.sig").write_bytes(base64.b64encode(forger.sign(raw)) + b"\n")
    code, said = verify(folder / "verify.py")
    assert code == 0
    assert key_id not in said  # the fingerprint that is shown is not the receipt's
    code, said = verify(folder / "verify.py", "--key", key_id)
    assert (code, "public_key" in said) == (1, True)


def test_recordings_inside_the_requisition_go_along_and_the_journal_is_sealed(
    casework: Casework, verify: Verify, tmp_path: Path
) -> None:
    content = b"an hour of film" * 1000
    for number, start in enumerate((-60, 7200)):  # the second lies outside the span
        place = f"recordings/mairie/{number}.mp4"
        (casework.town.folder / place).parent.mkdir(parents=True, exist_ok=True)
        (casework.town.folder / place).write_bytes(content)
        born = Segment(
            segment_id=f"segment-{number}",
            camera_id="mairie",
            path=place,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            from_at=at(start),
            to_at=at(start + 30),
            born_at=at(start),
            expires_at=at(5 * DAY),
            authorisation_id="order-1",
            purpose_id="safety",
        )
        with casework.doors.database.write() as connection:
            add_segments(connection, [born])
    asked = casework.doors.exports.ask(
        INVESTIGATOR, casework.case_id, blurred=False, why="for the judge", recordings=True
    )
    export_id = asked.export.export_id
    casework.doors.sensitive.second(SUPERVISOR, asked.export.request_id)
    casework.doors.exports.build(INVESTIGATOR, export_id)
    assert casework.settled(export_id).export.state is ExportState.READY
    path = casework.doors.exports.file(INVESTIGATOR, export_id).path
    with zipfile.ZipFile(path) as opened:
        assert [one for one in opened.namelist() if one.startswith("segments/")] == ["segments/0001.mp4"]
        assert opened.read("segments/0001.mp4") == content
        extract = json.loads(opened.read("audit.json"))
        (tmp_path / "verify.py").write_bytes(opened.read("verify.py"))
    assert extract["checkpoint"]["seq"] == extract["entries"][-1]["seq"]
    assert verify(tmp_path / "verify.py", str(path))[0] == 0


def test_destroyed_exports_are_in_the_signed_ledger_and_a_proof_looks_at_their_files(casework: Casework) -> None:
    path = casework.ready()
    export = casework.doors.exports.of_case(INVESTIGATOR, casework.case_id)[0].export
    stray = path.with_name("export-" + "0" * 32 + ".zip")
    stray.write_bytes(b"left behind")
    found = {one.kind: one.where for one in casework.doors.retention.verify(DPO).findings}
    assert found[FindingKind.NAMELESS_FILE] == f"exports/{stray.name}"
    casework.doors.exports.recover()
    assert path.exists()
    assert not stray.exists()
    path.write_bytes(path.read_bytes() + b"x")
    kinds = {one.kind for one in casework.doors.retention.verify(DPO).findings if one.where == f"exports/{path.name}"}
    assert kinds == {FindingKind.ALTERED_FILE}
    path.unlink()
    kinds = {one.kind for one in casework.doors.retention.verify(DPO).findings if one.where == f"exports/{path.name}"}
    assert kinds == {FindingKind.MISSING_FILE}
    casework.doors.cases.close(INVESTIGATOR, casework.case_id, why="handed over")
    casework.doors.exports.tend()
    lines = casework.doors.retention.ledger(DPO, kind=DataKind.EXPORTS)
    assert [(one.item_id, one.why, one.files[0].sha256) for one in lines] == [
        (export.export_id, Why.CASE_CLOSED, export.sha256),
        (f"file:exports/{stray.name}"[:64], Why.NO_RECORD, ""),
    ]
    proof = casework.doors.retention.verify(DPO)
    assert not [one for one in proof.findings if one.where.startswith(("exports", "ledger"))]
    with casework.doors.database.write() as connection:  # somebody says that it never was destroyed
        gone = {"state": "ready", "destroyed_at": None}
        connection.execute(update(exports).where(exports.c.export_id == export.export_id).values(**gone))
    wrong = {one.kind for one in casework.doors.retention.verify(DPO).findings}
    assert FindingKind.LIVES_AFTER_LEDGER in wrong
