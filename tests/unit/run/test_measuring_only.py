"""Where an authorisation allows measuring only, events are told and no footage is written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from beffroi.ports.situation import SituationSpec
from beffroi.run.evidence import EvidenceWriter
from beffroi.run.eyes import Eyes
from beffroi.run.messages import AuthorisedRule, CameraOrder, EventSeen, EvidenceDone, WorkerMessage
from beffroi.run.settings import EvidenceSettings, RunSettings
from beffroi.run.shard import Shard, ShardParts
from beffroi.vocabulary.camera import Camera, StreamKind, StreamSpec
from beffroi.vocabulary.judgement import EventPhase
from beffroi.vocabulary.rules import Situation


@pytest.mark.parametrize("alerts", [True, False])
def test_footage_is_written_only_where_it_may_be_shown(
    tmp_path: Path,
    specs: Mapping[Situation, SituationSpec],
    new_detector: Any,
    walking_file: Path,
    right_half: AuthorisedRule,
    alerts: bool,
) -> None:
    settings = RunSettings(data_dir=str(tmp_path), beat_s=0.1, evidence=EvidenceSettings(before_s=1.0, after_s=0.2))
    said: list[WorkerMessage] = []
    evidence = EvidenceWriter(tmp_path, settings.evidence, said.append, Eyes(new_detector))
    detector = new_detector()
    shard = Shard(
        ShardParts(
            settings=settings,
            specs=specs,
            open_detector=lambda: detector,
            evidence=evidence,
            send=said.append,
            on_analysed=lambda camera_id, result: None,
            on_gone=lambda camera_id: None,
        )
    )
    stream = StreamSpec(kind=StreamKind.FILE, url=str(walking_file), loop=True)
    rule = replace(right_half, alerts=alerts, rule=replace(right_half.rule, camera_id="a"))
    shard.start()
    shard.order(CameraOrder(camera=Camera(camera_id="a", name="a", main=stream), rules=(rule,)))
    end = time.monotonic() + 30
    while not any(isinstance(m, EventSeen) and m.event.phase is EventPhase.BEGUN for m in said):
        assert time.monotonic() < end, "nothing was seen"
        time.sleep(0.02)
    shard.stop(5.0)
    evidence.close(5.0)
    assert any(isinstance(m, EvidenceDone) for m in said) is alerts
    assert (tmp_path / "evidence").exists() is alerts
