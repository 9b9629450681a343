"""What nets write becomes boxes: one pure function per family of detectors.

Each takes the net's output arrays and gives `Candidates`: boxes in pixels of the net's input, scores, and our class
ids, all with score >= ``score_min``, before suppression. ``size_px`` is (width, height) of the input that was given.
`check_shapes` says beforehand whether outputs fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from beffroi.see.detect.card import ModelCard
from beffroi.vocabulary.arrays import Float32s, Int32s
from beffroi.vocabulary.errors import ModelCardError
from beffroi.vocabulary.picture import CLASS_ID

Outputs = Sequence[npt.NDArray[Any]]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Boxes before suppression: ``boxes_xyxy_px`` float32 (n, 4) in pixels of the net's input, not clipped;
    ``scores`` float32 (n,) in [0, 1]; ``class_ids`` int32 (n,), indexes of CLASS_NAMES.
    """

    boxes_xyxy_px: Float32s
    scores: Float32s
    class_ids: Int32s


@lru_cache(maxsize=32)
def cell_corners(width_px: int, height_px: int, strides: tuple[int, ...]) -> tuple[Float32s, Float32s]:
    """Grid of cells, fine strides first, row by row: corners in cells float32 (n, 2) and strides float32 (n, 1).

    >>> corners, strides = cell_corners(16, 8, (8,))
    >>> corners.tolist(), strides.tolist()
    ([[0.0, 0.0], [1.0, 0.0]], [[8.0], [8.0]])
    """
    corners, sizes = [], []
    for stride in strides:
        across, down = -(-width_px // stride), -(-height_px // stride)
        y, x = np.mgrid[:down, :across]
        corners.append(np.stack([x, y], axis=-1).reshape(-1, 2))
        sizes.append(np.full((down * across, 1), stride))
    return np.concatenate(corners).astype(np.float32), np.concatenate(sizes).astype(np.float32)


@lru_cache(maxsize=32)
def _columns(classes: tuple[tuple[int, str], ...]) -> tuple[npt.NDArray[np.intp], Int32s]:
    """The net's class columns that we keep, and our class id of each."""
    numbers = np.array([number for number, _ in classes], np.intp)
    return numbers, np.array([CLASS_ID[name] for _, name in classes], np.int32)


def _mapped(card: ModelCard) -> tuple[npt.NDArray[np.intp], Int32s]:
    return _columns(tuple(sorted((number, kind.value) for number, kind in card.classes.items())))


def _best_class(card: ModelCard, scores: Float32s) -> tuple[npt.NDArray[np.intp], Float32s, Int32s]:
    """Rows whose best kept class reaches ``score_min``: their indexes, scores and our class ids."""
    columns, ours = _mapped(card)
    kept = scores[:, columns]
    rows = np.flatnonzero(kept.max(axis=1) >= card.score_min)
    best = kept[rows].argmax(axis=1)
    return rows, kept[rows, best], ours[best]


def nanodet(card: ModelCard, outputs: Outputs, size_px: Size) -> Candidates:
    """NanoDet: output (1, cells, columns + 4 * bins), scores after sigmoid, then four distance distributions.

    Source: NanoDet, Generalized Focal Loss (Li et al. 2020): a side's distance is the mean of a softmax
    over 0..bins-1 strides.
    """
    spec, table = card.output, outputs[0][0]
    columns, bins = spec.columns or 0, spec.bins or 0
    rows, scores, class_ids = _best_class(card, table[:, :columns])
    corners, strides = cell_corners(*size_px, spec.strides or ())
    logits = table[rows, columns:].reshape(-1, 4, bins)
    weights = np.exp(logits - logits.max(axis=2, keepdims=True))
    distances = (weights @ np.arange(bins, dtype=np.float32)) / weights.sum(axis=2) * strides[rows]
    centres = (corners[rows] + (spec.cell_centre or 0.0)) * strides[rows]
    boxes = np.concatenate([centres - distances[:, :2], centres + distances[:, 2:]], axis=1)
    return Candidates(boxes_xyxy_px=boxes.astype(np.float32), scores=scores, class_ids=class_ids)


def yolox(card: ModelCard, outputs: Outputs, size_px: Size) -> Candidates:
    """YOLOX: output (1, cells, 5 + columns): offset from the cell, log size, objectness, class scores.

    Source: YOLOX (Ge et al. 2021), section 2.1; the exported net has its sigmoids inside.
    """
    table = outputs[0][0]
    likely = np.flatnonzero(table[:, 4] >= card.score_min)  # a score is at most the objectness
    table = table[likely]
    rows, scores, class_ids = _best_class(card, table[:, 4:5] * table[:, 5:])
    corners, strides = cell_corners(*size_px, card.output.strides or ())
    corners, strides = corners[likely[rows]], strides[likely[rows]]
    centres = (table[rows, :2] + corners) * strides
    halves = np.exp(table[rows, 2:4]) * strides / 2
    boxes = np.concatenate([centres - halves, centres + halves], axis=1)
    return Candidates(boxes_xyxy_px=boxes.astype(np.float32), scores=scores, class_ids=class_ids)


def detr(card: ModelCard, outputs: Outputs, size_px: Size) -> Candidates:
    """DETR-like: boxes (1, n, 4) centre and size in [0, 1], logits (1, n, columns or more), in either order.

    With ``softmax`` the last column is "no object" and is left out. Source: Carion et al. 2020, section 3.1;
    sigmoid as in Deformable DETR and its heirs.
    """
    boxes, logits = _boxes_and_logits(outputs)
    if card.output.scores == "softmax":
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        scores = weights / weights.sum(axis=1, keepdims=True)
    else:
        scores = 1.0 / (1.0 + np.exp(-np.clip(logits, -60.0, 60.0)))
    rows, best, class_ids = _best_class(card, scores[:, : card.output.columns].astype(np.float32))
    size = np.array(size_px, np.float32)
    centres, halves = boxes[rows, :2] * size, boxes[rows, 2:] * size / 2
    corners = np.concatenate([centres - halves, centres + halves], axis=1)
    return Candidates(boxes_xyxy_px=corners.astype(np.float32), scores=best, class_ids=class_ids)


def _boxes_and_logits(outputs: Outputs) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    first, second = outputs[0][0], outputs[1][0]
    boxes_first = first.shape[-1] == 4 and (second.shape[-1] != 4 or bool(np.all((first >= 0) & (first <= 1))))
    return (first, second) if boxes_first else (second, first)


def ssd(card: ModelCard, outputs: Outputs, size_px: Size) -> Candidates:
    """SSD with its suppression inside: rows [image, label, score, x1, y1, x2, y2], corners in [0, 1].

    Source: OpenVINO DetectionOutput-8; a row with image -1 ends the list.
    """
    rows = outputs[0].reshape(-1, 7)
    ended = np.flatnonzero(rows[:, 0] < 0)
    rows = rows[: ended[0]] if len(ended) else rows
    columns, ours = _mapped(card)
    lookup = np.full(int(max(columns.max(), rows[:, 1].max(initial=0))) + 1, -1, np.int32)
    lookup[columns] = ours
    class_ids = lookup[rows[:, 1].astype(np.intp)]
    kept = (class_ids >= 0) & (rows[:, 2] >= card.score_min)
    size = np.array(size_px * 2, np.float32)
    boxes = rows[kept, 3:7] * size
    return Candidates(
        boxes_xyxy_px=boxes.astype(np.float32), scores=rows[kept, 2].astype(np.float32), class_ids=class_ids[kept]
    )


FAMILIES: dict[str, Callable[[ModelCard, Outputs, Size], Candidates]] = {
    "nanodet": nanodet,
    "yolox": yolox,
    "detr": detr,
    "ssd": ssd,
}


def check_shapes(card: ModelCard, shapes: Sequence[tuple[int, ...]]) -> None:
    """Refuse outputs, for an input of the card's full size, that the card's family would misread.

    Raises:
        ModelCardError: both shapes are named.
    """
    spec, columns = card.output, card.output.columns or 0
    cells = len(cell_corners(card.input.width_px, card.input.height_px, spec.strides)[0]) if spec.strides else 0
    last = columns + 4 * (spec.bins or 0) if card.family == "nanodet" else 5 + columns
    if card.family == "detr":
        fits, wanted = _detr_fits(shapes, columns), f"(1, n, 4) and (1, n, {columns} or more)"
    elif card.family == "ssd":
        fits, wanted = len(shapes) == 1 and shapes[0][-1:] == (7,), "(1, 1, n, 7)"
    else:
        fits, wanted = list(shapes) == [(1, cells, last)], f"(1, {cells}, {last})"
    if not fits:
        found = " and ".join(str(tuple(shape)) for shape in shapes) or "nothing"
        raise ModelCardError(
            f"the net gives {found}; family {card.family} with this card reads {wanted}",
            where=card.name,
            mend="Correct family, input size or output keys of the card; docs/reference/models.md explains them.",
        )


def _detr_fits(shapes: Sequence[tuple[int, ...]], columns: int) -> bool:
    if len(shapes) != 2 or any(len(shape) != 3 or shape[0] != 1 for shape in shapes) or shapes[0][1] != shapes[1][1]:
        return False
    lasts = [shape[2] for shape in shapes]
    return any(lasts[k] == 4 and lasts[1 - k] >= columns for k in (0, 1))
