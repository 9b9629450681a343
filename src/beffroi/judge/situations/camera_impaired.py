"""camera_impaired: the camera no longer shows its place: black, frozen, masked, blurred, moved, dazzled or lost.

One episode for each cause. Of several causes at once only the first in ``CAUSES`` is told: a black picture is also
blurred and masked, and saying so helps nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from beffroi.judge.episodes import Episodes, Sighting
from beffroi.ports.registry import API_VERSION
from beffroi.ports.situation import Moment, ParamSpec, SituationNeeds, SituationSpec
from beffroi.vocabulary.camera import CameraReason, CameraStatus, WatchState
from beffroi.vocabulary.errors import RuleError
from beffroi.vocabulary.judgement import Event
from beffroi.vocabulary.rules import Rule, Situation
from beffroi.vocabulary.time import UtcNs, ns_to_seconds, seconds_to_ns
from beffroi.vocabulary.tracks import PictureHealth

CAUSES = ("lost", "black", "dazzled", "frozen", "blurred", "masked", "moved")
"""In the order in which they explain one another away."""

BLACK_LUMA = 20.0
"""Mean luma at most this, and almost no contrast, is a black picture. Source: video black is 16 (ITU-R BT.601)."""
BLACK_CONTRAST = 8.0
"""Standard deviation of luma; street lamps at night give more. Source: our choice, ADR 32."""
DAZZLED_LUMA = 225.0
"""Mean luma at least this is a picture burnt out. Source: our choice: video white is 235 (ITU-R BT.601)."""
FROZEN_CHANGE = 0.02
"""Mean luma change at most this is the very same picture: noise alone gives more. Source: our choice, ADR 32."""
MASKED_SHARE = 0.6
"""Part of the textured picture without texture. Source: our choice, ADR 32."""
BLURRED_RATIO = 0.25
"""Sharpness under this part of what is usual. Source: our choice, ADR 32."""
BLURRED_CONTRAST = 0.7
"""A blurred picture keeps at least this part of its usual contrast; something over the lens takes it away. Source: our
choice, ADR 32."""
LEAST_SHARPNESS = 20.0
"""A picture never sharper than this (fog, a bare wall) cannot be called blurred. Source: our choice, ADR 32."""
MOVED_OVERLAP = 0.3
"""Part of the usual edges still in place. Source: our choice, ADR 32."""
LEARN_S = 20.0
"""Time over which the usual sharpness is learned, only while nothing is wrong. Source: our choice, ADR 32."""
LOST_REASONS = frozenset(
    {CameraReason.LOST, CameraReason.REFUSED, CameraReason.UNREADABLE, CameraReason.FROZEN, CameraReason.WORKER_LOST}
)
"""Why a camera is not watched that are the camera's or the line's fault; a switch or an authorisation is not."""
CLEAR_S = 2.0
"""A cause is over when nothing has shown it for so long. Source: our choice, ADR 32."""


class CameraImpairedWatch:
    """Watches one camera's picture and line."""

    def __init__(self, rule: Rule, *, model: str) -> None:
        self._params = SPEC.settled(rule)
        if rule.classes:
            where = f"rule {rule.rule_id}"
            raise RuleError("camera_impaired watches no classes", where=where, mend="Leave the classes out.")
        self._episodes = Episodes(rule, model=model)
        self._since: dict[str, UtcNs] = {}
        self._shown_at: dict[str, UtcNs] = {}
        self._usual: tuple[float, float] | None = None
        """Sharpness and contrast."""
        self._learned_s = 0.0
        self._healthy_at: UtcNs | None = None
        self._lost = False

    @property
    def counters(self) -> Mapping[str, float]:
        """How many impairments are told now."""
        return {"impaired": float(len(self._episodes.keys))}

    def step(self, moment: Moment) -> Sequence[Event]:
        """Statements about this camera at this moment."""
        now = moment.now
        self._episodes.at(moment.frame)
        cause = self._cause(moment)
        if cause is not None:
            if cause not in self._since:
                self._since[cause] = now
            self._shown_at[cause] = now
        events: list[Event] = []
        for name in CAUSES:
            events += self._settle(name, shown=name == cause, moment=moment)
        if cause is None and moment.health is not None:
            self._learn(moment.health, now)
        return events

    def finish(self, now: UtcNs) -> Sequence[Event]:  # noqa: ARG002  the port's signature
        """End all open episodes and empty the state."""
        events = self._episodes.end_all()
        self._since.clear()
        self._shown_at.clear()
        self._usual, self._learned_s, self._healthy_at = None, 0.0, None
        self._lost = False
        return events

    def _settle(self, name: str, *, shown: bool, moment: Moment) -> list[Event]:
        """Begin, hold or end the episode of one cause."""
        if name not in self._since:
            return []
        now = moment.now
        if shown:
            if now - self._since[name] < seconds_to_ns(float(self._params[f"{name}_s"])):
                return []
            return self._episodes.hold(name, self._sighting(name, moment), now)
        # Without a picture nothing can be said of it: what was wrong stays wrong until a picture says otherwise.
        if moment.health is None and name != "lost":
            return []
        if now - self._shown_at[name] <= seconds_to_ns(CLEAR_S):
            return []
        del self._since[name], self._shown_at[name]
        return self._episodes.end(name)

    def _sighting(self, name: str, moment: Moment) -> Sighting:
        facts: dict[str, float | str] = {"cause": name}
        if moment.health is not None:
            facts["mean_luma"] = round(moment.health.mean_luma, 1)
            facts["sharpness"] = round(moment.health.sharpness, 1)
        if moment.status is not None:
            facts["reason"] = moment.status.reason.value
        return Sighting(started_at=self._since[name], facts=facts)

    def _cause(self, moment: Moment) -> str | None:
        """The one cause that this moment shows."""
        if moment.status is not None:
            self._lost = _is_lost(moment.status)
        elif moment.frame is not None:
            self._lost = False
        if self._lost:
            return "lost"
        health = moment.health
        if health is None:
            return None
        signs = {
            "black": health.mean_luma <= BLACK_LUMA and health.contrast <= BLACK_CONTRAST,
            "dazzled": health.mean_luma >= DAZZLED_LUMA,
            "frozen": health.frame.index > 0 and health.change <= FROZEN_CHANGE,
            "masked": health.covered_share >= MASKED_SHARE,
            "blurred": self._is_blurred(health),
            "moved": health.edge_overlap <= MOVED_OVERLAP,
        }
        return next((name for name in CAUSES if signs.get(name, False)), None)

    def _is_blurred(self, health: PictureHealth) -> bool:
        if self._usual is None or self._learned_s < LEARN_S / 2:
            return False
        sharpness, contrast = self._usual
        if sharpness < LEAST_SHARPNESS or health.contrast < BLURRED_CONTRAST * contrast:
            return False
        return health.sharpness < BLURRED_RATIO * sharpness

    def _learn(self, health: PictureHealth, now: UtcNs) -> None:
        """Follow the usual sharpness and contrast slowly, by time and not by frames."""
        span_s = ns_to_seconds(now - self._healthy_at) if self._healthy_at is not None else 0.0
        self._healthy_at = now
        span_s = min(max(span_s, 0.0), 1.0)
        self._learned_s += span_s
        if self._usual is None:
            self._usual = (health.sharpness, health.contrast)
            return
        weight = span_s / (span_s + min(max(self._learned_s, 1.0), LEARN_S))
        sharpness, contrast = self._usual
        self._usual = (
            sharpness + weight * (health.sharpness - sharpness),
            contrast + weight * (health.contrast - contrast),
        )


