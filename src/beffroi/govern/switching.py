"""The door of analysis itself: the kill switch, the clock's mark, and the diary of what was analysed, when and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from beffroi.govern.in_force import CLOCK_SLACK_S
from beffroi.govern.passage import Passage
from beffroi.govern.payloads import instant_json
from beffroi.govern.rights import Actor, Right
from beffroi.govern.sensitive import check_reason
from beffroi.keep.store import switches
from beffroi.keep.store.switches import SwitchState as SwitchState
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, StorageError
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

ABOUT = "analysis"
_WHY_MOST = 500
_MARK_EVERY_NS = seconds_to_ns(10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisState:
    """Whether analysis is stopped for the whole house, and whether the clock may be believed.

    ``clock_seen_at`` is set when the clock was put back: analysis waits until it shows that instant again, or somebody
    who may resume analysis says that the clock is right.
    """

    switch: SwitchState
    clock_seen_at: UtcNs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisChange:
    """Analysis of a camera began or ended: under which authorisations, and why."""

    camera_id: str
    began: bool
    authorisations: tuple[str, ...]
    why: str


class Analysis:
    """Stops all analysis at once, lets it go on, and writes down when a camera's begins and ends."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage

    def state(self, actor: Actor) -> AnalysisState:
        """How analysis stands. A switch that cannot be read is taken for stopped."""
        try:
            with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
                now = self._passage.in_force(connection)
        except StorageError as error:
            return AnalysisState(switch=SwitchState(stopped=True, at=self._passage.clock(), by="", why=str(error)))
        return AnalysisState(switch=now.switch, clock_seen_at=now.seen if now.stepped_back else None)

    def stop(self, actor: Actor, *, why: str) -> SwitchState:
        """Stop all analysis now; live pictures and recording go on. It stays stopped until somebody resumes it.

        Raises:
            InvalidInputError: the reason is too long (none is needed: what presses must be quick).
        """
        said = " ".join(why.split())
        if len(said) > _WHY_MOST:
            mend = f"Say it in {_WHY_MOST} characters."
            raise InvalidInputError("the reason is too long", where="why", mend=mend)
        with self._passage.writing(actor, Right.STOP_ANALYSIS, ABOUT, act="stop_analysis", why=said) as writing:
            state = SwitchState(stopped=True, at=writing.now, by=actor.name, why=said)
            switches.set_analysis_switch(writing.connection, state)
            writing.tell("analysis.changed", switch_json(state))
        return state

    def resume(self, actor: Actor, *, why: str) -> SwitchState:
        """Let analysis go on, as far as authorisations allow it.

        Raises:
            InvalidInputError: no reason.
            ConflictError: it is not stopped.
        """
        said = check_reason(why)
        with self._passage.writing(actor, Right.RESUME_ANALYSIS, ABOUT, act="resume_analysis", why=said) as writing:
            if not switches.analysis_switch(writing.connection).stopped:
                raise ConflictError("analysis is not stopped")
            state = SwitchState(stopped=False, at=writing.now, by=actor.name, why=said)
            switches.set_analysis_switch(writing.connection, state)
            writing.tell("analysis.changed", switch_json(state))
        return state

    def trust_clock(self, actor: Actor, *, why: str) -> None:
        """Say that the clock is right though it was later before; what ended by its dates meanwhile may then hold
        again; what a person ended or stopped does not.

        Raises:
            InvalidInputError: no reason.
            ConflictError: the clock was not put back.
        """
        said = check_reason(why)
        with self._passage.writing(actor, Right.RESUME_ANALYSIS, "clock") as writing:
            seen = switches.clock_mark(writing.connection)
            if writing.now >= seen - seconds_to_ns(CLOCK_SLACK_S):
                raise ConflictError("the clock was not put back")
            switches.set_clock_mark(writing.connection, writing.now)
            writing.trace("trust_clock", "clock", why=said, detail={"seen_at": instant_json(seen) or ""})
            writing.tell("analysis.changed", switch_json(switches.analysis_switch(writing.connection)))

    def mark_clock(self, actor: Actor) -> None:
        """Note the latest instant seen, every few seconds, so that a clock that is put back is found out."""
        now = self._passage.clock()
        with self._passage.reading(actor, Right.RUN_PIPELINE) as connection:
            seen = switches.clock_mark(connection)
        if now >= seen + _MARK_EVERY_NS:
            with self._passage.writing(actor, Right.RUN_PIPELINE) as writing:
                switches.set_clock_mark(writing.connection, UtcNs(max(now, writing.now)))

    def note(self, actor: Actor, changes: Sequence[AnalysisChange]) -> None:
        """Write down that analysis of cameras begins or has ended, all in one transaction.

        Raises:
            StorageError: the disk refuses: what cannot be written down must not begin.
        """
        with self._passage.writing(actor, Right.RUN_PIPELINE) as writing:
            for change in changes:
                act = "analysis_started" if change.began else "analysis_stopped"
                detail = {"authorisations": " ".join(change.authorisations)}
                writing.trace(act, f"camera:{change.camera_id}", why=change.why, detail=detail)


def switch_json(state: SwitchState) -> dict[str, Any]:
    """The switch as pages and the API get it."""
    return {"stopped": state.stopped, "at": instant_json(state.at), "by": state.by, "why": state.why}
