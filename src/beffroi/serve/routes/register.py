"""The public register, open to anybody; the town's sheet and measured figures, for those who keep it."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from beffroi.govern.accounts import Session
from beffroi.govern.register.public import missing_of
from beffroi.govern.rights import Right
from beffroi.serve.access import Needs, Open
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import problems
from beffroi.serve.wire.register import (
    PerformanceIn,
    PerformanceOut,
    RegisterOut,
    TownIn,
    TownOut,
    performance_out,
    register_out,
    town_out,
)

router = APIRouter(tags=["register"])
Keeper = Annotated[Session, Depends(Needs(Right.EDIT_REGISTER))]
ANYBODY = Open("the public register: citizens have no account, and nothing in it is personal or secret")
CACHED = "public, max-age=30"
"""As long as the house itself tells the same again: asking often costs nobody anything."""


@router.get("/register", summary="The public register", dependencies=[Depends(ANYBODY)])
def register(request: Request, response: Response) -> RegisterOut:
    """What anybody may know: perimeter, regimes, purposes, situations, orders, retention, figures, yearly numbers."""
    response.headers["Cache-Control"] = CACHED
    return register_out(deps_of(request).doors.register.public())


@router.get("/register/town", summary="The town's sheet", responses=problems(401, 403))
def town(request: Request, session: Keeper) -> TownOut:
    """What only the town can say of itself, and what is missing."""
    kept = deps_of(request).doors.register.sheet(session.actor)
    return town_out(kept, missing_of(kept.sheet))


@router.put("/register/town", summary="Change the town's sheet", responses=problems(401, 403, 409, 422))
def change_town(request: Request, session: Keeper, given: TownIn) -> TownOut:
    """A new version of the sheet; `version` is the one it was read at, another one by now is `changed_meanwhile`."""
    kept = deps_of(request).doors.register.change_sheet(session.actor, given.sheet(), version=given.version)
    return town_out(kept, missing_of(kept.sheet))


@router.post(
    "/register/performance", summary="Publish measured figures", status_code=201, responses=problems(401, 403, 422)
)
def add_performance(request: Request, session: Keeper, given: PerformanceIn) -> list[PerformanceOut]:
    """Publish the figures of a metrics.json; those of a situation replace its former ones."""
    content = json.dumps(given.metrics, sort_keys=True).encode()
    door = deps_of(request).doors.register
    kept = door.import_performance(session.actor, content, note=given.note, measured_on=given.measured_on)
    return [performance_out(one) for one in kept]
