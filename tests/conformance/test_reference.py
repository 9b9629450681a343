"""The reference page says what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from beffroi.judge.situations import BUILT_IN
from beffroi.ports.situation import SituationSpec
from beffroi.testing.reference import parameter_table

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "situations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("spec", BUILT_IN, ids=lambda spec: str(spec.situation))
def test_the_page_has_each_parameter_as_the_code_has_it(spec: SituationSpec) -> None:
    section = PAGE.split(f"## `{spec.situation.value}`\n", 1)[1].split("\n## ", 1)[0]
    assert parameter_table(spec) in section
    assert spec.label_fr in section
    assert f"zone {spec.needs.zone}, line {spec.needs.line}, direction {spec.needs.direction}" in section
    assert f"severity: {spec.severity}" in section
