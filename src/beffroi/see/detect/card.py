"""The model card: everything a net needs beside its weights, as a strict YAML file.

One line per key is in docs/reference/models.md. A card is checked whole before anything is loaded: an unknown key, a
value out of range or a key that its family does not know is refused with the file, the key and what is allowed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from beffroi.see.detect.refusing import refuse_card
from beffroi.vocabulary.errors import ModelCardError
from beffroi.vocabulary.picture import CLASS_NAMES, ObjectClass

Family = Literal["nanodet", "yolox", "detr", "ssd"]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Side = Annotated[int, Field(ge=32, le=4096)]
Triple = tuple[float, float, float]

MAX_CARD_BYTES = 65_536  # our choice: a card is a page of text; anything larger is the wrong file
SUFFIXES = (".onnx", ".xml")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class WeightFile(_Part):
    """One file of weights: a plain name beside the card, and the digest it must have."""

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=120)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class InputSpec(_Part):
    """The picture the net wants.

    ``mean`` and ``std`` are in the net's channel order, on the 0-255 scale: value = (pixel - mean) / std.
    ``multiple_px`` says that the net also takes smaller inputs whose sides are multiples of it: padding is then
    cut away, and a part of the picture can be looked at for less.
    """

    width_px: Side
    height_px: Side
    channels: Literal["rgb", "bgr"]
    resize: Literal["stretch", "letterbox", "letterbox-centre"]
    multiple_px: Annotated[int, Field(ge=8, le=128)] | None = None
    pad_value: Annotated[int, Field(ge=0, le=255)] = 114
    mean: Triple = (0.0, 0.0, 0.0)
    std: Triple = (1.0, 1.0, 1.0)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if min(self.std) <= 0:
            raise ValueError("std must be above 0 in all three channels")
        if self.multiple_px is not None and (self.width_px % self.multiple_px or self.height_px % self.multiple_px):
            raise ValueError("input.width_px and input.height_px must be multiples of input.multiple_px")
        return self


class OutputSpec(_Part):
    """How the family writes boxes; each family knows some of these keys only.

    ``strides`` are cell sizes in input pixels; ``bins`` is the length of NanoDet's distance distribution
    (reg_max + 1); ``cell_centre`` is 0.5 where distances start from the middle of a cell, 0 from its corner;
    ``columns`` is the number of the net's own classes; ``scores`` says how DETR logits become scores.
    """

    columns: Annotated[int, Field(ge=1, le=2000)] | None = None
    strides: tuple[Annotated[int, Field(ge=2, le=256)], ...] | None = None
    bins: Annotated[int, Field(ge=2, le=64)] | None = None
    cell_centre: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    scores: Literal["sigmoid", "softmax"] | None = None


OUTPUT_KEYS: dict[str, tuple[str, ...]] = {
    "nanodet": ("columns", "strides", "bins", "cell_centre"),
    "yolox": ("columns", "strides"),
    "detr": ("columns", "scores"),
    "ssd": (),
}


class ModelCard(_Part):
    """A detector's card.

    ``classes`` maps the net's own class numbers to ours; its other classes are dropped. ``score_min`` is what is
    handed on (a tracker's second look needs weak boxes), ``score_high`` what counts as seen by itself.
    ``nms_iou`` is None where the net suppresses doubles itself.
    """

    format: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
    family: Family
    weights: Annotated[tuple[WeightFile, ...], Field(min_length=1, max_length=4)]
    input: InputSpec
    output: OutputSpec = OutputSpec()
    classes: Annotated[dict[int, ObjectClass], Field(min_length=1)]
    score_min: Share
    score_high: Share
    nms_iou: Share | None = None
    licence: Annotated[str, Field(min_length=2, max_length=200)]
    source: Annotated[str, Field(min_length=2, max_length=500)]
    limits: Annotated[tuple[str, ...], Field(min_length=1)]
    figures: dict[str, str | float] = {}

    @model_validator(mode="after")
    def _fits_family(self) -> Self:
        allowed = OUTPUT_KEYS[self.family]
        given = self.output.model_fields_set
        if strange := sorted(given - set(allowed)):
            raise ValueError(f"output.{strange[0]} means nothing to family {self.family}; it knows {_listed(allowed)}")
        if missing := [key for key in allowed if getattr(self.output, key) is None]:
            raise ValueError(f"output.{missing[0]} is missing; family {self.family} needs {_listed(allowed)}")
        if self.score_min > self.score_high:
            raise ValueError(f"score_min {self.score_min} is above score_high {self.score_high}")
        if not self.weights[0].file.endswith(SUFFIXES):
            raise ValueError(f"the first file of weights must end in {' or '.join(SUFFIXES)}")
        stems = {part.file.rpartition(".")[0] for part in self.weights}
        if len(stems) > 1 or len({part.file for part in self.weights}) < len(self.weights):
            raise ValueError("files of weights must have one name and different endings (net.xml, net.bin)")
        columns = self.output.columns
        if columns is not None and not all(0 <= number < columns for number in self.classes):
            raise ValueError(f"classes must be numbers from 0 to {columns - 1}, as output.columns says")
        return self

    @property
    def model(self) -> str:
        """name@version, as written into every Detections."""
        return f"{self.name}@{self.version}"

    @property
    def class_names(self) -> tuple[str, ...]:
        """Our classes that this net can see, in the order of the vocabulary."""
        seen = {kind.value for kind in self.classes.values()}
        return tuple(name for name in CLASS_NAMES if name in seen)

    @property
    def digest(self) -> str:
        """The SHA-256 of the weights, over all files in the card's order."""
        joined = "".join(part.sha256 for part in self.weights)
        return joined if len(self.weights) == 1 else hashlib.sha256(joined.encode()).hexdigest()


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) if names else "no key there"


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key written twice: YAML would silently keep the last one."""


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is written twice", key_node.start_mark)
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_card(path: Path) -> ModelCard:
    """Read and check a card.

    Raises:
        ModelCardError: no such file, not YAML, a key is unknown, missing or out of range, or it names biometrics.
    """
    mend = "See docs/reference/models.md for every key of a card."
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelCardError(
            f"the model card cannot be read ({error.strerror})", where=str(path), mend="Give the path of a .yaml card."
        ) from error
    if len(data) > MAX_CARD_BYTES:
        raise ModelCardError(
            f"{len(data)} bytes is too large for a card (at most {MAX_CARD_BYTES})", where=str(path), mend=mend
        )
    try:
        document = yaml.load(data.decode("utf-8"), _StrictLoader)  # noqa: S506 - a SafeLoader
    except UnicodeDecodeError as error:
        raise ModelCardError("a card is UTF-8 text; this is not", where=str(path), mend=mend) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not readable as YAML"
        raise ModelCardError(str(problem), where=f"{path}{line}", mend=mend) from error
    if not isinstance(document, dict):
        raise ModelCardError("a card is a mapping of keys to values", where=str(path), mend=mend)
    refuse_card(document, str(path))
    try:
        return ModelCard.model_validate(document)
    except ValidationError as error:
        raise _explained(error, path, mend) from error


def _explained(error: ValidationError, path: Path, mend: str) -> ModelCardError:
    """Every fault of a card in one sentence each, in the words of the card."""
    faults = []
    for fault in error.errors():
        key = ".".join(str(step) for step in fault["loc"])
        if fault["type"] == "extra_forbidden":
            faults.append(f"key {key} is unknown; allowed here: {', '.join(_fields_at(fault['loc'][:-1]))}")
        elif fault["type"] == "missing":
            faults.append(f"key {key} is missing")
        elif fault["type"] == "value_error":
            faults.append(str(fault["ctx"]["error"]) if "ctx" in fault else fault["msg"])
        else:
            allowed = fault["msg"].removeprefix("Input should be ")
            faults.append(f"{key} is {_shown(fault['input'])}, allowed: {allowed}")
    return ModelCardError("; ".join(faults), where=str(path), mend=mend)


def _fields_at(location: tuple[int | str, ...]) -> list[str]:
    parts: dict[str, type[_Part]] = {"input": InputSpec, "output": OutputSpec, "weights": WeightFile}
    owner = parts.get(str(location[0]), ModelCard) if location else ModelCard
    return sorted(owner.model_fields)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
