"""Build hook: the wheel carries the built web pages.

They are built by ``tools/build_web.py`` when they are not there yet. An editable install does without them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STATIC = Path("src/beffroi/serve/static/index.html")


class WebPagesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Makes sure that the pages are built before files are collected."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages unless they are there, or nobody will look at them (editable install, source archive)."""
        root = Path(self.root)
        if version == "editable" or self.target_name == "sdist" or (root / STATIC).exists():
            return
        done = subprocess.run([sys.executable, str(root / "tools" / "build_web.py")], cwd=root, check=False)
        if done.returncode or not (root / STATIC).exists():
            raise RuntimeError("the web pages could not be built: see the lines above")
