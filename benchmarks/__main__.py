"""Run the benchmarks one after the other: ``python -m benchmarks [NAME ...]``. Each prints a table and a ratio."""

from __future__ import annotations

import platform
import subprocess
import sys
import time
from pathlib import Path

import psutil

HERE = Path(__file__).parent
SECONDS_EACH = 1200


def machine() -> str:
    """The machine in a line: figures mean nothing without it."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = psutil.virtual_memory().total / 2**30
    return f"{model}, {psutil.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def main() -> int:
    known = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
    chosen = sys.argv[1:] or known
    unknown = [name for name in chosen if name not in known]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; known: {', '.join(known)}", file=sys.stderr)
        return 2
    print(f"machine: {machine()}", flush=True)
    failed = []
    for name in chosen:
        print(f"\n=== {name}", flush=True)
        started = time.perf_counter()
        try:
            code = subprocess.run(
                [sys.executable, "-m", f"benchmarks.{name}"], timeout=SECONDS_EACH, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            print(f"{name}: stopped after {SECONDS_EACH} s", file=sys.stderr)
            code = 124
        if code:
            failed.append(name)
        print(f"--- {name}: {time.perf_counter() - started:.0f} s, exit {code}", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
