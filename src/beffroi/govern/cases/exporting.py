"""The door of sealed exports: asked for with a reason, seconded, built in the background, handed over, destroyed."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import Connection

from beffroi.govern.audit.checkpoints import Checkpoints
from beffroi.govern.cases.archive import Progress, Sealed, measure, seal
from beffroi.govern.cases.contents import (
    check_items,
    footage_pieces,
    gather,
    manifest_facts,
    paper_pieces,
    recordings_inside,
    segment_pieces,
)
from beffroi.govern.cases.ending import ExportsEnd
from beffroi.govern.cases.opening import Cases, refuse_unless_open
from beffroi.govern.cases.pages import receipt
from beffroi.govern.cases.sameness import SealedFiles, check_seconded
from beffroi.govern.footage import Footage
from beffroi.govern.keys import Signer
from beffroi.govern.paper import Paper
from beffroi.govern.passage import Passage, Writing, new_id
from beffroi.govern.reaching import of_items, reaches
from beffroi.govern.retention.inscribing import Pen
from beffroi.govern.retention.terms import Terms
from beffroi.govern.rights import SYSTEM, Actor, Right
from beffroi.govern.sensitive import SensitiveActs, SensitiveKind
from beffroi.govern.settings import GovernanceSettings
from beffroi.keep.store import cases, exports, sensitive
from beffroi.keep.store.cases import Case
from beffroi.keep.store.exports import Export as Export
from beffroi.keep.store.exports import ExportState as ExportState
from beffroi.vocabulary.errors import BeffroiError, ConflictError, NotFoundError, StorageError
from beffroi.vocabulary.journal import Detail
from beffroi.vocabulary.time import UtcNs, iso_utc, seconds_to_ns

log = structlog.get_logger("beffroi.govern")
_FOLDER = "exports"
_BUILDABLE = (ExportState.ASKED, ExportState.INTERRUPTED, ExportState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportNow:
    """An export, how its request stands ("waiting", "seconded", "refused", "done", "expired"), who answered it and
    why, and, while it is built, how far it is (0 to 1).
    """

    export: Export
    request_state: str
    answered_by: str
    answer_why: str
    progress: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """A sealed archive to hand over: absolute path inside the data folder, the name to give it."""

    path: Path
    name: str
    bytes: int
    sha256: str


class _StopBuildingError(Exception):
    """The house stops: the build is interrupted."""


class Exports:
    """Sealed exports of cases. One is built at a time, in a thread of its own."""

    def __init__(
        self,
        passage: Passage,
        case_door: Cases,
        sources: tuple[Footage, Signer, SensitiveActs, Checkpoints, Pen, Terms],
        settings: GovernanceSettings,
    ) -> None:
        self._passage, self._cases, self._settings = passage, case_door, settings
        self._footage, self._signer, self._sensitive, self._checkpoints, self._pen, self._terms = sources
        self._folder = passage.database.path.parent.resolve() / _FOLDER
        self._ending = ExportsEnd(passage, self._pen, self._folder)
        self._builder: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._sealed = SealedFiles()
        self._progress: dict[str, float] = {}

    def ask(self, actor: Actor, case_id: str, *, blurred: bool, why: str, recordings: bool = False) -> ExportNow:
        """Ask for an export of what is in a case now, with the recordings that lie inside it if they are wanted. It is
        built once another person has agreed.

        Raises:
            InvalidInputError: no reason, or nothing is in the case.
            ConflictError: the requisition has ended, or the case is closed.
            NotFoundError, NotAuthorisedError: no such case, not this person's, or the right is missing.
        """
        about = f"case:{case_id}"
        with self._passage.reading(actor, Right.EXPORT, about) as connection:
            case = self._cases.live(connection, actor, case_id)
            items = {"alert": cases.items_of(connection, case_id, "alert")}
            if recordings:
                inside = recordings_inside(connection, case, self._passage.clock())
                items["segment"] = [
                    one for one in inside if reaches(connection, actor, of_items(connection, "segment", [one]))
                ]
            check_items(connection, case, items)
            self._cases.refuse_items(connection, actor, case_id, items)
        payload = {"case_id": case_id, "requisition": case.requisition, "blurred": blurred, **items}
        request = self._sensitive.ask(actor, SensitiveKind.EXPORT, about, why=why, payload=payload)
        with self._passage.writing(actor, Right.EXPORT, about) as writing:
            export = Export(
                export_id=new_id("export"),
                case_id=case_id,
                request_id=request.request_id,
                asked_by=actor.name,
                asked_at=writing.now,
                why=request.why,
                blurred=blurred,
                items=items,
            )
            exports.add_export(writing.connection, export)
            detail: Detail = {"export": export.export_id, "items": sum(map(len, items.values())), "blurred": blurred}
            writing.trace("ask_export", about, why=request.why, detail=detail)
            return self._now(writing.connection, export)

    def build(self, actor: Actor, export_id: str) -> ExportNow:
        """Build an export that was seconded, or build again one that was interrupted or failed; in the background.

        Raises:
            NotAuthorisedError: nobody has seconded it yet, or in time; not one's own.
            ConflictError: the requisition has ended, the case is closed, or it is built already.
            NotFoundError: no such export.
            StorageError: it is not what was seconded: its row was altered.
        """
        self._signer.ready()  # a first key writes its own entry: before that of the export, which is to be the newest
        with self._passage.writing(actor, Right.EXPORT, f"export:{export_id}") as writing:
            export = self._own(writing.connection, actor, export_id)
            case = self._cases.live(writing.connection, actor, export.case_id)
            self._cases.refuse_items(writing.connection, actor, export.case_id, export.items)
            if export.state not in _BUILDABLE:
                raise ConflictError(f"the export is {export.state.value}: it is not built again")
            if export.state is ExportState.ASKED:
                self._take(writing, export, case)
            else:
                check_seconded(export, case, sensitive.get_request(writing.connection, export.request_id))
                writing.trace("export_again", f"export:{export_id}", why=export.why, detail={"case": case.case_id})
            exports.change_export(writing.connection, export_id, state=ExportState.BUILDING, reason="")
            building = self._own(writing.connection, actor, export_id)
            now = self._now(writing.connection, building)
        self._submit(export_id)
        return now

    def of_case(self, actor: Actor, case_id: str) -> list[ExportNow]:
        """The exports of a case, newest first, receipts of destroyed ones included. Errors as for ``Cases.get``."""
        self._cases.get(actor, case_id)
        with self._passage.reading(actor, Right.SEE_CASES, f"case:{case_id}") as connection:
            return [self._now(connection, one) for one in exports.exports_of(connection, case_id)]

    def get(self, actor: Actor, export_id: str) -> tuple[Case, ExportNow]:
        """One export with its case. Errors as for ``Cases.get``."""
        with self._passage.reading(actor, Right.SEE_CASES, f"export:{export_id}") as connection:
            export = exports.get_export(connection, export_id)
            now = self._now(connection, export) if export else None
        if export is None or now is None:
            raise NotFoundError(f"there is no export {export_id!r}")
        return self._cases.get(actor, export.case_id).case, now

    def receipt(self, actor: Actor, export_id: str, language: str) -> Paper:
        """What is handed over beside the archive, to compare it with; it outlives the file. Errors as for ``get``.

        Raises:
            ConflictError: the export is not built.
        """
        case, now = self.get(actor, export_id)
        if not now.export.sha256:
            raise ConflictError(f"there is no receipt: the export is {now.export.state.value}")
        return receipt(case, now.export, self._passage.clock(), language)

    def file(self, actor: Actor, export_id: str) -> ExportFile:
        """The archive, for one of the case's people; the handing over is traced before the path is given.

        Raises:
            NotFoundError: no such export, not built, or destroyed.
            ConflictError: the requisition has ended, or the case is closed.
            NotAuthorisedError: another person's case, or the right is missing.
            StorageError: the file is not the one that was sealed.
        """
        about = f"export:{export_id}"
        with self._passage.reading(actor, Right.EXPORT, about) as connection:
            export = exports.get_export(connection, export_id)
            if export is None:
                raise NotFoundError(f"there is no export {export_id!r}")
            case = self._cases.live(connection, actor, export.case_id)
            self._cases.refuse_items(connection, actor, export.case_id, export.items)
        expired = export.expires_at is not None and self._passage.clock() >= export.expires_at
        path = self._path(export_id)
        if export.state is not ExportState.READY or expired or not path.is_file():
            raise NotFoundError(
                f"there is no file of this export: it is {'expired' if expired else export.state.value}"
            )
        self._sealed.check(path, export)
        detail: Detail = {"case": export.case_id, "requisition": case.requisition, "sha256": export.sha256}
        with self._passage.writing(actor, Right.EXPORT, about, act="download_export", why=export.why, detail=detail):
            name = f"export-{export_id.removeprefix('export-')[:12]}.zip"
            return ExportFile(path=path, name=name, bytes=export.bytes, sha256=export.sha256)

    def recover(self) -> None:
        """Once at start: builds that the former process was at are named interrupted; what no ready export names goes.

        Raises:
            StorageError: the disk refuses.
        """
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            for one in exports.in_state(writing.connection, ExportState.BUILDING):
                self._end(writing, one, ExportState.INTERRUPTED, "the house stopped while it was built")
            kept = exports.kept_files(writing.connection)
        self._ending.sweep(kept)

    def tend(self) -> None:
        """Every few seconds: requisitions that end are noted, exports whose time is over destroyed.

        Raises:
            StorageError: the disk refuses; what was not done is done the next time.
        """
        now = self._passage.clock()
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            due = exports.over(connection, now)
            ends = any(one.ended_at is None and now >= one.ends_at for one in cases.all_cases(connection))
        if ends:
            with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
                for case in cases.end_over(writing.connection, writing.now):
                    detail: Detail = {"requisition": case.requisition, "ends": iso_utc(case.ends_at)}
                    writing.trace("end_case", f"case:{case.case_id}", why="requisition_ended", detail=detail)
        for export, why in due:
            self._ending.destroy(export, self._path(export.export_id), why)

    def stop(self) -> None:
        """Let a build that is running end as interrupted, and wait for it."""
        self._stopping.set()
        with self._lock:
            builder, self._builder = self._builder, None
        if builder is not None:
            builder.shutdown(wait=True, cancel_futures=True)

    def _take(self, writing: Writing, export: Export, case: Case) -> None:
        about = f"case:{case.case_id}"
        request = self._sensitive.take(writing, export.request_id, SensitiveKind.EXPORT, about)
        check_seconded(export, case, request)
        values = {"seconded_by": request.answered_by, "seconded_at": request.answered_at}
        exports.change_export(writing.connection, export.export_id, **values)
        detail: Detail = {
            "export": export.export_id,
            "requisition": case.requisition,
            "seconded_by": request.answered_by,
        }
        writing.trace("export", about, why=export.why, purpose="", detail=detail)
        for alert_id in export.items.get("alert", []):
            writing.trace("export", f"alert:{alert_id}", why=export.why, detail=detail)

    def _submit(self, export_id: str) -> None:
        with self._lock:
            if self._builder is None:
                self._builder = ThreadPoolExecutor(max_workers=1, thread_name_prefix="beffroi-export")
            self._progress[export_id] = 0.0
            self._builder.submit(self._build, export_id)

    def _build(self, export_id: str) -> None:
        """In the builder's thread: never raises, always leaves a state that says what became of it."""
        state, reason, sealed = ExportState.FAILED, "", None
        try:
            sealed = self._make(export_id)
        except _StopBuildingError:
            state, reason = ExportState.INTERRUPTED, "the house stopped while it was built"
        except BeffroiError as error:
            reason = str(error)
        except Exception:  # whatever it was, nobody may wait for it for ever
            log.exception("export_failed", export=export_id)
            reason = "an unforeseen failure: the log says more"
        finally:
            self._progress.pop(export_id, None)
        try:
            self._conclude(export_id, sealed, state, reason)
        except BeffroiError as error:
            self._path(export_id).unlink(missing_ok=True)
            log.error("export_not_concluded", export=export_id, cause=str(error))

    def _make(self, export_id: str) -> Sealed:
        self._checkpoints.make()  # what the journal says of this export is sealed with it
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            export = exports.get_export(connection, export_id)
            if export is None:
                raise NotFoundError(f"there is no export {export_id!r}")
            gathered = gather(connection, export, self._passage.clock())
        progress = self._reporter(export_id)
        pieces = footage_pieces(gathered, self._footage) + segment_pieces(gathered, self._folder.parent)
        measured = measure(pieces, progress)
        key_id = self._signer.ready()
        public = next(one.public_key for one in self._signer.public_keys() if one.key_id == key_id)
        papers = measure(paper_pieces(gathered, measured, public), lambda *_: None)
        whole = [*measured, *papers]
        return seal(self._path(export_id), whole, manifest_facts(gathered), self._signer, progress)

    def _reporter(self, export_id: str) -> Progress:
        highest = 0

        def report(done: int, total: int) -> None:
            nonlocal highest
            if self._stopping.is_set():
                raise _StopBuildingError
            highest = max(highest, done)
            self._progress[export_id] = min(1.0, highest / total) if total else 0.0

        return report

    def _conclude(self, export_id: str, sealed: Sealed | None, state: ExportState, reason: str) -> None:
        self._pen.ready()
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            export = exports.get_export(writing.connection, export_id)
            assert export is not None
            case = cases.get_case(writing.connection, export.case_id)
            if sealed is not None and case is not None:
                try:
                    refuse_unless_open(case, writing.now)
                except ConflictError as error:  # closed or ended while it was built
                    sealed, reason = None, str(error)
            if sealed is None or case is None:
                self._ending.give_up(writing, self._path(export_id))
                self._end(writing, export, state, reason)
                return
            keep_until = UtcNs(writing.now + seconds_to_ns(self._settings.export_keep_s))
            term_ends = self._terms.export_end(writing.connection, export.items, writing.now)
            exports.change_export(
                writing.connection,
                export_id,
                state=ExportState.READY,
                bytes=sealed.bytes,
                sha256=sealed.sha256,
                key_id=sealed.key_id,
                made_at=writing.now,
                expires_at=min(case.ends_at, keep_until, term_ends),
            )
            detail: Detail = {
                "case": case.case_id,
                "bytes": sealed.bytes,
                "sha256": sealed.sha256,
                "key": sealed.key_id,
            }
            writing.trace("seal_export", f"export:{export_id}", why=export.why, detail=detail)

    def _end(self, writing: Writing, export: Export, state: ExportState, reason: str) -> None:
        exports.change_export(writing.connection, export.export_id, state=state, reason=reason)
        detail: Detail = {"case": export.case_id, "state": state.value}
        writing.trace("export_not_built", f"export:{export.export_id}", why=reason, detail=detail)

    def _own(self, connection: Connection, actor: Actor, export_id: str) -> Export:
        export = exports.get_export(connection, export_id)
        if export is None:
            raise NotFoundError(f"there is no export {export_id!r}")
        self._cases.own(connection, actor, export.case_id)
        return export

    def _now(self, connection: Connection, export: Export) -> ExportNow:
        request = sensitive.get_request(connection, export.request_id)
        over = request is not None and self._passage.clock() >= request.expires_at
        waiting = request is not None and request.state.value in ("waiting", "seconded")
        state = "expired" if request is None or (over and waiting) else request.state.value
        return ExportNow(
            export=export,
            request_state=state,
            answered_by=request.answered_by if request else "",
            answer_why=request.answer_why if request else "",
            progress=self._progress.get(export.export_id) if export.state is ExportState.BUILDING else None,
        )

    def _path(self, export_id: str) -> Path:
        """Where an export lies. The id is ours (``new_id``); a row that was altered leads nowhere else.

        Raises:
            StorageError: the id is none of ours.
        """
        if not re.fullmatch(r"export-[0-9a-f]{32}", export_id):
            raise StorageError("an export's row was altered: its id is none of ours; it is not followed")
        return self._folder / f"{export_id}.zip"
