"""Whether one camera's picture is still a picture of its place: cheap figures of each frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from beffroi.see.motion import small_grey
from beffroi.vocabulary.arrays import UInt8s
from beffroi.vocabulary.picture import Frame
from beffroi.vocabulary.tracks import PictureHealth

F32 = npt.NDArray[np.float32]

_EDGE_SHARE = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """How the reference view is learned. Source of each default: ADR 22.

    ``settle_s``: seconds of picture before there is a reference. ``memory_s``: its time constant after that; a moved
    camera's new view is the reference after about 0.7 of it. ``learn_every_s``: how often it learns. ``min_edges``:
    least share of pixels on edges for a picture to be compared at all.
    """

    width_px: int = 320
    settle_s: float = 10.0
    memory_s: float = 300.0
    learn_every_s: float = 0.5
    min_edges: float = 0.004

    def __post_init__(self) -> None:
        if self.width_px < 32:
            raise ValueError(f"width_px is {self.width_px}; health needs a picture of at least 32 pixels")
        if min(self.settle_s, self.memory_s, self.learn_every_s) <= 0:
            raise ValueError("settle_s, memory_s and learn_every_s must be above 0")


class HealthStats:
    """Measures one camera's picture against the view it has learned (port ``HealthProbe``).

    The reference is the set of edges that were there more often than not; it lives in memory only. ``edge_overlap`` is
    corrected for chance, so that a noisy or busy picture of another place comes near 0. ``covered_share`` counts the
    blocks that have texture in the reference and none now, as a share of those that have. Pictures nearly without
    edges (dark, covered, defocused) teach nothing: a covered camera stays covered however long it lasts. ``change`` is
    255 on the first frame of a run: there is nothing to compare with, and 0 would mean frozen.
    """

    def __init__(self, settings: HealthSettings | None = None) -> None:
        self._settings = settings or HealthSettings()
        self.reset()

    def reset(self) -> None:
        """Forget the reference view."""
        self._previous: UInt8s | None = None
        self._often: F32 | None = None
        self._reference: UInt8s | None = None
        self._texture: F32 | None = None
        self._reference_count = 0
        self._run_id = ""
        self._learned_ns = 0
        self._learned = 0
        self._learned_s = 0.0

    def look(self, frame: Frame) -> PictureHealth:
        """Cheap statistics of a frame (at most about 0.3 ms)."""
        grey = small_grey(frame.rgb, self._settings.width_px)
        if self._often is not None and self._often.shape != grey.shape:
            self.reset()
        mean, deviation = cv2.meanStdDev(grey)
        contrast = float(deviation[0, 0])
        laplacian = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1]
        edges = edge_map(grey)
        overlap, covered = self._compare(edges)
        self._learn(frame, edges)
        change = 255.0
        if self._previous is not None and self._run_id == frame.ref.run_id:
            change = float(cv2.mean(cv2.absdiff(grey, self._previous))[0])
        self._previous, self._run_id = grey, frame.ref.run_id
        return PictureHealth(
            frame=frame.ref,
            mean_luma=float(mean[0, 0]),
            contrast=contrast,
            sharpness=float(laplacian[0, 0]) ** 2,
            change=change,
            edge_overlap=overlap,
            covered_share=covered,
        )

    def _compare(self, edges: UInt8s) -> tuple[float, float]:
        """(edge_overlap, covered_share) against the reference; (1, 0) while there is none."""
        if self._reference is None or self._texture is None:
            return 1.0, 0.0
        near = cv2.dilate(edges, np.ones((3, 3), np.uint8))  # one pixel of shake is no other view
        kept = cv2.countNonZero(cv2.bitwise_and(near, self._reference)) / self._reference_count
        chance = cv2.countNonZero(near) / near.size
        overlap = min(max((kept - chance) / max(1.0 - chance, 1e-6), 0.0), 1.0)
        textured = self._texture >= 0.04
        now = _blocks(edges)[textured]
        covered = float((now < 0.2 * self._texture[textured]).mean()) if textured.any() else 0.0
        return overlap, covered

    def _learn(self, frame: Frame, edges: UInt8s) -> None:
        """Let the reference drift towards a picture that still shows something."""
        now, settings = frame.ref.media_time_ns, self._settings
        same_run = frame.ref.run_id == self._run_id
        span_s = (now - self._learned_ns) / 1e9 if same_run and self._learned else 0.0
        if same_run and self._learned and span_s < settings.learn_every_s:
            return
        self._learned_ns = now
        count = cv2.countNonZero(edges)
        if count < settings.min_edges * edges.size or count < 0.25 * self._reference_count:
            return
        if self._often is None:
            self._often = np.zeros(edges.shape, np.float32)
        self._learned += 1
        self._learned_s += min(span_s, 2 * settings.learn_every_s)
        share = max(1.0 / self._learned, min(span_s, settings.memory_s / 10) / settings.memory_s)
        cv2.accumulateWeighted(edges, self._often, share)
        if self._learned_s < settings.settle_s:
            return
        reference = (self._often > 0.5).astype(np.uint8)
        self._reference_count = cv2.countNonZero(reference)
        enough = self._reference_count >= settings.min_edges * reference.size
        self._reference, self._texture = (reference, _blocks(reference)) if enough else (None, None)


def edge_map(grey: UInt8s) -> UInt8s:
    """Pixels where brightness steps most: uint8 (h, w) of 0 and 1, at most about a seventh of the picture.

    The step asked for follows the picture's own, so that dusk takes no edges away; a thing that comes into view changes
    it little.
    """
    step = np.asarray(cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    upto = np.cumsum(cv2.calcHist([step], [0], None, [256], [0, 256]))
    least = int(np.searchsorted(upto, (1.0 - _EDGE_SHARE) * step.size))
    return np.asarray(cv2.threshold(step, min(max(least, 13), 47), 1, cv2.THRESH_BINARY)[1], dtype=np.uint8)


def _blocks(edges: UInt8s) -> F32:
    """Share of edge pixels in blocks of about 16 pixels: float32 (rows, columns)."""
    height, width = edges.shape
    size = (max(1, round(width / 16)), max(1, round(height / 16)))
    return np.asarray(cv2.resize(edges.astype(np.float32), size, interpolation=cv2.INTER_AREA), dtype=np.float32)
