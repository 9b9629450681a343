"""Truth files that are not what they should be: named with their file, never a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from beffroi.measure.truth import parse_truth
from beffroi.vocabulary.errors import InvalidInputError


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": 2},
        {"id": None, "events": 3},
        {"rules": "x"},
        {"rules": [3]},
        {"rules": [{"id": "r"}]},
        {"events": [{"situation": "nope", "start_s": 0, "end_s": 1}]},
        {"fps": "fast"},
        {"stills": [3]},
        {"waterline": 3},
        {"tracks": "x"},
        {"file": 5},
        {"search": [{"query": "a", "answers_s": 4}]},
    ],
)
def test_a_malformed_truth_is_refused_with_its_file(wrong: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "a.truth.yaml"
    with pytest.raises(InvalidInputError) as refused:
        parse_truth({"format": 1, "id": "a", **wrong}, path)
    assert refused.value.where == str(path)
    assert refused.value.mend


def test_the_least_truth_is_read(tmp_path: Path) -> None:
    assert parse_truth({"format": 1, "id": "a"}, tmp_path / "a.truth.yaml").clip_id == "a"
