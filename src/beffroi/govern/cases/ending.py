"""How a sealed export goes: its file first, then its line in the ledger of destruction with its record, together."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from beffroi.govern.passage import Passage, Writing
from beffroi.govern.retention.inscribing import Pen, entry_of, nameless
from beffroi.govern.rights import SYSTEM, Right
from beffroi.keep.store import destructions, exports
from beffroi.keep.store.exports import Export, ExportState
from beffroi.vocabulary.errors import StorageError
from beffroi.vocabulary.journal import Detail
from beffroi.vocabulary.retention import DataKind, Due, KeptFile, LedgerEntry, Why
from beffroi.vocabulary.time import UtcNs


class ExportsEnd:
    """Destroys sealed exports, and tells it in the ledger that proves what was destroyed."""

    def __init__(self, passage: Passage, pen: Pen, folder: Path) -> None:
        self._passage, self._pen, self._folder = passage, pen, folder

    def destroy(self, export: Export, path: Path, why: Why) -> None:
        """Delete the file of an export whose time is over. A crash between file and record repeats it.

        Raises:
            StorageError: the disk or the store refuses.
        """
        self._unlink(path)
        self._pen.ready()
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            values = {"state": ExportState.DESTROYED, "reason": why.value, "destroyed_at": writing.now}
            exports.change_export(writing.connection, export.export_id, **values)
            self._pen.write(writing, [self._entry(export, path, why, writing.now)])
            detail: Detail = {"case": export.case_id, "bytes": export.bytes, "sha256": export.sha256}
            writing.trace("destroy_export", f"export:{export.export_id}", why=why.value, detail=detail)

    def sweep(self, kept: Collection[str]) -> int:
        """Destroy files that no ready export names: what a build left behind. How many. What is to go is written down
        first: after a crash retention's own round finishes it and tells the ledger.

        Raises:
            StorageError: the disk or the store refuses.
        """
        if not self._folder.is_dir():
            return 0
        ours = [path for path in sorted(self._folder.iterdir()) if path.suffix in (".zip", ".part")]
        stray = [path for path in ours if path.name.removesuffix(".zip") not in kept]
        if not stray:
            return 0
        now = self._passage.clock()
        items = [self._stray(path, now) for path in stray]
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            destructions.begin(writing.connection, items, writing.now)
        for path in stray:
            self._unlink(path)
        self._pen.ready()
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            self._pen.write(writing, [entry_of(item, writing.now) for item in items])
            destructions.done(writing.connection, items)
            writing.trace("destroy_footage", "exports", why=Why.NO_RECORD.value, detail={"count": len(stray)})
        return len(stray)

    def give_up(self, writing: Writing, path: Path) -> None:
        """Delete what was sealed for a case that ended meanwhile; call ``Pen.ready`` before the transaction.

        Raises:
            StorageError: the disk refuses.
        """
        if path.exists():
            item = self._stray(path, writing.now)
            self._unlink(path)
            self._pen.write(writing, [entry_of(item, writing.now)])

    def _unlink(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            said = f"an export cannot be deleted ({error.strerror}): check {self._folder.name}/"
            raise StorageError(said) from error

    def _entry(self, export: Export, path: Path, why: Why, now: UtcNs) -> LedgerEntry:
        made = export.made_at or now
        return LedgerEntry(
            at=now,
            kind=DataKind.EXPORTS,
            item_id=export.export_id,
            camera_id="",
            files=(KeptFile(path=self._name(path), bytes=export.bytes, sha256=export.sha256),),
            from_at=made,
            to_at=made,
            born_at=made,
            expired_at=min(export.expires_at or now, now),
            why=why,
        )

    def _stray(self, path: Path, now: UtcNs) -> Due:
        name, size = self._name(path), path.lstat().st_size
        return nameless(DataKind.EXPORTS, f"file:{name}", [KeptFile(path=name, bytes=size, sha256="")], now)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._folder.parent).as_posix()
