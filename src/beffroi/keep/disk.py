"""Files that are either whole or not there."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from beffroi.vocabulary.errors import StorageError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_whole(path: Path, chunks: Iterable[bytes]) -> tuple[int, str]:
    """Write a file so that a crash leaves all of it or none: (bytes, SHA-256 in hex). Folders are made.

    Raises:
        StorageError: the disk is full, read-only or otherwise refuses; nothing of the file stays.
    """
    partial = path.with_name(f".{path.name}.part")
    digest = hashlib.sha256()
    size = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as out:
            for chunk in chunks:
                out.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise refusal(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return size, digest.hexdigest()


def refusal(error: OSError, path: Path) -> StorageError:
    """The error to raise when the disk refused to write ``path``."""
    if error.errno in _FULL:
        return StorageError(f"the disk is full: {path} was not written; free space or shorten the retention")
    if error.errno == errno.EROFS:
        return StorageError(f"the disk is read-only: {path} was not written; mount it writable")
    if error.errno in (errno.EACCES, errno.EPERM):
        return StorageError(f"{path} may not be written by this account: give it the right to the data folder")
    return StorageError(f"{path} was not written: {error.strerror or error}")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
