"""A settled town, and short words for footage that grows old."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from beffroi.govern.retention.door import Segment
from beffroi.govern.rights import SYSTEM
from beffroi.testing.town import Town
from beffroi.vocabulary.evidence import PartKind
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

DAY_S = 86_400


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path / "data")
    made.settle()
    yield made
    made.doors.close()


def ready_alert(town: Town, name: str) -> tuple[str, Path]:
    """An alert with a clip; its id and the clip's file."""
    alert_id = town.raised(town.doors.rules.get(SYSTEM, "lawn").rule, name)
    part = town.footage(name, PartKind.CLIP, name.encode() * 20)
    now = town.clock.now
    town.doors.intake.take_evidence(
        SYSTEM, name, parts=(part,), from_at=UtcNs(now - seconds_to_ns(5)), to_at=UtcNs(now + seconds_to_ns(5))
    )
    return alert_id, town.folder / part.path


def recorded(town: Town, name: str, *, camera_id: str = "mairie", keep_s: float = 30 * DAY_S) -> Path:
    """One recorded segment of ten seconds that ends now; its file."""
    path = town.folder / "recordings" / camera_id / f"{name}.mp4"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = name.encode() * 30
    path.write_bytes(content)
    now = town.clock.now
    segment = Segment(
        segment_id=f"segment-{name}",
        camera_id=camera_id,
        path=str(path.relative_to(town.folder)),
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        from_at=UtcNs(now - seconds_to_ns(10)),
        to_at=now,
        born_at=now,
        expires_at=UtcNs(now + seconds_to_ns(keep_s)),
        authorisation_id="",
        purpose_id="",
    )
    town.doors.retention.keep_segments(SYSTEM, [segment])
    return path


@pytest.fixture
def passing(town: Town) -> Callable[[float], None]:
    """Let time pass as it does while a house runs: tended all along, no leap."""

    def pass_by(seconds: float) -> None:
        while seconds > 0:
            step = min(seconds, 590.0)
            town.clock.advance(step)
            seconds -= step
            town.doors.retention._clock.look()
        town.doors.tend()

    return pass_by
