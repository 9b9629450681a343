"""Real footage, really spoilt: each ailment is told once, under its own name; sound footage is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import beffroi.cli
from beffroi.judge.situations.camera_impaired import CameraImpairedWatch
from beffroi.ports.situation import Moment
from beffroi.see.health import HealthStats
from beffroi.sense.files import read_frames
from beffroi.vocabulary.arrays import UInt8s
from beffroi.vocabulary.judgement import EventPhase
from beffroi.vocabulary.picture import Frame
from beffroi.vocabulary.rules import Rule, Situation

STREET = Path(beffroi.cli.__file__).parent / "assets" / "street.mp4"
RULE = Rule(rule_id="eye", version=1, camera_id="c", situation=Situation.CAMERA_IMPAIRED, purpose_id="p")
ILL_FROM_S, ILL_TO_S, END_S = 20.0, 34.0, 40.0
Spoil = Callable[[UInt8s, UInt8s], UInt8s]
"""The picture and the last sound one in, the spoilt picture out."""


def _noise(level: float, shape: tuple[int, ...]) -> UInt8s:
    return np.clip(np.random.default_rng(0).normal(level, 2.0, shape), 0, 255).astype(np.uint8)


def _covered(rgb: UInt8s, _: UInt8s) -> UInt8s:
    spoilt = rgb.copy()
    wide = int(rgb.shape[1] * 0.85)
    spoilt[:, :wide] = _noise(70, spoilt[:, :wide].shape)
    return spoilt


AILMENTS: dict[str, Spoil] = {
    "black": lambda rgb, _: _noise(14, rgb.shape),
    "dazzled": lambda rgb, _: np.clip(rgb * 0.15 + 225, 0, 255).astype(np.uint8),
    "frozen": lambda _, before: before,
    "masked": _covered,
    "blurred": lambda rgb, _: np.asarray(cv2.GaussianBlur(rgb, (0, 0), 8), np.uint8),
    "moved": lambda rgb, _: np.roll(rgb, (60, 120), axis=(0, 1)),
}


@pytest.fixture(scope="module")
def street() -> list[Frame]:
    """Forty seconds at one frame a second, small."""
    frames = []
    for frame in read_frames(STREET, camera_id="c", analysed_fps=1.0, max_width_px=384):
        if frame.ref.media_time_ns > END_S * 1e9:
            break
        frames.append(frame)
    return frames


def told(frames: Iterator[Frame]) -> list[tuple[str, str]]:
    probe, watch = HealthStats(), CameraImpairedWatch(RULE, model="none")
    found = []
    for frame in frames:
        moment = Moment(now=frame.ref.captured_at, frame=frame.ref, health=probe.look(frame))
        found += [
            (str(e.facts["cause"]), e.phase.value) for e in watch.step(moment) if e.phase is not EventPhase.UPDATED
        ]
    return found


def spoilt(frames: list[Frame], spoil: Spoil) -> Iterator[Frame]:
    before = frames[0].rgb
    for frame in frames:
        if ILL_FROM_S * 1e9 <= frame.ref.media_time_ns < ILL_TO_S * 1e9:
            yield replace(frame, rgb=np.ascontiguousarray(spoil(frame.rgb, before)))
        else:
            before = frame.rgb
            yield frame


def test_sound_footage_is_sound(street: list[Frame]) -> None:
    assert len(street) >= 39
    assert told(iter(street)) == []


@pytest.mark.parametrize("cause", AILMENTS)
def test_each_ailment_is_told_under_its_name(street: list[Frame], cause: str) -> None:
    assert told(spoilt(street, AILMENTS[cause])) == [(cause, "begun"), (cause, "ended")]
