"""A worker's last words: a thread that breaks ends the process and is told, without anybody's password."""

from __future__ import annotations

import json
import subprocess
import sys

from beffroi.run.logs import BROKEN_EXIT
from beffroi.sense.failures import hidden_in

SCRIPT = """
import threading, time
from beffroi.run import logs
logs.set_up_worker()
logs.end_with_any_thread()
def leave():
    raise SystemExit
threading.Thread(target=leave).start()
time.sleep(0.1)
print("a thread that leaves harms nobody", flush=True)
def work():
    raise RuntimeError("cannot open rtsp://agent:hid/den@10.0.0.7/live?profile=2")
threading.Thread(target=work, name="analysis").start()
time.sleep(20)
print("still here", flush=True)
"""


def test_a_thread_that_breaks_ends_its_process_and_is_told_without_secrets() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=15, check=False)
    assert done.returncode == BROKEN_EXIT
    assert done.stdout.splitlines() == ["a thread that leaves harms nobody"]
    line = json.loads(done.stderr)
    assert (line["event"], line["thread"], line["level"]) == ("thread_broke", "analysis", "error")
    assert "rtsp://***@10.0.0.7/live?profile=2" in line["exception"]
    assert "den" not in done.stderr.replace("hidden", "")


def test_credentials_are_hidden_wherever_they_stand_and_nothing_else_is() -> None:
    text = "two: rtsp://a:b@c/d?e=1 and http://u:p/q@h/x; mail town@example.org, port http://h:8080/a@b"
    assert hidden_in(text) == (
        "two: rtsp://***@c/d?e=1 and http://***@h/x; mail town@example.org, port http://h:8080/a@b"
    )
