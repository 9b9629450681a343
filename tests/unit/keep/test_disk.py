"""Whole files or none, on disks that are really full, read-only or closed."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from beffroi.keep.disk import write_whole
from beffroi.vocabulary.errors import StorageError


def test_a_file_is_whole_and_its_digest_true(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "clip.mp4"
    size, digest = write_whole(path, [b"one", b"two"])
    assert path.read_bytes() == b"onetwo"
    assert (size, digest) == (6, hashlib.sha256(b"onetwo").hexdigest())
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_on_the_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"old")

    def broken() -> Iterator[bytes]:
        yield b"new"
        raise ValueError("the packets are broken")

    with pytest.raises(ValueError, match="broken"):
        write_whole(path, broken())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_and_nothing_stays(tmp_path: Path) -> None:
    """/dev/full is the kernel's own full disk: every write to it fails with ENOSPC."""
    path = tmp_path / "clip.mp4"
    (tmp_path / ".clip.mp4.part").symlink_to("/dev/full")
    with pytest.raises(StorageError, match=r"the disk is full: .*clip\.mp4 was not written"):
        write_whole(path, [b"x" * 100_000])
    assert list(tmp_path.iterdir()) == []


def test_a_limit_reached_half_way_is_told_and_nothing_stays(tmp_path: Path) -> None:
    """In a process of its own, whose files may not pass 64 KiB."""
    child = os.fork()
    if child == 0:
        code = 4
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))
            write_whole(tmp_path / "clip.mp4", [b"x" * 50_000] * 3)
        except StorageError as error:
            code = 0 if "the disk is full" in str(error) else 5
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("")
    with pytest.raises(StorageError, match=r"evidence/clip\.mp4 was not written"):
        write_whole(tmp_path / "evidence" / "clip.mp4", [b"x"])


def test_a_disk_that_takes_no_files_is_told() -> None:
    with pytest.raises(StorageError, match="was not written"):
        write_whole(Path("/proc/beffroi/clip.mp4"), [b"x"])
