"""Files that go: only inside the footage's own folders, and the folders know it before anybody is told.

What unlink does: the name and the file's blocks are given back; on a magnetic disk they are overwritten by what comes
next, on an SSD the drive erases them when it likes (``docs/decisions/0101``). Use an encrypted disk.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from beffroi.vocabulary.errors import StorageError
from beffroi.vocabulary.retention import DataKind, Due

EVIDENCE, RECORDINGS, EXPORTS = "evidence", "recordings", "exports"
_ROOTS = {DataKind.EVIDENCE: EVIDENCE, DataKind.SEGMENTS: RECORDINGS, DataKind.EXPORTS: EXPORTS}


class Remover:
    """Deletes what is due from one data folder."""

    def __init__(self, data_folder: Path) -> None:
        self._data = data_folder.resolve()

    def remove(self, item: Due) -> None:
        """Delete an item's files, and its folder with whatever else was left in it; gone already is gone.

        Raises:
            StorageError: the disk refuses, or a path leads out of the folder of its kind.
        """
        root = self._data / _ROOTS[item.kind]
        paths = [self._inside(root, file.path) for file in item.files]
        folders = self._folders(root, item.folder)
        touched = {path.parent for path in paths} | {folder.parent for folder in folders}
        try:
            for path in paths:
                path.unlink(missing_ok=True)
            for folder in folders:
                shutil.rmtree(folder)
            for folder in touched:
                _settle(folder, root)
        except OSError as error:
            where = Path(error.filename or root).name
            said = f"{item.kind.value} {item.item_id} cannot be deleted ({error.strerror}: {where})"
            raise StorageError(f"{said}: check the rights of {root.name}/ and the disk; it is tried again") from error

    def all_there(self, item: Due) -> bool:
        """Whether all of an item's files are still there."""
        root = self._data / _ROOTS[item.kind]
        return all(self._inside(root, file.path).exists() for file in item.files)

    def _folders(self, root: Path, name: str) -> list[Path]:
        """The folders of that name, of every day."""
        if not name or name in (".", "..") or "/" in name or not root.is_dir():
            return []
        found = [day / name for day in root.iterdir() if day.is_dir() and not day.is_symlink()]
        return [folder for folder in found if folder.is_dir() and not folder.is_symlink()]

    def _inside(self, root: Path, relative: str) -> Path:
        path = (self._data / relative).parent.resolve() / Path(relative).name
        if not path.is_relative_to(root) or path == root:
            raise StorageError(
                f"a record leads out of {root.name}/: it was altered; it is not followed. "
                "Run `beffroi retention verify` and look for it by hand"
            )
        return path


def _settle(folder: Path, root: Path) -> None:
    """Write down that names are gone; folders that are empty now go too, up to the root."""
    while folder != root and folder.is_relative_to(root):
        if folder.is_dir():
            _sync(folder)
            with suppress(OSError):  # not empty: others still live there
                folder.rmdir()
        folder = folder.parent
    if root.is_dir():
        _sync(root)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
