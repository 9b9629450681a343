"""How well people are followed: HOTA, MOTA and IDF1.

Sources: HOTA, DetA, AssA: Luiten et al., IJCV 2021, equations 2 to 9 and its two-step matching; MOTA: Bernardin and
Stiefelhagen 2008; IDF1: Ristani et al. 2016. A test holds them against TrackEval.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from beffroi.measure.raw import MotOutput
from beffroi.vocabulary.errors import InvalidInputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ALPHAS = np.arange(0.05, 0.99, 0.05)
"""Localisation thresholds of HOTA: 0.05 to 0.95."""
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxesOfFrame:
    """Ids int64 (n,) counted from 0 and boxes float64 (n, 4) as x, y, width, height."""

    ids: Ints
    xywh: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingFigures:
    """All in [0, 1], but MOTA, which may be negative."""

    hota: float
    deta: float
    assa: float
    idf1: float
    mota: float
    frames: int
    id_switches: int


def read_mot_truth(path: Path) -> dict[int, list[tuple[int, tuple[float, float, float, float]]]]:
    """MOT rows by frame (from 1); rows marked 0 in the seventh column are not to be scored.

    Raises:
        InvalidInputError: the file is missing or a row is not numbers.
    """
    by_frame: dict[int, list[tuple[int, tuple[float, float, float, float]]]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InvalidInputError("cannot be read", where=str(path), mend=str(error)) from error
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            v = [float(x) for x in line.replace(",", " ").split()]
            frame, track, x, y, w, h = int(v[0]), int(v[1]), v[2], v[3], v[4], v[5]
        except (ValueError, IndexError) as error:
            mend = "A row is frame,id,x,y,width,height,mark."
            raise InvalidInputError("not a MOT row", where=f"{path}:{number}", mend=mend) from error
        if len(v) > 6 and v[6] == 0:
            continue
        by_frame.setdefault(frame, []).append((track, (x, y, w, h)))
    return by_frame


def iou_xywh(a: Floats, b: Floats) -> Floats:
    """Overlap of boxes (n, 4) and (m, 4) given as x, y, width, height → (n, m) in [0, 1]."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum((a[:, :2] + a[:, 2:])[:, None], (b[:, :2] + b[:, 2:])[None])
    shared = np.prod(np.clip(high - low, 0.0, None), axis=2)
    union = np.prod(a[:, 2:], axis=1)[:, None] + np.prod(b[:, 2:], axis=1)[None] - shared
    result: Floats = shared / np.maximum(union, ROUNDING)
    return result


def _numbered(
    rows: dict[int, list[tuple[int, tuple[float, float, float, float]]]], frames: tuple[int, ...]
) -> list[BoxesOfFrame]:
    names: dict[int, int] = {}
    out = []
    for frame in frames:
        here = rows.get(frame, [])
        ids = np.array([names.setdefault(track, len(names)) for track, _ in here], np.int64)
        boxes = np.array([box for _, box in here], np.float64).reshape(-1, 4)
        out.append(BoxesOfFrame(ids=ids, xywh=boxes))
    return out


