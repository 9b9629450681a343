"""A hundred real kill -9 while the house records, destroys and verifies: nothing expired stays, nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROUNDS = Path(__file__).with_name("retention_rounds.py")


def test_a_hundred_kills_leave_no_expired_byte_and_lose_no_other(tmp_path: Path) -> None:
    command = [sys.executable, str(ROUNDS), str(tmp_path), "100", "20261124"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["kills"] == 100
    assert told["wrong"] == []
    # it was at work each time: things were kept and destroyed all along
    assert told["kept"] > 120
    assert told["destroyed"] > 60