def _is_lost(status: CameraStatus) -> bool:
    return status.state is WatchState.NOT_WATCHED and status.reason in LOST_REASONS


def watch(rule: Rule, *, model: str) -> CameraImpairedWatch:
    """The watch of one rule."""
    return CameraImpairedWatch(rule, model=model)


def _hold(cause: str, default_s: float, label_fr: str, label_en: str, source: str) -> ParamSpec:
    return ParamSpec(
        name=f"{cause}_s",
        default=default_s,
        minimum=0.0,
        maximum=3600.0,
        unit="s",
        label_fr=f"Durée avant alerte : {label_fr}",
        label_en=f"Time before the alert: {label_en}",
        source=source,
    )


SPEC = SituationSpec(
    situation=Situation.CAMERA_IMPAIRED,
    api_version=API_VERSION,
    factory=watch,
    needs=SituationNeeds(signals=frozenset({"health", "status"})),
    params=(
        _hold("lost", 5.0, "liaison perdue", "connection lost", "our choice: longer than a quick reconnection, ADR 32"),
        _hold("black", 3.0, "image noire", "black picture", "our choice: a switch to night is shorter, ADR 32"),
        _hold("dazzled", 10.0, "éblouissement", "dazzled", "our choice: headlights pass, ADR 32"),
        _hold(
            "frozen",
            10.0,
            "image figée",
            "frozen picture",
            "our choice: still nights repeat pictures, ADR 32",
        ),
        _hold("masked", 5.0, "objectif masqué", "lens covered", "our choice: a lorry passes sooner, ADR 32"),
        _hold("blurred", 10.0, "image floue", "blurred picture", "our choice: a camera refocuses sooner, ADR 32"),
        _hold("moved", 5.0, "caméra déplacée", "camera moved", "our choice: gusts shake it for less, ADR 32"),
    ),
    label_fr="Caméra défaillante",
    label_en="Camera impaired",
    severity="moderate",
)
