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
_MOST_CHECKED = 512
_KNOWN = {
    "clip.mp4": (PartKind.CLIP, "video/mp4"),
    "still.jpg": (PartKind.STILL, "image/jpeg"),
    "clip_blurred.mp4": (PartKind.CLIP_BLURRED, "video/mp4"),
    "still_blurred.jpg": (PartKind.STILL_BLURRED, "image/jpeg"),
}
"""What the worker calls the files it writes: anything else in an event's folder is none of the evidence."""


class Footage:
    """The evidence folder: ``<data>/evidence/<day>/<event_id>/``."""

    def __init__(self, data_folder: Path) -> None:
        self._data = data_folder.resolve()
        self._root = self._data / _ROOT
        self._checked: dict[Path, tuple[int, int, int, str]] = {}

    def path(self, part: EvidencePart) -> Path:
        """The file of a part, which is there and whole.

        Raises:
            NotFoundError: it is gone.
            StorageError: the record leads out of the evidence folder, or the file's digest is not the recorded one.
        """
        path = self._inside(part.path)
        try:
            whole = self._whole(path, part)
        except OSError as error:
            raise NotFoundError(f"the {part.kind.value} is no longer on the disk, or cannot be read") from error
        if not whole:
            raise StorageError(f"the {part.kind.value} was altered: it is not the file that was recorded")
        return path

    def accept(self, parts: Iterable[EvidencePart]) -> None:
        """Do nothing when every part lies inside the evidence folder.

        Raises:
            StorageError: one does not.
        """
        for part in parts:
            self._inside(part.path)

    def destroy(self, parts: Iterable[EvidencePart], *, event_id: str = "", whole_folder: bool = True) -> None:
        """Delete the files and, unless told otherwise, the folder of their event with whatever else was left in it.

        With ``event_id`` the event's folders go too, even if no part was ever recorded.

        Raises:
            StorageError: the disk refuses.
        """
        try:
            for path in [self._inside(part.path) for part in parts]:
                path.unlink(missing_ok=True)
                if whole_folder and path.parent.parent.parent == self._root and path.parent.exists():
                    shutil.rmtree(path.parent)
            for folder in self._folders({event_id}):
                shutil.rmtree(folder)
        except OSError as error:
            raise StorageError(
                f"evidence cannot be deleted ({error.strerror}): check the rights of {_ROOT}/"
            ) from error

    def found(self, events: Collection[str]) -> dict[str, list[EvidencePart]]:
        """Files of some events that were finished but never reported: written, synced and renamed before the end."""
        parts: dict[str, list[EvidencePart]] = {}
        for folder in self._folders(events):
            for path in sorted(folder.iterdir()):
                known = _KNOWN.get(path.name)
                if known and path.is_file():
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

    def nameless(self, known_events: Collection[str]) -> list[str]:
        """The events of folders that no evidence record names: footage without a record may not be kept.

        Folders of days that are empty go at once.
        """
        if not self._root.is_dir():
            return []
        for day in sorted(self._root.iterdir()):
            if day.is_dir() and not day.is_symlink() and not any(day.iterdir()):
                day.rmdir()
        folders = [one for one in self._root.glob("*/*") if one.is_dir() and not one.is_symlink()]
        return sorted({folder.name for folder in folders} - set(known_events))

    def _folders(self, events: Collection[str]) -> list[Path]:
        """The folders of some events that are there, of every day."""
        names = sorted(name for name in events if name and name not in (".", "..") and "/" not in name)
        days = sorted(self._root.iterdir()) if names and self._root.is_dir() else []
        folders = [day / name for day in days for name in names]
        return [folder for folder in folders if folder.is_dir() and not folder.is_symlink()]

    def _whole(self, path: Path, part: EvidencePart) -> bool:
        """Whether a file is, byte for byte, what was recorded; read again only once it was touched."""
        known = path.stat()
        seen = (known.st_mtime_ns, known.st_ctime_ns, known.st_ino, part.sha256)
        if self._checked.get(path) == seen:
            return True
        if known.st_size != part.bytes or _sha256(path) != part.sha256:
            return False
        if len(self._checked) >= _MOST_CHECKED:
            self._checked.clear()
        self._checked[path] = seen
        return True

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
