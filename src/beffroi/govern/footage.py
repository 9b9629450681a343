"""Where evidence lies on the disk: paths that cannot lead out of it, destruction that leaves nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from beffroi.vocabulary.errors import NotFoundError, StorageError
from beffroi.vocabulary.evidence import EvidencePart, PartKind

_ROOT = "evidence"
_KNOWN = {
    ".mp4": (PartKind.CLIP, "video/mp4"),
    ".jpg": (PartKind.STILL, "image/jpeg"),
}


class Footage:
    """The evidence folder: ``<data>/evidence/<day>/<event_id>/``."""

    def __init__(self, data_folder: Path) -> None:
        self._data = data_folder.resolve()
        self._root = self._data / _ROOT

    def path(self, part: EvidencePart) -> Path:
        """The file of a part, which is there and whole.

        Raises:
            NotFoundError: it is gone.
            StorageError: the record leads out of the evidence folder, or the file has another size than was recorded.
        """
        path = self._inside(part.path)
        try:
            size = path.stat().st_size
        except OSError as error:
            raise NotFoundError(f"the {part.kind.value} is no longer on the disk") from error
        if size != part.bytes:
            raise StorageError(f"the {part.kind.value} was altered: {size} bytes on the disk, {part.bytes} recorded")
        return path

    def accept(self, parts: Iterable[EvidencePart]) -> None:
        """Do nothing when every part lies inside the evidence folder.

        Raises:
            StorageError: one does not.
        """
        for part in parts:
            self._inside(part.path)

    def destroy(self, parts: Iterable[EvidencePart]) -> None:
        """Delete the files, and the folder of their event with whatever else was left in it.

        Raises:
            StorageError: the disk refuses.
        """
        try:
            for path in [self._inside(part.path) for part in parts]:
                path.unlink(missing_ok=True)
                if path.parent.parent.parent == self._root and path.parent.exists():
                    shutil.rmtree(path.parent)
        except OSError as error:
            raise StorageError(
                f"evidence cannot be deleted ({error.strerror}): check the rights of {_ROOT}/"
            ) from error

    def found(self, events: Collection[str]) -> dict[str, list[EvidencePart]]:
        """Files of some events that were finished but never reported: written, synced and renamed before the end."""
        parts: dict[str, list[EvidencePart]] = {}
        for folder in sorted(self._root.glob("*/*")):
            if folder.name not in events or not folder.is_dir():
                continue
            for path in sorted(folder.iterdir()):
                known = _KNOWN.get(path.suffix)
                if known and path.is_file() and not path.name.startswith("."):
                    kind, media_type = known
                    part = EvidencePart(
                        kind=kind,
                        path=os.fspath(path.relative_to(self._data)),
                        media_type=media_type,
                        bytes=path.stat().st_size,
                        sha256=_sha256(path),
                    )
                    parts.setdefault(folder.name, []).append(part)
        return parts

    def sweep(self, known_events: Collection[str]) -> list[str]:
        """Delete the folders of events that no evidence record names: footage without a record may not be kept."""
        gone: list[str] = []
        if not self._root.is_dir():
            return gone
        for folder in sorted(self._root.glob("*/*")):
            if folder.is_dir() and not folder.is_symlink() and folder.name not in known_events:
                shutil.rmtree(folder, ignore_errors=True)
                gone.append(folder.name)
        for day in sorted(self._root.iterdir()):
            if day.is_dir() and not any(day.iterdir()):
                day.rmdir()
        return gone

    def _inside(self, relative: str) -> Path:
        path = (self._data / relative).resolve()
        if not path.is_relative_to(self._root) or path == self._root:
            raise StorageError(
                "an evidence record leads out of the evidence folder: it was altered; it is not followed"
            )
        return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
