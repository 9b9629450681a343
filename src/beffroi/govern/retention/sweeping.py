"""After a start: recorded files that no record names, or that a record says are gone, do not stay."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from beffroi.govern.passage import Passage
from beffroi.govern.retention.inscribing import Pen
from beffroi.govern.retention.removing import RECORDINGS, Remover
from beffroi.govern.rights import SYSTEM, Right
from beffroi.keep.store import proving
from beffroi.vocabulary.retention import DataKind, Due, KeptFile, LedgerEntry, Why
from beffroi.vocabulary.time import UtcNs

_AT_ONCE = 400


class Sweep:
    """Destroys nameless recordings. Whoever records hands finished files over before this runs."""

    def __init__(self, passage: Passage, remover: Remover, pen: Pen, data_folder: Path) -> None:
        self._passage = passage
        self._remover = remover
        self._pen = pen
        self._data = data_folder.resolve()

    def run(self) -> int:
        """Destroy what may not be there; how many files.

        Raises:
            StorageError: the disk or the store refuses.
        """
        return sum(self._batch(batch) for batch in self._batches())

    def _batch(self, files: list[tuple[str, int]]) -> int:
        now = self._passage.clock()
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            known = proving.segments_by_path(connection, [path for path, _ in files], now)
        stray = [(path, size) for path, size in files if path not in known or known[path].destroyed]
        if not stray:
            return 0
        self._pen.ready()
        for path, size in stray:
            self._remover.remove(_due(path, size, now))
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            self._pen.write(writing, [_entry(path, size, writing.now) for path, size in stray])
            writing.trace("destroy_footage", "segments", why="no_record", detail={"count": len(stray)})
        return len(stray)

    def _batches(self) -> Iterator[list[tuple[str, int]]]:
        """(path in the data folder, bytes) of every file under recordings/."""
        batch: list[tuple[str, int]] = []
        waiting = [self._data / RECORDINGS]
        while waiting:
            folder = waiting.pop()
            if not folder.is_dir() or folder.is_symlink():
                continue
            for one in list(os.scandir(folder)):
                if one.is_dir(follow_symlinks=False):
                    waiting.append(Path(one.path))
                    continue
                path = Path(one.path).relative_to(self._data).as_posix()
                batch.append((path, one.stat(follow_symlinks=False).st_size))
                if len(batch) >= _AT_ONCE:
                    yield batch
                    batch = []
        if batch:
            yield batch


def _due(path: str, size: int, now: UtcNs) -> Due:
    return Due(
        kind=DataKind.SEGMENTS,
        item_id=_name(path),
        camera_id="",
        from_at=now,
        to_at=now,
        born_at=now,
        expires_at=now,
        files=(KeptFile(path=path, bytes=size, sha256=""),),
    )


def _entry(path: str, size: int, now: UtcNs) -> LedgerEntry:
    return LedgerEntry(
        at=now,
        kind=DataKind.SEGMENTS,
        item_id=_name(path),
        camera_id="",
        files=(KeptFile(path=path, bytes=size, sha256=""),),
        from_at=now,
        to_at=now,
        born_at=now,
        expired_at=now,
        why=Why.NO_RECORD,
    )


def _name(path: str) -> str:
    return f"file:{path}"[:64]
