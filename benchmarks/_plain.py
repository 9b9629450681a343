"""The script a user would write instead: PyAV → the same weights → trackers.ByteTrack → supervision zones.

It gets our reading of the net (preparation and decoding), all cores for each inference, and no motion gate.
Run alone: ``python -m benchmarks._plain FILM MODEL``; prints one JSON line.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import av
import numpy as np
import supervision as sv
from trackers import ByteTrackTracker

from beffroi.see.detect import open_detector
from beffroi.vocabulary.picture import CLASS_ID, Frame, FrameRef
from beffroi.vocabulary.time import UtcNs

FPS = 5.0
ZONE = ((0.1, 0.4), (0.5, 0.4), (0.5, 0.95), (0.1, 0.95))


def watch(film: Path, model: str, threads: int) -> dict[str, Any]:
    """Analyse a film at five frames a second; what was found and what it cost."""
    detector = open_detector(model, data=None, threads=threads)
    tracker = ByteTrackTracker(frame_rate=FPS)
    person, raised, alerts, nxt, frames = CLASS_ID["person"], set(), [], -1.0, 0
    zone: Any = None
    started, cpu = time.perf_counter(), time.process_time()
    at_s = 0.0
    with av.open(str(film)) as container:
        for picture in container.decode(video=0):
            at_s = picture.time or 0.0
            if at_s + 1e-6 < nxt:
                continue
            nxt, frames = at_s + 1 / FPS, frames + 1
            rgb = picture.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
            height, width = rgb.shape[:2]
            if zone is None:
                zone = sv.PolygonZone(np.array([(x * width, y * height) for x, y in ZONE], np.int32))
            ref = FrameRef(
                camera_id="c",
                run_id="r",
                index=frames,
                media_time_ns=int(at_s * 1e9),
                captured_at=UtcNs(0),
                captured_at_error_ns=0,
                width_px=width,
                height_px=height,
            )
            seen = detector.detect(Frame(ref=ref, rgb=rgb))
            strong = seen.scores >= detector.score_high
            found = sv.Detections(
                xyxy=seen.boxes_xyxy_px[strong], confidence=seen.scores[strong], class_id=seen.class_ids[strong]
            )
            found = tracker.update(found)
            inside = zone.trigger(found)
            tracks = found.tracker_id if found.tracker_id is not None else np.full(len(found), -1)
            classes = found.class_id if found.class_id is not None else np.full(len(found), -1)
            for number, track in enumerate(tracks.tolist()):
                if inside[number] and classes[number] == person and track >= 0 and track not in raised:
                    raised.add(track)
                    alerts.append(round(at_s, 2))
    return {
        "video_s": at_s,
        "wall_s": time.perf_counter() - started,
        "cpu_s": time.process_time() - cpu,
        "frames": frames,
        "alerts": alerts,
    }


if __name__ == "__main__":
    print(json.dumps(watch(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
