"""Situations, rules, authorisations and purposes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from beffroi.govern.accounts import Session
from beffroi.govern.catalogue import LABELS
from beffroi.govern.rights import Right
from beffroi.serve.access import Needs
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import problems
from beffroi.serve.wire.rules import (
    NeedsOut,
    RuleIn,
    RuleOut,
    SituationOut,
    rule_out,
    situation_out,
)
from beffroi.vocabulary.errors import InvalidInputError, RuleError
from beffroi.vocabulary.rules import Rule, Situation

router = APIRouter(tags=["rules"])
Viewer = Annotated[Session, Depends(Needs(Right.SEE_CAMERAS))]
Editor = Annotated[Session, Depends(Needs(Right.EDIT_RULES))]
Reader = Annotated[Session, Depends(Needs(Right.SEE_AUTHORISATIONS))]
RuleId = Annotated[str, Path(max_length=80, examples=["pelouse"])]
CameraId = Annotated[str, Path(max_length=80, examples=["mairie-nord"])]


@router.get(
    "/situations",
    summary="The catalogue of situations",
    dependencies=[Depends(Needs(Right.SEE_CAMERAS))],
    responses=problems(401, 403),
)
def situations(request: Request) -> list[SituationOut]:
    """Every situation of the catalogue: what it needs drawn and its parameters, or that it is not implemented."""
    specs = deps_of(request).specs
    return [situation_out(specs[one]) if one in specs else _not_implemented(one) for one in Situation]


@router.get("/cameras/{camera_id}/rules", summary="The rules of a camera", responses=problems(401, 403, 404))
def rules(request: Request, session: Viewer, camera_id: CameraId) -> list[RuleOut]:
    """A camera's rules in their newest versions, each with the authorisation that covers it or why none does."""
    standings = deps_of(request).doors.rules.of_camera(session.actor, camera_id)
    return [rule_out(one.rule, one.coverage) for one in standings]


@router.post(
    "/cameras/{camera_id}/rules", summary="Add a rule", status_code=201, responses=problems(401, 403, 404, 409, 422)
)
def add_rule(request: Request, session: Editor, camera_id: CameraId, given: RuleIn) -> RuleOut:
    """Add a rule. It is kept even when no authorisation covers it, and is then shown as not watched."""
    deps = deps_of(request)
    standing = deps.doors.rules.add(session.actor, _rule(given, rule_id=given.rule_id, camera_id=camera_id))
    deps.rewatch()
    return rule_out(standing.rule, standing.coverage)


@router.put("/rules/{rule_id}", summary="Change a rule", responses=problems(401, 403, 404, 409, 422))
def change_rule(request: Request, session: Editor, rule_id: RuleId, given: RuleIn) -> RuleOut:
    """A new version of a rule; `version` is the one it was read at, another one by now is `changed_meanwhile`."""
    deps = deps_of(request)
    before = deps.doors.rules.get(session.actor, rule_id).rule
    if given.rule_id not in ("", rule_id):
        mend = "Leave rule_id out, or repeat the one of the address."
        raise InvalidInputError("a rule keeps its id", where="body.rule_id", mend=mend)
    standing = deps.doors.rules.change(session.actor, _rule(given, rule_id=rule_id, camera_id=before.camera_id))
    deps.rewatch()
    return rule_out(standing.rule, standing.coverage)


@router.delete("/rules/{rule_id}", summary="Remove a rule", status_code=204, responses=problems(401, 403, 404))
def remove_rule(request: Request, session: Editor, rule_id: RuleId) -> None:
    """Remove a rule: it is no longer watched. Its versions stay readable beside the alerts they raised."""
    deps = deps_of(request)
    deps.doors.rules.remove(session.actor, rule_id)
    deps.rewatch()


@router.get("/rules/{rule_id}/versions", summary="All versions of a rule", responses=problems(401, 403, 404))
def versions(request: Request, session: Viewer, rule_id: RuleId) -> list[RuleOut]:
    """A rule as it was, oldest version first."""
    return [rule_out(one) for one in deps_of(request).doors.rules.versions(session.actor, rule_id)]


def _rule(given: RuleIn, *, rule_id: str, camera_id: str) -> Rule:
    """The rule as a noun. Whether it suits its situation is checked behind the door.

    Raises:
        RuleError: its schedule cannot be.
    """
    try:
        return given.rule(rule_id, camera_id)
    except ValueError as error:
        raise RuleError(str(error), where="body.schedule") from None


def _not_implemented(situation: Situation) -> SituationOut:
    """A situation of the catalogue that this version cannot watch."""
    label_fr, label_en = LABELS[situation]
    return SituationOut(
        situation=situation,
        label_fr=label_fr,
        label_en=label_en,
        implemented=False,
        needs=NeedsOut(zone="none", line="none", direction="none"),
        classes=[],
        params=[],
        severity="moderate",
    )
