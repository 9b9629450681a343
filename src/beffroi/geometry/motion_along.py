"""How far and how straight a thing has gone along a direction, judged by the edges of its boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The latest part of a path that gained enough along a direction.

    ``first`` is the index where it begins; ``travel`` how far it went along the direction, ``angle_deg`` how far its
    net move is from the direction, ``straightness`` net over total gain in [0, 1], ``largest_step_share`` the part
    of the travel made in one step (a jump of the box makes it near 1).
    """

    first: int
    travel: float
    angle_deg: float
    straightness: float
    largest_step_share: float


def ground_steps(boxes: Floats, size: tuple[float, float], border: float = 3.0) -> Floats:
    """Steps (t - 1, 2) of a thing whose boxes (t, 4) may be cut by the picture of ``size`` (width, height).

    Across, the middle of the box; down, its lower edge, where it touches the ground. An edge that lies on the
    picture's border at either end of a step says nothing, so the opposite edge is asked: a box that grows while its
    thing comes into the picture does not move.
    """
    wide, high = size
    left, top, right, low = boxes.T
    step = np.diff(boxes, axis=0)
    cut_left, cut_top = _either(left <= border), _either(top <= border)
    cut_right, cut_low = _either(right >= wide - border), _either(low >= high - border)
    middle = (step[:, 0] + step[:, 2]) / 2
    across = np.where(cut_left & ~cut_right, step[:, 2], np.where(cut_right & ~cut_left, step[:, 0], middle))
    down = np.where(cut_low & ~cut_top, step[:, 1], step[:, 3])
    return np.stack([across, down], axis=1)


def latest_stretch(steps: Floats, direction: tuple[float, float], enough: float) -> Stretch | None:
    """The shortest latest part of a path of steps (t, 2) that went ``enough`` along a unit direction; None if none did.

    The part is taken from the end, so what a thing did before it turned does not count.
    """
    if len(steps) == 0:
        return None
    gains = steps @ np.asarray(direction)
    sideways = steps @ np.array([-direction[1], direction[0]])
    travel = np.cumsum(gains[::-1])[::-1]
    reached = np.flatnonzero(travel >= enough)
    if len(reached) == 0:
        return None
    first = int(reached[-1])
    gained, aside = gains[first:], float(sideways[first:].sum())
    total = float(np.abs(gained).sum())
    along = float(travel[first])
    return Stretch(
        first=first,
        travel=along,
        angle_deg=float(np.degrees(np.arctan2(abs(aside), along))),
        straightness=along / total if total > 0 else 0.0,
        largest_step_share=float(gained.max()) / along,
    )


def _either(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Whether a flag holds at either end of each step."""
    return np.asarray(flags[:-1] | flags[1:])
