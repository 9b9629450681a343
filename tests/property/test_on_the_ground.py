"""The gap of one pair is that of the matrix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.geometry.on_the_ground import gap_in_body_heights, gaps_in_body_heights

PLACE = st.floats(-100, 2000, allow_nan=False)
SIDE = st.floats(0, 800, allow_nan=False)
BOX = st.tuples(PLACE, PLACE, SIDE, SIDE).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3]))


@given(first=BOX, second=BOX, width_px=st.floats(1, 4000))
def test_the_gap_of_a_pair_is_that_of_the_matrix(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float], width_px: float
) -> None:
    expected = gaps_in_body_heights(np.array([first]), np.array([second]), width_px)[0, 0]
    assert gap_in_body_heights(first, second, width_px) == pytest.approx(expected, rel=1e-9)
