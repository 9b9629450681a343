"""After a start: recorded files that no record names, or that a record says are gone, do not stay."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from beffroi.govern.passage import Passage
from beffroi.govern.retention.destroying import Destruction
from beffroi.govern.retention.inscribing import nameless
from beffroi.govern.retention.removing import RECORDINGS
from beffroi.govern.rights import SYSTEM, Right
from beffroi.keep.store import proving
from beffroi.vocabulary.retention import DataKind, KeptFile

_AT_ONCE = 400


class Sweep:
    """Destroys nameless recordings. Whoever records hands finished files over before this runs."""

    def __init__(self, passage: Passage, destruction: Destruction, data_folder: Path) -> None:
        self._passage = passage
        self._destruction = destruction
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
        items = [
            nameless(DataKind.SEGMENTS, f"file:{path}", [KeptFile(path=path, bytes=size, sha256="")], now)
            for path, size in stray
        ]
        return self._destruction.destroy_nameless(items)

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
