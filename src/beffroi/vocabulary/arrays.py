"""Checks that make an array a noun's field: dtype and shape right, then read-only."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Float32s = npt.NDArray[np.float32]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
UInt8s = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


def checked(array: npt.NDArray[Any], dtype: npt.DTypeLike, shape: tuple[int | None, ...], name: str) -> None:
    """Refuse another dtype or shape (None is any length), then make the array read-only in place.

    Raises:
        TypeError: dtype differs.
        ValueError: shape differs; both shapes are named.

    >>> checked(np.zeros((2, 4), np.float32), np.float32, (None, 4), "boxes")
    """
    if array.dtype != np.dtype(dtype):
        raise TypeError(f"{name} is {array.dtype}, expected {np.dtype(dtype)}")
    wanted = "(" + ", ".join("n" if side is None else str(side) for side in shape) + ")"
    if array.ndim != len(shape) or any(w is not None and w != s for w, s in zip(shape, array.shape, strict=True)):
        raise ValueError(f"{name} has shape {array.shape}, expected {wanted}")
    if array.flags.writeable:
        array.flags.writeable = False
