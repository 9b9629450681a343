"""The HTTP application."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from beffroi import __version__
from beffroi.govern.order_files import ORDER_MOST_BYTES
from beffroi.govern.rights import Right
from beffroi.serve import live, pages, problems
from beffroi.serve.access import may_upload
from beffroi.serve.deps import ServeDeps, ServeSettings
from beffroi.serve.figures import Figures
from beffroi.serve.guards import Envelope, Gate, Uploads
from beffroi.serve.live import LiveSeats
from beffroi.serve.routes import (
    account,
    accounts,
    alerts,
    analysis,
    authorisations,
    cameras,
    cases,
    counts,
    events,
    house,
    journal,
    outside,
    papers,
    privacy,
    register,
    requests,
    retention,
    rules,
    session,
)
from beffroi.serve.seats import SEATS

PREFIX = "/api/v1"
ROUTERS: tuple[APIRouter, ...] = tuple(
    module.router
    for module in (
        session,
        outside,
        account,
        accounts,
        requests,
        alerts,
        analysis,
        authorisations,
        cameras,
        cases,
        counts,
        events,
        house,
        journal,
        papers,
        privacy,
        register,
        retention,
        rules,
        live,
    )
)
"""Every route of the API: the access test walks these."""
_ABOUT = """The API of a Beffroi house.

Errors are `application/problem+json` with a stable `code`. Sign in with `POST /session`: the session is a cookie, and
unsafe methods carry its `csrf_token` in `X-CSRF-Token`. Instants are RFC 3339 UTC; boxes and points are shares of the
picture's width and height.
"""


def _operation_id(route: APIRoute) -> str:
    """The route's function name: what the generated client calls it."""
    tag = str(route.tags[0]) if route.tags else ""
    return route.name if not tag or route.name.startswith(tag) else f"{tag}_{route.name}"


def bare_app() -> FastAPI:
    """The application without a house behind it: enough to describe itself (`beffroi openapi`)."""
    app = FastAPI(
        title="Beffroi",
        version=__version__,
        description=_ABOUT,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
    )
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    app.include_router(pages.router)
    problems.install(app)
    return app


def create_app(deps: ServeDeps) -> FastAPI:
    """The application of one house."""
    app = bare_app()
    figures = Figures(deps)
    app.state.deps = deps
    app.state.figures = figures
    app.state.observe = figures.observe
    app.state.seats = LiveSeats(deps.settings.live_clients)
    app.state.outside = outside.desk_for(deps.settings.openid, deps.clock)
    app.state.sign_in_seats = asyncio.Semaphore(SEATS)
    given: ServeSettings = deps.settings
    app.add_middleware(
        Gate,
        max_body_bytes=given.max_body_bytes,
        public_url=given.public_url,
        https_only=given.cookie_always_secure,
        uploads=Uploads(
            most={f"{PREFIX}{authorisations.ORDERS}": ORDER_MOST_BYTES},
            welcome=lambda connection: may_upload(connection, Right.EDIT_AUTHORISATIONS),
        ),
    )
    app.add_middleware(Envelope)
    return app


def openapi() -> dict[str, Any]:
    """The OpenAPI description of the API."""
    return bare_app().openapi()
