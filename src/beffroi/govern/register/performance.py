"""Measured figures come in: the metrics.json of `beffroi evaluate`, checked before it is published."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from beffroi.keep.store.register import Performance
from beffroi.vocabulary.errors import InvalidInputError
from beffroi.vocabulary.rules import Situation

MEND = "Give the metrics.json that `beffroi evaluate` wrote."
NOTE_LEAST, NOTE_MOST = 8, 500
Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Rate = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


class _Measured(BaseModel):
    model_config = ConfigDict(extra="ignore")

    events: Count
    detected: Count
    false_alerts: Count
    camera_hours: Rate
    recall_95: tuple[Share, Share] | None = None
    false_per_hour_95: tuple[Rate, Rate | None] | None = None
    latency_p95_s: Rate | None = None

    @model_validator(mode="after")
    def _consistent(self) -> _Measured:
        if self.detected > self.events:
            raise ValueError(f"{self.detected} detected of {self.events} events")
        return self


class _Metrics(BaseModel):
    model_config = ConfigDict(extra="ignore")

    model: Annotated[str, Field(min_length=1, max_length=120)]
    version: Annotated[str, Field(min_length=1, max_length=40)]
    situations: dict[Situation, dict[str, Any]]


def read_metrics(content: bytes, *, note: str, measured_on: str, today: date) -> tuple[list[Performance], str]:
    """The figures of each measured situation, and the digest of the file.

    Raises:
        InvalidInputError: it is no such file, its figures contradict each other, nothing was measured, the day is
            none or still to come, or the note says nothing.
    """
    said = " ".join(note.split())
    if not NOTE_LEAST <= len(said) <= NOTE_MOST:
        mend = f"Say on what footage and under which conditions, in {NOTE_LEAST} to {NOTE_MOST} characters."
        raise InvalidInputError("the conditions of the measure are missing", where="note", mend=mend)
    day = _day(measured_on, today)
    try:
        metrics = _Metrics.model_validate(json.loads(content))
        found = {
            situation: _Measured.model_validate(figures)
            for situation, figures in metrics.situations.items()
            if figures.get("status") == "measured"
        }
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(_told(error), where="metrics.json", mend=MEND) from None
    if not found:
        raise InvalidInputError("no situation was measured in it", where="metrics.json", mend=MEND)
    figures = [
        Performance(
            situation=situation.value,
            events=one.events,
            detected=one.detected,
            false_alerts=one.false_alerts,
            camera_hours=one.camera_hours,
            recall_95=one.recall_95 if one.events else None,
            false_per_hour_95=_bounded(one.false_per_hour_95) if one.camera_hours else None,
            latency_p95_s=one.latency_p95_s,
            model=metrics.model,
            version=metrics.version,
            measured_on=day.isoformat(),
            note=said,
        )
        for situation, one in sorted(found.items())
    ]
    return figures, hashlib.sha256(content).hexdigest()


def _bounded(interval: tuple[float, float | None] | None) -> tuple[float, float] | None:
    """An interval; one without an upper end (nothing was watched) says nothing."""
    return None if interval is None or interval[1] is None else (interval[0], interval[1])


def _day(text: str, today: date) -> date:
    mend = "Give the day of the measure as YYYY-MM-DD, today or before."
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(f"{text!r} is no day", where="measured_on", mend=mend) from None
    if day > today:
        raise InvalidInputError(f"{text} is still to come", where="measured_on", mend=mend)
    return day


def _told(error: ValueError | RecursionError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = str(first["msg"]).removeprefix("Value error, ")
        return f"{where}: {what}" if where else what
    return "it is not JSON"
