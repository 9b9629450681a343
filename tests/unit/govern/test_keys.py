"""The signing key: private, found again, replaced when lost, rotated with what it signed still verifiable."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from beffroi.govern.keys import signature_holds
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.testing.town import Town


def test_the_same_key_signs_after_a_restart_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    town = Town(tmp_path)
    first = town.doors.signer.sign(b"text")
    town.restart()
    assert town.doors.signer.sign(b"text") == first
    path = tmp_path / "keys" / "signing.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    public = town.doors.signer.public_keys()[0].public_key
    assert signature_holds(public, first.signature, b"text")
    assert not signature_holds(public, first.signature, b"texts")
    assert not signature_holds(public, "not base64!", b"text")
    town.doors.close()


def test_a_lost_or_foreign_key_is_replaced_and_the_journal_says_so(tmp_path: Path) -> None:
    town = Town(tmp_path)
    first = town.doors.signer.sign(b"text")
    path = tmp_path / "keys" / "signing.pem"
    for damage in (path.unlink, lambda: path.write_text("nonsense")):
        damage()
        town.restart()
        assert town.doors.signer.ready() != first.key_id
        entry = town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=1)[0]
        assert (entry.act, entry.why) == ("make_key", "lost")
    kept = {key.key_id: key for key in town.doors.signer.public_keys()}
    assert signature_holds(kept[first.key_id].public_key, first.signature, b"text")
    assert kept[first.key_id].retired_why == "lost"
    town.doors.close()


def test_rotation_keeps_the_old_public_key(tmp_path: Path) -> None:
    town = Town(tmp_path)
    first = town.doors.signer.sign(b"text")
    second = town.doors.signer.rotate(LOCAL_ADMINISTRATOR, why="yearly")
    assert second != first.key_id
    assert town.doors.signer.sign(b"text").key_id == second
    assert [key.retired_at is None for key in town.doors.signer.public_keys()].count(True) == 1
    town.doors.close()


@pytest.mark.parametrize("moment", ["c_call", "c_return"])
def test_a_rotation_that_is_killed_leaves_a_key_that_the_store_knows(tmp_path: Path, moment: str) -> None:
    town = Town(tmp_path)
    first = town.doors.signer.sign(b"text")
    town.doors.close()
    code = f"""
import os, signal, sys
from pathlib import Path
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.testing.town import Town
town = Town(Path({str(tmp_path)!r}))
def kill(frame, event, arg):
    if event == {moment!r} and arg in (os.replace, os.rename):
        os.kill(os.getpid(), signal.SIGKILL)
sys.setprofile(kill)
town.doors.signer.rotate(LOCAL_ADMINISTRATOR, why="yearly")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    town = Town(tmp_path)
    key_id = town.doors.signer.ready()
    keys = town.doors.signer.public_keys()
    assert [one.key_id for one in keys if one.retired_at is None] == [key_id]
    assert {one.key_id for one in keys} == {first.key_id, key_id}
    acts = [one.act for one in town.doors.journal.recent(LOCAL_ADMINISTRATOR)]
    assert (acts.count("make_key"), acts.count("rotate_key")) == (1, 1)
    assert [one.name for one in (tmp_path / "keys").iterdir()] == ["signing.pem"]
    town.restart()
    assert town.doors.signer.ready() == key_id
    town.doors.close()
