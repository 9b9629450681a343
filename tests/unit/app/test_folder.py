"""The folder's lock, the listening socket, and the demonstration's folder."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from beffroi.app.lock import FolderLock
from beffroi.app.serving import address_of, listen
from beffroi.cli.demo import MARK, prepare_folder
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, StorageError


def test_a_folder_is_served_once_and_freed_however_its_process_ends(tmp_path: Path) -> None:
    hold = "import sys; from beffroi.app.lock import FolderLock; from pathlib import Path\n"
    hold += "FolderLock(Path(sys.argv[1])).take(); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(ConflictError, match=f"process {holder.pid}"):
        FolderLock(tmp_path).take()
    holder.kill()
    holder.communicate()
    lock = FolderLock(tmp_path)
    lock.take()
    lock.release()
    again = FolderLock(tmp_path)
    again.take()
    again.release()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="--data"):
        FolderLock(tmp_path / "file" / "data").take()


def test_listening_says_what_is_wrong_and_how_to_mend_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInputError, match=rf"port {port} of 127.0.0.1 is in use.*--port"):
            listen("127.0.0.1", port)
    with pytest.raises(InvalidInputError, match="no address of this machine"):
        listen("192.0.2.1", 0)
    with pytest.raises(InvalidInputError, match="there is no address"):
        listen("no such host", 0)


def test_the_address_to_type() -> None:
    with listen("127.0.0.1", 0) as opened:
        assert address_of(opened) == f"http://127.0.0.1:{opened.getsockname()[1]}"
    with listen("0.0.0.0", 0) as everywhere:
        assert address_of(everywhere).startswith("http://localhost:")


def test_the_demonstration_never_destroys_what_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "beffroi.db").write_text("a real house")
    for fresh in (False, True):
        with pytest.raises(InvalidInputError, match="not of the demonstration"):
            prepare_folder(tmp_path, fresh=fresh)
    assert (tmp_path / "beffroi.db").read_text() == "a real house"


def test_the_demonstration_starts_afresh_when_asked(tmp_path: Path) -> None:
    folder = prepare_folder(tmp_path / "demo", fresh=False)
    (folder / "beffroi.db").write_text("yesterday")
    assert (prepare_folder(folder, fresh=False) / "beffroi.db").exists()
    assert [one.name for one in prepare_folder(folder, fresh=True).iterdir()] == [MARK]
