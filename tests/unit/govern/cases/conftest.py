"""A town with a case for each test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from beffroi.testing.casework import Casework

Verify = Callable[..., tuple[int, str]]


@pytest.fixture
def casework(tmp_path: Path) -> Iterator[Casework]:
    made = Casework(tmp_path)
    yield made
    made.doors.close()


@pytest.fixture
def verify() -> Verify:
    """Run a verifier as whoever received it would: another process, isolated, in an empty environment."""

    def run(script: Path, *arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-I", str(script), *arguments]
        done = subprocess.run(command, capture_output=True, cwd="/", env={}, timeout=60)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return done.returncode, done.stdout.decode("utf-8", "replace")

    return run
