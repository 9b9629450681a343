"""The description of the API that the pages' types are made from is the product's own."""

from __future__ import annotations

import json
from pathlib import Path

from beffroi.serve.application import openapi

WEB = Path(__file__).resolve().parents[2] / "web"


def test_the_pages_are_written_against_the_api_as_it_is() -> None:
    kept = json.loads((WEB / "openapi.json").read_text("utf-8"))
    assert kept == json.loads(json.dumps(openapi())), (
        "run: beffroi openapi > web/openapi.json && npm run api --prefix web"
    )


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (WEB / "package-lock.json").read_text("utf-8")
