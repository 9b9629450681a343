"""The journal: what an entry adds to a request, and how fast a long journal is verified.

Run: python -m benchmarks journal
Limits: an entry adds less than 2 ms to a write transaction (p95), 100,000 entries a second are verified. The same
transaction is made with and without its entry, alternating, in one run; each ends on the disk.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

from beffroi.govern.audit.verifying import verify_folder
from beffroi.govern.rights import SYSTEM, Right
from beffroi.testing.town import Town
from beffroi.vocabulary.journal import entry_digest

PAIRS = 1000
ENTRIES = 300_000
MOST_ADDED_MS, LEAST_RATE = 2.0, 100_000.0
DETAIL = {"kind": "clip", "camera": "mairie"}


def added_ms(town: Town) -> tuple[float, float]:
    """p95 of the write transaction without and with its entry. The transaction writes a row, as every act does."""
    passage = town.doors.outbox._passage
    without: list[float] = []
    with_entry: list[float] = []
    for number in range(2 * PAIRS):
        begun = time.perf_counter()
        with passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            writing.tell("bench", {"number": number})
            if number % 2:
                writing.trace("see_evidence", "alert:0123456789abcdef", purpose="safety", detail=DETAIL)
        (with_entry if number % 2 else without).append((time.perf_counter() - begun) * 1e3)
    return statistics.quantiles(without, n=20)[-1], statistics.quantiles(with_entry, n=20)[-1]


def fill(data: Path, entries: int) -> None:
    """A long journal, chained as the house chains it, written at once."""
    connection = sqlite3.connect(data / "beffroi.db")
    seq, previous = connection.execute("SELECT seq, sha256 FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    at, rows = time.time_ns(), []
    for number in range(seq + 1, seq + 1 + entries):
        at += 1_000_000
        fields = [str(number), str(at), "jeanne", "operator", "see_evidence", "alert:0123456789abcdef"]
        fields += ["", "safety", "1", '{"camera":"mairie","kind":"clip"}']
        digest = entry_digest(previous, fields)
        rows.append((number, at, *fields[2:8], 1, fields[9], previous, digest))
        previous = digest
    connection.executemany(f"INSERT INTO journal VALUES ({','.join('?' * 12)})", rows)
    connection.commit()
    connection.close()


def main() -> int:
    """Print a table; 1 when a limit is missed."""
    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder))
        town.settle()
        without, with_entry = added_ms(town)
        town.doors.close()
        fill(Path(folder), ENTRIES)
        town = Town(Path(folder))
        town.doors.journal.sign()
        town.doors.close()
        results = [verify_folder(Path(folder)) for _ in range(3)]
    assert all(result.ok and result.entries > ENTRIES for result in results)
    rate = max(result.entries / result.seconds for result in results)
    added = with_entry - without
    print(f"{PAIRS} transactions each, {results[0].entries} entries verified three times (the best is judged)")
    print(f"{'what':<42}{'measured':>12}{'limit':>12}")
    print(f"{'write transaction without entry, p95 ms':<42}{without:>12.2f}{'':>12}")
    print(f"{'write transaction with entry, p95 ms':<42}{with_entry:>12.2f}{'':>12}")
    print(f"{'an entry adds, p95 ms':<42}{added:>12.2f}{'< ' + str(MOST_ADDED_MS):>12}")
    print(f"{'entries verified a second':<42}{rate:>12,.0f}{f'>= {LEAST_RATE:,.0f}':>12}")
    return int(added >= MOST_ADDED_MS or rate < LEAST_RATE)


if __name__ == "__main__":
    sys.exit(main())
