"""Where things are and how fast they go: one constant-velocity Kalman filter for all tracks of a camera at once.

The model's noises do not couple the four quantities of a box (centre x, centre y, width, height), so each is a filter
of two numbers (value, rate) and all of them are plain array sums: no matrix is ever inverted.
Source: Kalman 1960; white-noise acceleration model, Bar-Shalom, Li, Kirubarajan 2001, section 6.2.2.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from beffroi.see.track.settings import FilterSettings

F64 = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


def to_centre(boxes: F64) -> F64:
    """x1 y1 x2 y2 → centre x, centre y, width, height; (n, 4)."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return np.concatenate([boxes[:, :2] + sides / 2, sides], axis=1)


def to_corners(centred: F64) -> F64:
    """Centre x, centre y, width, height → x1 y1 x2 y2; (n, 4)."""
    half = centred[:, 2:] / 2
    return np.concatenate([centred[:, :2] - half, centred[:, :2] + half], axis=1)


class BoxFilter:
    """Means and variances of n tracks' boxes. Row order is the caller's; ``keep`` and ``add`` change it."""

    def __init__(self, settings: FilterSettings) -> None:
        self._settings = settings
        self._noise = np.array([settings.seen_noise] * 2 + [settings.seen_size_noise] * 2) ** 2
        self._drift = np.array([settings.drift] * 2 + [settings.size_drift] * 2) ** 2
        self._first = np.array([settings.first_speed] * 2 + [settings.first_size_speed] * 2) ** 2
        self.value: F64 = np.zeros((0, 4))
        self.rate: F64 = np.zeros((0, 4))
        self._var: F64 = np.zeros((0, 4))
        self._cov: F64 = np.zeros((0, 4))
        self._rate_var: F64 = np.zeros((0, 4))

    @property
    def boxes(self) -> F64:
        """The boxes as now believed, x1 y1 x2 y2 in pixels, (n, 4)."""
        return to_corners(self.value)

    def _size2(self) -> F64:
        """Squared size of each thing, (n, 1), never below a pixel."""
        return np.maximum(self.value[:, 2:3] * self.value[:, 3:4], 1.0)

    def doubts(self, rows: Index) -> F64:
        """Standard deviation of the centres of tracks, x and y in pixels, (k, 2)."""
        return np.asarray(np.sqrt(self._var[rows, :2]))

    def speeds(self, rows: Index) -> F64:
        """How fast the centres of tracks go, in sizes of the thing per second, (k,)."""
        return np.asarray(np.hypot(self.rate[rows, 0], self.rate[rows, 1]) / np.sqrt(self._size2()[rows, 0]))

    def predict(self, span_s: float, coasting: npt.NDArray[np.bool_]) -> None:
        """Carry all tracks ``span_s`` on; those ``coasting`` (not seen last time) lose speed meanwhile."""
        if span_s <= 0 or len(self.value) == 0:
            return
        size2 = self._size2()
        slow = np.where(coasting, np.exp(-span_s / self._settings.coast_s), 1.0)[:, None]
        self.rate *= slow
        self.value += self.rate * span_s
        np.maximum(self.value[:, 2:], 1.0, out=self.value[:, 2:])
        self._var += 2 * span_s * self._cov + span_s**2 * self._rate_var + size2 * self._drift * span_s**3 / 3
        self._cov += span_s * self._rate_var + size2 * self._drift * span_s**2 / 2
        self._rate_var += size2 * self._drift * span_s

    def correct(self, rows: Index, boxes: F64) -> None:
        """Take what was seen: boxes (k, 4) x1 y1 x2 y2 for the tracks in ``rows`` (k,), each at most once."""
        if len(rows) == 0:
            return
        noise = self._size2()[rows] * self._noise
        var, cov = self._var[rows], self._cov[rows]
        total = var + noise
        gain, rate_gain = var / total, cov / total
        surprise = to_centre(boxes) - self.value[rows]
        self.value[rows] += gain * surprise
        self.rate[rows] += rate_gain * surprise
        self._rate_var[rows] -= rate_gain * cov
        self._cov[rows] = cov * (1 - gain)
        self._var[rows] = var * (1 - gain)

    def stop(self, rows: Index, boxes: F64) -> None:
        """Put tracks back where they were last seen, without speed: what did not move is still there."""
        self.value[rows] = to_centre(boxes)
        self.rate[rows] = 0.0

    def add(self, boxes: F64) -> None:
        """Begin tracks at boxes (k, 4), speed unknown."""
        value = to_centre(boxes)
        size2 = np.maximum(value[:, 2:3] * value[:, 3:4], 1.0)
        self.value = np.concatenate([self.value, value])
        self.rate = np.concatenate([self.rate, np.zeros_like(value)])
        self._var = np.concatenate([self._var, size2 * self._noise])
        self._cov = np.concatenate([self._cov, np.zeros_like(value)])
        self._rate_var = np.concatenate([self._rate_var, size2 * self._first])

    def keep(self, wanted: npt.NDArray[np.bool_]) -> None:
        """Forget the tracks not wanted (n,)."""
        for name in ("value", "rate", "_var", "_cov", "_rate_var"):
            setattr(self, name, getattr(self, name)[wanted])
