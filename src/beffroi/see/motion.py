"""Where one camera's picture moves, and whether a frame is worth the detector."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from beffroi.geometry.boxes import Floats, clip, merge_overlapping, pad, scale
from beffroi.vocabulary.arrays import Float32s, UInt8s
from beffroi.vocabulary.picture import Frame, MotionMap
from beffroi.vocabulary.time import seconds_to_ns
from beffroi.vocabulary.tracks import TracksNow, TrackState

_BACKGROUND_RATIO = 0.9
"""Share of the past that makes the background, OpenCV's own default for MOG2."""
_GRID = 8
"""Light is compared on every 8th pixel both ways: about 900 places at 320 x 180."""


def small_grey(rgb: UInt8s, width_px: int) -> UInt8s:
    """The picture in grey, at most ``width_px`` wide: uint8 (h', w'), never enlarged."""
    height, width = rgb.shape[:2]
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)  # first: shrinking one plane costs half of shrinking three
    if width > width_px:
        size = (width_px, max(1, round(height * width_px / width)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, dtype=np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionSettings:
    """What counts as motion. Source of each default: ADR 21.

    ``width_px``: the grey picture looked at. ``absorb_s``: what stands still becomes background after about so long.
    ``threshold``: squared distance to the background, in variances. ``min_area_px``: least moving pixels of a region,
    on the small picture. ``pad_share``, ``pad_px``: regions grow by a share of their size and by pixels of the small
    picture. ``whole_share``: more moving than this is a change of light or view, not motion: the background is learned
    anew. ``warm_s``: how long learning takes before anything can be said. ``light_s``: a change of light common to the
    whole picture is followed with this time constant, and taken out of the motion until then.
    """

    width_px: int = 320
    absorb_s: float = 5.0
    threshold: float = 16.0
    min_area_px: int = 10
    pad_share: float = 0.15
    pad_px: float = 4.0
    whole_share: float = 0.6
    warm_s: float = 1.0
    light_s: float = 60.0

    def __post_init__(self) -> None:
        if self.width_px < 32:
            raise ValueError(f"width_px is {self.width_px}; motion needs a picture of at least 32 pixels")
        if min(self.absorb_s, self.threshold, self.light_s) <= 0:
            raise ValueError("absorb_s, threshold and light_s must be above 0")


class MogGate:
    """Learns a camera's background as a mixture of Gaussians; tells where the picture leaves it (port ``MotionGate``).

    Learning goes by media time, so 2 and 25 frames a second absorb a parked car alike. A frame of another run or size
    starts anew.
    Source: Zivkovic 2004, as in OpenCV's MOG2.
    """

    def __init__(self, settings: MotionSettings | None = None) -> None:
        self._settings = settings or MotionSettings()
        # A new thing becomes background once the old one's weight, exp(-t / memory), is under the background ratio.
        self._memory_s = self._settings.absorb_s / -math.log(_BACKGROUND_RATIO)
        self.reset()

    def reset(self) -> None:
        """Forget the background: a new run, or a new view."""
        self._mog = cv2.createBackgroundSubtractorMOG2(500, self._settings.threshold, False)
        self._mog.setNMixtures(3)
        self._mog.setVarMax(255.0)
        self._mog.setBackgroundRatio(_BACKGROUND_RATIO)
        self._light: Float32s | None = None
        self._key: tuple[str, int, int] | None = None
        self._since_ns = 0
        self._last_ns = 0
        self._learned = 0

    def look(self, frame: Frame) -> MotionMap:
        """Learn from a frame and tell where it moves."""
        ref = frame.ref
        if self._key != (ref.run_id, ref.width_px, ref.height_px):
            self.reset()
            self._key = (ref.run_id, ref.width_px, ref.height_px)
            self._since_ns = self._last_ns = ref.media_time_ns
        span_s = max(ref.media_time_ns - self._last_ns, 0) / 1e9
        self._last_ns = ref.media_time_ns
        grey = cv2.GaussianBlur(small_grey(frame.rgb, self._settings.width_px), (3, 3), 0)
        grey = self._even_light(np.asarray(grey, dtype=np.uint8), span_s)
        mask = np.asarray(self._mog.apply(grey, learningRate=self._rate(span_s)), dtype=np.uint8)
        warm = (ref.media_time_ns - self._since_ns) / 1e9 >= self._settings.warm_s
        mask = np.asarray(cv2.medianBlur(mask, 3), dtype=np.uint8)
        share = cv2.countNonZero(mask) / mask.size
        if warm and share > self._settings.whole_share:
            self._start_again(ref.media_time_ns)
            warm = False
        regions = np.zeros((0, 4), np.float32)
        if warm and share > 0:
            regions = self._regions(mask, ref.width_px, ref.height_px)
        return MotionMap(frame=ref, regions_xyxy_px=regions, moving_share=float(share), warm=warm)

    def _start_again(self, now_ns: int) -> None:
        key = self._key
        self.reset()
        self._key, self._since_ns, self._last_ns = key, now_ns, now_ns

    def _rate(self, span_s: float) -> float:
        """Weight of this frame: equal shares while warming up, then by the time since the last frame."""
        self._learned += 1
        return max(1.0 - math.exp(-span_s / self._memory_s), 1.0 / self._learned if self._learned <= 10 else 0.0)

    def _even_light(self, grey: UInt8s, span_s: float) -> UInt8s:
        """Take a change of light common to the whole picture (cloud, exposure) out of it.

        The median over a grid is the same whether a tenth or a third of the picture is covered by moving things.
        """
        grid = grey[::_GRID, ::_GRID].astype(np.float32)
        if self._light is None:
            self._light = grid
            return grey
        offset = round(float(np.median(grid - self._light)))
        self._light += (grid - self._light) * np.float32(1.0 - math.exp(-span_s / self._settings.light_s))
        if offset == 0:
            return grey
        shifted = np.clip(np.arange(256) - offset, 0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(grey, shifted), dtype=np.uint8)

    def _regions(self, mask: UInt8s, width_px: int, height_px: int) -> Float32s:
        """Moving pixels → boxes in frame pixels, padded, merged, inside the frame."""
        joined = cv2.dilate(mask, np.ones((7, 7), np.uint8))
        outlines = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
        found = []
        for x, y, wide, high in (cv2.boundingRect(outline) for outline in outlines):
            if cv2.countNonZero(mask[y : y + high, x : x + wide]) >= self._settings.min_area_px:
                # The dilation by 3 pixels is taken back: padding is ours to choose.
                found.append((x + 3, y + 3, x + max(wide - 3, 4), y + max(high - 3, 4)))
        if not found:
            return np.zeros((0, 4), np.float32)
        boxes: Floats = np.array(found, np.float64)
        boxes = clip(pad(boxes, self._settings.pad_share, self._settings.pad_px), mask.shape[1], mask.shape[0])
        merged = merge_overlapping(boxes)
        return scale(merged, width_px / mask.shape[1], height_px / mask.shape[0]).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """When a frame is given to the detector. ``refresh_s``: at least so often, moving or not (0: every frame).

    ``moving_speed``: a track faster than so many of its own sizes per second is followed even where the gate sees
    nothing. Source: ADR 21.
    """

    refresh_s: float = 2.0
    moving_speed: float = 0.15

    def __post_init__(self) -> None:
        if self.refresh_s < 0 or self.moving_speed < 0:
            raise ValueError("refresh_s and moving_speed cannot be negative")


class GatePolicy:
    """Decides which frames of one camera are looked at by the detector; remembers only when it last was."""

    def __init__(self, settings: GateSettings | None = None) -> None:
        self._settings = settings or GateSettings()
        self._looked_ns: int | None = None

    def due(self, motion: MotionMap, tracks: TracksNow | None, now_ns: int) -> bool:
        """Whether this frame is to be detected. Answering yes counts as looked at.

        ``tracks`` are those of the frame before (None: none yet); ``now_ns`` the frame's media time.
        """
        wanted = (
            not motion.warm
            or len(motion.regions_xyxy_px) > 0
            or self._stale(now_ns)
            or (tracks is not None and any(self._needs_look(state) for state in tracks.states))
        )
        if wanted:
            self._looked_ns = now_ns
        return wanted

    def reset(self) -> None:
        """A new run: the first frame is due."""
        self._looked_ns = None

    def _stale(self, now_ns: int) -> bool:
        if self._looked_ns is None or now_ns < self._looked_ns:
            return True
        return now_ns - self._looked_ns >= seconds_to_ns(self._settings.refresh_s)

    def _needs_look(self, state: TrackState) -> bool:
        """Whether a track would be lost or left in doubt without a look: not yet believed, or seen moving."""
        if not state.confirmed:
            return True
        if not state.observed:
            return False
        x1, y1, x2, y2 = state.box_xyxy_px
        size = math.sqrt(max((x2 - x1) * (y2 - y1), 1.0))
        return math.hypot(*state.velocity_px_s) / size > self._settings.moving_speed
