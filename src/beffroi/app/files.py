"""Files through the same house: the pipeline, the rules and their authorisation, for `analyse` and `evaluate`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from beffroi.govern.authorisations import coverage
from beffroi.measure.evaluation import ClipOrder, SeenFrame
from beffroi.ports.situation import SituationSpec
from beffroi.ports.vision import Detector
from beffroi.run.batch import analyse_file
from beffroi.run.messages import AuthorisedRule
from beffroi.run.pipeline import Analysed
from beffroi.run.settings import AnalysisSettings
from beffroi.see.detect import open_detector
from beffroi.vocabulary.authorisation import Authorisation, Regime
from beffroi.vocabulary.camera import Camera
from beffroi.vocabulary.errors import NotAuthorisedError, SourceLostError, SourceUnreadableError
from beffroi.vocabulary.picture import Frame, FrameRef, ObjectClass
from beffroi.vocabulary.rules import Rule, Schedule, Situation
from beffroi.vocabulary.time import UtcNs, iso_utc

FOREVER = UtcNs(2**62)
"""An end that no clip reaches: about the year 2116."""

Runtime = Literal["auto", "onnxruntime", "openvino"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHouse:
    """Equal detectors, one a core, and what is needed to run files through the pipeline."""

    detectors: Sequence[Detector]
    specs: Mapping[Situation, SituationSpec]
    settings: AnalysisSettings

    @property
    def model(self) -> str:
        """name@version of the detector."""
        return self.detectors[0].model

    def analyse(
        self, path: Path, camera: Camera, rules: Sequence[Rule], authorisations: Sequence[Authorisation], now: UtcNs
    ) -> Iterator[Analysed]:
        """Every due frame of a file. No rule without an authorisation in force at ``now`` is run.

        Raises:
            NotAuthorisedError: a rule is not covered; the reason is named and nothing is decoded.
            SourceError: the file cannot be read.
            RuleError: a rule does not fit its situation.
        """
        allowed = [authorised(rule, authorisations, now) for rule in rules]
        return analyse_file(path, camera, allowed, self.detectors, self.specs, self.settings)

    def evaluate(self, order: ClipOrder, now: UtcNs) -> Iterator[SeenFrame]:
        """One clip of a data set, under an authorisation made for measuring and for this clip only."""
        given = for_measuring(order, now)
        for analysed in self.analyse(order.path, order.camera, order.rules, [given], now):
            yield SeenFrame(frame=analysed.frame.ref, tracks=analysed.tracks, events=analysed.events)

    def count_still(self, path: Path) -> int:
        """People seen in one picture file.

        Raises:
            SourceError: missing, or not a picture.
        """
        detector = self.detectors[0]
        found = detector.detect(still_frame(path, self.settings.max_width_px))
        person = list(ObjectClass).index(ObjectClass.PERSON)
        return int(((found.class_ids == person) & (found.scores >= detector.score_high)).sum())


def authorised(rule: Rule, authorisations: Sequence[Authorisation], now: UtcNs) -> AuthorisedRule:
    """A rule with the authorisation that covers it.

    Files are worked through at once: what counts is that the authorisation is in force while that is done.

    Raises:
        NotAuthorisedError: none covers it.
    """
    answer = coverage(
        authorisations, camera_id=rule.camera_id, situation=rule.situation, purpose_id=rule.purpose_id, now=now
    )
    if not answer.covered or answer.valid_until is None:
        why = answer.reason.replace("_", " ")
        if answer.authorisation_id:
            ends = [
                iso_utc(given.valid_to) for given in authorisations if given.authorisation_id == answer.authorisation_id
            ]
            why += f" (authorisation {answer.authorisation_id}, valid to {ends[0]})"
        raise NotAuthorisedError(
            f"rule {rule.rule_id} ({rule.situation} on {rule.camera_id}) may not run: {why}. "
            "Give the scene an authorisation that covers its cameras, situations, purpose and today."
        )
    return AuthorisedRule(rule=rule, authorisation_id=answer.authorisation_id, valid_until=answer.valid_until)


def for_measuring(order: ClipOrder, now: UtcNs) -> Authorisation:
    """An authorisation to measure on a recorded, published test clip: nothing is shown to operators."""
    return Authorisation(
        authorisation_id="evaluation",
        regime=Regime.PRIVATE_SITE,
        legal_basis="recorded test data, measured by its holder",
        reference=str(order.path),
        cameras=frozenset({order.camera.camera_id}),
        situations=frozenset(rule.situation for rule in order.rules),
        purpose_id="evaluation",
        valid_from=UtcNs(now - 1),
        valid_to=FOREVER,
        signatory="beffroi evaluate",
        hours=Schedule(),
        viewers=frozenset(),
    )


def still_frame(path: Path, max_width_px: int) -> Frame:
    """A picture file as a frame, shrunk to the analysed width.

    Raises:
        SourceLostError: no such file.
        SourceUnreadableError: not a picture.
    """
    if not path.is_file():
        raise SourceLostError(f"{path} is not there: check the path")
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise SourceUnreadableError(f"{path} is not a picture that can be read: convert it to JPEG or PNG")
    if bgr.shape[1] > max_width_px:
        height = max(1, round(bgr.shape[0] * max_width_px / bgr.shape[1]))
        bgr = cv2.resize(bgr, (max_width_px, height), interpolation=cv2.INTER_AREA)
    rgb = np.ascontiguousarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
    ref = FrameRef(
        camera_id=path.stem,
        run_id=path.stem,
        index=0,
        media_time_ns=0,
        captured_at=UtcNs(0),
        captured_at_error_ns=0,
        width_px=rgb.shape[1],
        height_px=rgb.shape[0],
    )
    return Frame(ref=ref, rgb=rgb)


def house_folder() -> Path | None:
    """The data folder of the house that these commands belong to, if there is one: its added models are known then."""
    folder = Path(os.environ.get("BEFFROI_DATA") or "beffroi-data")
    return folder if folder.is_dir() else None


def open_file_house(
    specs: Mapping[Situation, SituationSpec], *, model: str, runtime: Runtime = "auto", data: Path | None = None
) -> FileHouse:
    """Open the detector once a core.

    Raises:
        NotFoundError: no such model.
        ModelCardError: its card or weights cannot be used.
        PluginError: the runtime is not there.
    """
    cores = len(os.sched_getaffinity(0))
    folder = data or house_folder()
    first = open_detector(model, data=folder, runtime=runtime, twins=cores)
    detectors = [first, *(first.twin() for _ in range(cores - 1))]
    return FileHouse(detectors=detectors, specs=specs, settings=AnalysisSettings(follow_always=True))
