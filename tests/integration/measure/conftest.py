"""The independent scorer lives outside this repository: where it is there, its test is part of the suite."""

from __future__ import annotations

import os
from pathlib import Path

SCORER = Path(os.environ.get("BEFFROI_SCORER") or Path(__file__).resolve().parents[4] / "shared" / "tools" / "score.py")
collect_ignore = [] if SCORER.is_file() else ["test_independent_scorer.py"]