class _Hota:
    """Accumulates what HOTA's global alignment and its matching per threshold need."""

    def __init__(self, truths: int, ours: int) -> None:
        self.potential = np.zeros((truths, ours))
        self.of_truth, self.of_ours = np.zeros(truths), np.zeros(ours)

    def see(self, truth: BoxesOfFrame, ours: BoxesOfFrame, overlap: Floats) -> None:
        self.of_truth[truth.ids] += 1
        self.of_ours[ours.ids] += 1
        both = overlap.sum(0)[None] + overlap.sum(1)[:, None] - overlap
        share = np.divide(overlap, both, out=np.zeros_like(overlap), where=both > ROUNDING)
        self.potential[truth.ids[:, None], ours.ids[None]] += share

    def score(self, steps: list[tuple[BoxesOfFrame, BoxesOfFrame, Floats]]) -> tuple[float, float, float]:
        alignment = self.potential / np.maximum(self.of_truth[:, None] + self.of_ours[None] - self.potential, ROUNDING)
        found = np.zeros(len(ALPHAS))
        pairs = np.zeros((len(ALPHAS), *alignment.shape))
        for truth, ours, overlap in steps:
            r, c = linear_sum_assignment(-(alignment[truth.ids[:, None], ours.ids[None]] * overlap))
            for k, alpha in enumerate(ALPHAS):
                good = overlap[r, c] >= alpha - ROUNDING
                found[k] += good.sum()
                pairs[k, truth.ids[r[good]], ours.ids[c[good]]] += 1
        total = self.of_truth.sum() + self.of_ours.sum()
        detection = found / np.maximum(total - found, 1)
        apart = self.of_truth[:, None] + self.of_ours[None]
        association = np.array([(m * m / np.maximum(apart - m, 1)).sum() for m in pairs]) / np.maximum(found, 1)
        hota = np.sqrt(detection * association)
        return float(hota.mean()), float(detection.mean()), float(association.mean())


def _clear(steps: list[tuple[BoxesOfFrame, BoxesOfFrame, Floats]]) -> tuple[int, int, int]:
    """Misses, false boxes and identity switches of CLEAR MOT at half overlap, keeping last frame's pairs first."""
    misses = wrong = switches = 0
    last: dict[int, int] = {}
    just_now: dict[int, int] = {}
    for truth, ours, overlap in steps:
        kept = np.array([[just_now.get(int(t)) == int(o) for o in ours.ids] for t in truth.ids]).reshape(overlap.shape)
        weight = np.where(overlap >= 0.5 - ROUNDING, overlap + 1000.0 * kept, 0.0)
        r, c = linear_sum_assignment(-weight)
        good = weight[r, c] > 0
        pairs = {int(truth.ids[i]): int(ours.ids[j]) for i, j in zip(r[good], c[good], strict=True)}
        switches += sum(last.get(t, o) != o for t, o in pairs.items())
        just_now = pairs
        last.update(pairs)
        misses += len(truth.ids) - len(pairs)
        wrong += len(ours.ids) - len(pairs)
    return misses, wrong, switches


def tracking_figures(truth_file: Path, ours: MotOutput) -> TrackingFigures:
    """Score followed people on the frames that were analysed.

    Raises:
        InvalidInputError: the truth file cannot be read.
    """
    truth_rows = read_mot_truth(truth_file)
    our_rows: dict[int, list[tuple[int, tuple[float, float, float, float]]]] = {}
    for row in ours.rows:
        our_rows.setdefault(row.frame, []).append((row.track, row.xywh))
    truths, mine = _numbered(truth_rows, ours.frames), _numbered(our_rows, ours.frames)
    steps = [(t, o, iou_xywh(t.xywh, o.xywh)) for t, o in zip(truths, mine, strict=True)]
    n = 1 + max((int(t.ids.max()) for t in truths if len(t.ids)), default=-1)
    m = 1 + max((int(o.ids.max()) for o in mine if len(o.ids)), default=-1)
    hota, at_half = _Hota(n, m), np.zeros((n, m))
    for t, o, overlap in steps:
        hota.see(t, o, overlap)
        at_half[t.ids[:, None], o.ids[None]] += overlap >= 0.5
    score, deta, assa = hota.score(steps)
    misses, wrong, switches = _clear(steps)
    r, c = linear_sum_assignment(-at_half)
    true_boxes, our_boxes = hota.of_truth.sum(), hota.of_ours.sum()
    return TrackingFigures(
        hota=score,
        deta=deta,
        assa=assa,
        idf1=float(2 * at_half[r, c].sum() / max(true_boxes + our_boxes, 1)),
        mota=float(1 - (misses + wrong + switches) / max(true_boxes, 1)),
        frames=len(ours.frames),
        id_switches=switches,
    )
