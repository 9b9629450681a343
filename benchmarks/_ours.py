"""One film through Beffroi's batch analysis, with the zone of the plain script. Prints one JSON line.

Run alone: ``python -m benchmarks._ours FILM MODEL CORES``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from beffroi.judge.situations import BUILT_IN
from beffroi.run.batch import analyse_file
from beffroi.run.messages import AuthorisedRule
from beffroi.see.detect import open_detector
from beffroi.vocabulary.camera import Camera, StreamKind, StreamSpec
from beffroi.vocabulary.judgement import EventPhase
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Rule, Situation, Zone
from beffroi.vocabulary.time import UtcNs

ZONE = ((0.1, 0.4), (0.5, 0.4), (0.5, 0.95), (0.1, 0.95))
MEMORY_EVERY_S = 300.0


def watch(film: Path, model: str, cores: int) -> dict[str, Any]:
    """Analyse a film; what was found, what it cost, memory every five minutes of film."""
    rule = Rule(
        rule_id="zone",
        version=1,
        camera_id="c",
        situation=Situation.ZONE_ENTERED,
        purpose_id="benchmark",
        classes=(ObjectClass.PERSON,),
        zone=Zone(points=ZONE),
    )
    allowed = AuthorisedRule(rule=rule, authorisation_id="benchmark", valid_until=UtcNs(2**62))
    camera = Camera(camera_id="c", name="c", main=StreamSpec(kind=StreamKind.FILE, url=str(film)))
    first = open_detector(model, data=None, twins=cores)
    detectors = [first, *(first.twin() for _ in range(cores - 1))]
    specs = {spec.situation: spec for spec in BUILT_IN}
    open_at: dict[str, float] = {}
    episodes: list[tuple[float, float]] = []
    memory_mb: list[float] = []
    stages: dict[str, float] = {}
    frames = detected = 0
    at_s, process = 0.0, psutil.Process()
    started, cpu = time.perf_counter(), time.process_time()
    for result in analyse_file(film, camera, [allowed], detectors, specs):
        frames, detected = frames + 1, detected + (result.detections is not None)
        at_s = result.frame.ref.media_time_ns / 1e9
        for event in result.events:
            if event.phase is EventPhase.BEGUN:
                open_at[event.event_id] = event.media_time_s
            elif event.phase is EventPhase.ENDED:
                episodes.append((round(open_at.pop(event.event_id), 2), round(at_s, 2)))
        for stage, spent in result.stage_ns.items():
            stages[stage] = stages.get(stage, 0.0) + spent / 1e6
        if at_s >= MEMORY_EVERY_S * len(memory_mb):
            memory_mb.append(round(process.memory_info().rss / 1e6, 1))
    return {
        "video_s": at_s,
        "wall_s": time.perf_counter() - started,
        "cpu_s": time.process_time() - cpu,
        "frames": frames,
        "detected": detected,
        "episodes": sorted(episodes),
        "memory_mb": [*memory_mb, round(process.memory_info().rss / 1e6, 1)],
        "stage_ms": {stage: spent / max(1, frames) for stage, spent in stages.items()},
    }


if __name__ == "__main__":
    print(json.dumps(watch(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
