"""One house for one data folder: two would both believe to be its only writer."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from beffroi.vocabulary.errors import ConflictError, StorageError


class FolderLock:
    """Held while a house serves a folder; the system lets go of it however the process ends."""

    def __init__(self, data: Path) -> None:
        self._path = data / "serving.lock"
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the folder, making it if need be.

        Raises:
            ConflictError: another process serves it.
            StorageError: the folder cannot be made or written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise StorageError(
                f"data folder {self._path.parent} cannot be used: {error.strerror}. Choose another with --data, or "
                "give this account the right to write there"
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise ConflictError(
                f"data folder {self._path.parent} is being served already (process {holder or 'unknown'}). Stop that "
                "one, or choose another folder with --data"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
