"""A worker's second pair of eyes: the detector that finds whom to hide, asked by live views, stills and evidence."""

from __future__ import annotations

import itertools
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field

import structlog

from beffroi.ports.vision import Detector
from beffroi.vocabulary.errors import BeffroiError, BlurUnavailableError
from beffroi.vocabulary.picture import Detections, Frame

log = structlog.get_logger(__name__)

WITHIN_S = 3.0
"""A detector that takes longer for one picture is taken to hang. Source: our choice, ADR 97."""
NICE = 5
"""Analysis and its alerts come first where there are too few cores. Source: our choice, ADR 97."""


@dataclass(order=True, slots=True)
class _Asked:
    rank: int
    number: int
    frame: Frame = field(compare=False)
    answer: Future[Detections] = field(compare=False)


class Eyes:
    """One thread that owns a detector of its own; pictures that people wait for come before evidence.

    ``open_detector`` may take seconds or raise anything: it is called in that thread at the first picture, and again
    after a failure. Whatever hinders the detector, ``detect`` raises: there is no picture without its answer.
    """

    def __init__(self, open_detector: Callable[[], Detector]) -> None:
        self._open_detector = open_detector
        self._detector: Detector | None = None
        self._asked: queue.PriorityQueue[_Asked] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def detect(self, frame: Frame, *, urgent: bool = True, within_s: float = WITHIN_S) -> Detections:
        """What is seen in a frame.

        Raises:
            BlurUnavailableError: the detector is missing, broke, answered for another picture, or took too long.
        """
        self._begin()
        answer: Future[Detections] = Future()
        self._asked.put(_Asked(rank=0 if urgent else 1, number=next(self._numbers), frame=frame, answer=answer))
        try:
            seen = answer.result(within_s)
        except (TimeoutError, CancelledError):
            answer.cancel()
            raise BlurUnavailableError(f"the detector gave no answer within {within_s:.0f} s") from None
        if seen.frame != frame.ref:
            raise BlurUnavailableError("the detector answered for another picture")
        return seen

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="eyes", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        yield_to_analysis()
        while True:
            asked = self._asked.get()
            if not asked.answer.set_running_or_notify_cancel():
                continue  # whoever asked has given up
            try:
                if self._detector is None:
                    self._detector = self._open_detector()
                asked.answer.set_result(self._detector.detect(asked.frame))
            except BeffroiError as error:
                asked.answer.set_exception(BlurUnavailableError(str(error)))
            except Exception as error:  # a foreign detector may raise anything; its words may hold secrets
                log.exception("blur_failed")
                text = f"the detector broke ({type(error).__name__})"
                asked.answer.set_exception(BlurUnavailableError(text))


def yield_to_analysis() -> None:
    """Let the calling thread stand back behind those that analyse."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
