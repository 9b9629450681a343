"""What is built is what was seconded, what is handed over is what was sealed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from beffroi.govern.sensitive import SensitiveRequest, payload_digest
from beffroi.keep.store.cases import Case
from beffroi.keep.store.exports import Export
from beffroi.vocabulary.errors import StorageError

_MOST_CHECKED = 512


class SealedFiles:
    """Knows which archives were read whole: one is read again only once it was touched."""

    def __init__(self) -> None:
        self._checked: dict[Path, tuple[int, int, int, int, str]] = {}

    def check(self, path: Path, export: Export) -> None:
        """Do nothing when a file is, byte for byte, the one that was sealed.

        Raises:
            StorageError: it is not, or cannot be read.
        """
        try:
            known = path.lstat()
            seen = (known.st_mtime_ns, known.st_ctime_ns, known.st_ino, known.st_size, export.sha256)
            if not path.is_symlink() and self._checked.get(path) == seen:
                return
            whole = not path.is_symlink() and known.st_size == export.bytes and _sha256(path) == export.sha256
        except OSError as error:
            raise StorageError(f"the file of this export cannot be read ({error.strerror})") from error
        if not whole:
            raise StorageError("the file of this export was altered: it is not the one that was sealed")
        if len(self._checked) >= _MOST_CHECKED:
            self._checked.clear()
        self._checked[path] = seen


def check_seconded(export: Export, case: Case, request: SensitiveRequest | None) -> None:
    """Do nothing when an export is exactly what a second person agreed to.

    Raises:
        StorageError: it is not, or its request is gone.
    """
    asked = {"case_id": case.case_id, "requisition": case.requisition, "blurred": export.blurred, **export.items}
    if request is None or payload_digest(asked) != request.payload_sha256:
        raise StorageError("the export is not what was seconded: its row was altered. Ask again.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
