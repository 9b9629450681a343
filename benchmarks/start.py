"""Start: how soon `beffroi serve` answers, and what `import beffroi` and `beffroi --help` take.

Run: python -m benchmarks start
Targets: serve answers in at most 5 s, import beffroi in at most 0.3 s. The best of five is judged and the median told
beside it: other programs of the machine slow some runs down.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

RUNS = 5
TARGETS_S = {
    "import beffroi": 0.3,
    "beffroi --help": 1.0,
    "beffroi serve, first start": 5.0,
    "beffroi serve, again": 5.0,
}


def timed(command: list[str]) -> float:
    """Seconds a command takes."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def import_s() -> float:
    """What importing costs, measured inside the interpreter."""
    code = "import time; begun = time.perf_counter(); import beffroi; print(time.perf_counter() - begun)"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


def serve_s(data: Path) -> float:
    """From the command to the first answer over HTTP."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "beffroi.cli.main", "serve", "--data", str(data), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ
    ) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, "the server said no address"
        urllib.request.urlopen(f"{found.group()}/api/v1/health", timeout=10).read()
        taken_s = time.perf_counter() - begun
        process.terminate()
        process.wait(20)
    return taken_s


def main() -> int:
    """Print a table; 1 when a target is missed by the best run."""
    with tempfile.TemporaryDirectory() as folder:
        again = Path(folder) / "again"
        serve_s(again)
        number = iter(range(RUNS))
        cases: dict[str, Callable[[], float]] = {
            "import beffroi": import_s,
            "beffroi --help": lambda: timed([sys.executable, "-m", "beffroi.cli.main", "--help"]),
            "beffroi serve, first start": lambda: serve_s(Path(folder) / f"first-{next(number)}"),
            "beffroi serve, again": lambda: serve_s(again),
        }
        print(
            f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}, {RUNS} runs each"
        )
        print(f"{'what':<28}{'best s':>8}{'median s':>10}{'target s':>10}{'best/target':>13}")
        missed = False
        for name, case in cases.items():
            taken = [case() for _ in range(RUNS)]
            best, target = min(taken), TARGETS_S[name]
            missed |= best > target
            print(f"{name:<28}{best:>8.3f}{statistics.median(taken):>10.3f}{target:>10.1f}{best / target:>13.2f}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
