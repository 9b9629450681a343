"""A whole file through the same pipeline, faster than it was filmed, on all cores."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import time_ns

import cv2
import numpy as np

from beffroi.ports.situation import SituationSpec
from beffroi.ports.vision import Detector
from beffroi.run.messages import AuthorisedRule
from beffroi.run.pipeline import Analysed, CameraPipeline, Looked, build_pipeline
from beffroi.run.settings import AnalysisSettings
from beffroi.sense.files import read_frames
from beffroi.vocabulary.camera import Camera
from beffroi.vocabulary.errors import NotAuthorisedError, RuleError, SourceError
from beffroi.vocabulary.picture import Detections, Frame
from beffroi.vocabulary.rules import Situation

Answer = Future[tuple[Detections, int]]

AHEAD = 6
"""Frames decoded and looked at before their turn: enough to keep two cores busy, little enough to stay in memory."""


class _Ahead:
    """Decodes a file and takes the pipeline's first stroke in a thread of its own, a few frames ahead."""

    def __init__(self, path: Path, camera: Camera, pipeline: CameraPipeline, settings: AnalysisSettings) -> None:
        self._frames = read_frames(
            path,
            camera_id=camera.camera_id,
            analysed_fps=camera.analysed_fps,
            max_width_px=settings.max_width_px,
            start_at=settings.start_at,
        )
        self._pipeline = pipeline
        self._queue: queue.Queue[Looked | BaseException | None] = queue.Queue(AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"ahead {path.name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        ending: BaseException | None = None
        try:
            for frame in self._frames:
                self._put(self._pipeline.look(frame))
                if self._stopped.is_set():
                    return
        except Exception as error:  # told to the caller, in its own thread
            ending = error
        finally:
            close = getattr(self._frames, "close", None)
            if close is not None:
                close()
            self._put(ending)

    def _put(self, item: Looked | BaseException | None) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(queue.Full):
                self._queue.put(item, timeout=0.2)
                return

    def __iter__(self) -> Iterator[Looked]:
        while True:
            item = self._queue.get()
            if isinstance(item, Looked):
                yield item
            elif item is None:
                return
            else:
                raise item

    def stop(self) -> None:
        """End the thread, whether or not the file has ended."""
        self._stopped.set()
        self._thread.join()


class _Detectors:
    """Several equal detectors as one that can be asked from several threads."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._free: queue.SimpleQueue[Detector] = queue.SimpleQueue()
        for detector in detectors:
            self._free.put(detector)
        self.model, self.score_high = detectors[0].model, detectors[0].score_high
        self.class_names = detectors[0].class_names

    def detect(self, frame: Frame, regions_xyxy_px: np.ndarray | None = None) -> Detections:
        """What the next free one sees."""
        detector = self._free.get()
        try:
            return detector.detect(frame, regions_xyxy_px)
        finally:
            self._free.put(detector)


def check_authorised(rules: Sequence[AuthorisedRule]) -> None:
    """Refuse rules whose authorisation has ended.

    Raises:
        NotAuthorisedError: names the rule.
    """
    for authorised in rules:
        if not authorised.authorisation_id or authorised.valid_until <= time_ns():
            raise NotAuthorisedError(
                f"rule {authorised.rule.rule_id} has no authorisation in force: nothing was analysed"
            )


def analyse_file(
    path: Path,
    camera: Camera,
    rules: Sequence[AuthorisedRule],
    detectors: Sequence[Detector],
    specs: Mapping[Situation, SituationSpec],
    settings: AnalysisSettings | None = None,
) -> Iterator[Analysed]:
    """Every due frame of a file, analysed, in order; the last one carries the events that end with the file.

    ``detectors``: equal ones, one for each core that may be used. Results do not depend on how many there are.

    Raises:
        NotAuthorisedError: a rule has no authorisation in force; nothing is decoded.
        SourceError: the file is missing, empty or cannot be read; what could be analysed came first.
        RuleError: a rule does not fit its situation, or nothing knows its situation.
    """
    check_authorised(rules)
    chosen = settings or AnalysisSettings()
    pipeline = build_pipeline(camera.camera_id, rules, _Detectors(detectors), specs, chosen)
    for failure in pipeline.failures:
        raise RuleError(failure.cause, where=f"rule {failure.rule_id}")
    return _analyse(path, camera, pipeline, len(detectors), chosen)


def _analyse(
    path: Path, camera: Camera, pipeline: CameraPipeline, cores: int, settings: AnalysisSettings
) -> Iterator[Analysed]:
    newest: Analysed | None = None
    failure: Exception | None = None
    results = _in_order(path, camera, pipeline, cores, settings)
    try:
        for analysed in results:
            if newest is not None:
                yield newest
            newest = analysed
    except SourceError as error:
        failure = error
    finally:
        results.close()
    if newest is not None:
        ended = pipeline.finish(newest.frame.ref.captured_at)
        yield replace(newest, events=(*newest.events, *ended))
    if failure is not None:
        raise failure


def _in_order(
    path: Path, camera: Camera, pipeline: CameraPipeline, cores: int, settings: AnalysisSettings
) -> Generator[Analysed, None, None]:
    cv2.setNumThreads(1)  # the cores are shared out by frames, not within one
    asked: deque[tuple[Looked, Answer | None]] = deque()
    ahead = _Ahead(path, camera, pipeline, settings)
    pool = ThreadPoolExecutor(cores, thread_name_prefix="detector")
    failure: Exception | None = None
    try:
        try:
            for looked in ahead:
                asked.append((looked, pool.submit(pipeline.detect, looked) if looked.moves else None))
                if len(asked) > cores + 1:
                    yield _concluded(pipeline, *asked.popleft())
        except SourceError as error:
            failure = error  # what was decoded before it is analysed first
        while asked:
            yield _concluded(pipeline, *asked.popleft())
        if failure is not None:
            raise failure
    finally:
        ahead.stop()
        pool.shutdown(wait=True, cancel_futures=True)


def _concluded(pipeline: CameraPipeline, looked: Looked, answer: Answer | None) -> Analysed:
    return pipeline.conclude(looked, answer.result() if answer is not None else None)
