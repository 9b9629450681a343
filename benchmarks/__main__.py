"""Run the benchmarks one after the other: ``python -m benchmarks [NAME ...] [--model MODEL]``. Each prints a table and
a ratio. The model is handed to those that use one; without it they take the bundled default.
"""

from __future__ import annotations

import argparse
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


def command(name: str, model: str | None) -> list[str]:
    """How a benchmark is run; one that says that it takes a model is given it."""
    takes_model = '"--model"' in (HERE / f"{name}.py").read_text(encoding="utf-8")
    return [sys.executable, "-m", f"benchmarks.{name}", *(["--model", model] if model and takes_model else [])]


def main() -> int:
    known = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; all without one")
    parser.add_argument("--model", help="a detector of the catalogue, or its card")
    args = parser.parse_args()
    chosen = args.names or known
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
            code = subprocess.run(command(name, args.model), timeout=SECONDS_EACH, check=False).returncode
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
