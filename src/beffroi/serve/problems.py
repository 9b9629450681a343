"""Errors as `application/problem+json`: a stable code, what is wrong, where, how to mend it. Never a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.exceptions import HTTPException

from beffroi.serve.wire.form import Wire, example
from beffroi.vocabulary.errors import (
    BeffroiError,
    BlurUnavailableError,
    ConflictError,
    InvalidInputError,
    NotAuthorisedError,
    NotFoundError,
    PluginError,
    SourceError,
    StorageError,
)

MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger("beffroi.serve")


class Fault(Wire):
    """One mistake in what was sent."""

    model_config = example(where="body.points.2", what="is outside [0, 1]", mend="Points are shares of the picture.")

    where: str
    what: str
    mend: str = ""


class ProblemOut(Wire):
    """RFC 9457 problem. `code` is stable and translated by the screen; `detail` and `mend` are for people."""

    model_config = example(
        type="about:blank",
        title="Conflict",
        status=409,
        code="changed_meanwhile",
        detail="rule pelouse is at version 3, you changed version 2",
        mend="Read it again, then make your change.",
        errors=[],
    )

    type: str = "about:blank"
    title: str
    status: int = Field(ge=400, le=599)
    code: str
    detail: str = ""
    mend: str = ""
    errors: tuple[Fault, ...] = ()


class Problem(Exception):  # noqa: N818  (an answer of the API, named as RFC 9457 names it)
    """A refusal that is answered as problem+json."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        mend: str = "",
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.out = ProblemOut(
            title=HTTPStatus(status).phrase, status=status, code=code, detail=detail, mend=mend, errors=tuple(errors)
        )
        self.headers = dict(headers or {})
        super().__init__(detail or code)

    def response(self) -> JSONResponse:
        """The answer."""
        return JSONResponse(
            self.out.model_dump(mode="json"),
            status_code=self.out.status,
            media_type=MEDIA_TYPE,
            headers={"Cache-Control": "no-store", **self.headers},
        )


_BY_ERROR: tuple[tuple[type[BeffroiError], int, str, str], ...] = (
    (NotAuthorisedError, 403, "not_authorised", "Ask a supervisor."),
    (NotFoundError, 404, "not_found", ""),
    (ConflictError, 409, "changed_meanwhile", "Read it again, then make your change."),
    (BlurUnavailableError, 503, "blur_unavailable", "Say why you must see it clearly, or try again in a moment."),
    (SourceError, 503, "source_unavailable", "Check the camera, its address and its credentials."),
    (StorageError, 507, "storage_refused", "Free disk space or check the rights of the data folder."),
    (PluginError, 503, "plugin_failed", "Ask your integrator."),
    (BeffroiError, 500, "failed", ""),
)


def as_problem(error: BeffroiError) -> Problem:
    """The refusal that a foreseen error stands for."""
    code = getattr(error, "code", "")
    if isinstance(error, InvalidInputError):
        fault = Fault(where=error.where, what=error.what, mend=error.mend)
        return Problem(422, code or "invalid", error.what, mend=error.mend, errors=[fault])
    for kind, status, default, mend in _BY_ERROR:
        if isinstance(error, kind):
            return Problem(status, code or default, str(error), mend=mend)
    raise AssertionError(error)


def _faults(errors: Sequence[Any]) -> list[Fault]:
    """Faults of a request. What was sent is left out: it could be a password."""
    return [
        Fault(
            where=".".join(str(part) for part in one["loc"]),
            what=str(one["msg"]).removeprefix("Value error, "),
            mend=_mend(one),
        )
        for one in errors[:20]
    ]


def _mend(error: Mapping[str, Any]) -> str:
    """What is allowed, where pydantic says it."""
    if error["type"] == "extra_forbidden":
        return "Leave this field out."
    if error["type"] == "missing":
        return "Give this field."
    context = error.get("ctx") or {}
    allowed = [f"{name} {value}" for name, value in context.items() if isinstance(value, int | float | str)]
    return f"Allowed: {', '.join(allowed)}." if allowed else ""


def install(app: FastAPI) -> None:
    """Make every error of the application a problem."""

    async def on_problem(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)
        return error.response()

    async def on_foreseen(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, BeffroiError)
        return as_problem(error).response()

    async def on_invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return Problem(422, "invalid", "the request cannot be used", errors=_faults(error.errors())).response()

    async def on_http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        codes = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
        code = codes.get(error.status_code, "refused")
        return Problem(error.status_code, code, str(error.detail), headers=error.headers).response()

    async def on_unforeseen(_: Request, error: Exception) -> JSONResponse:
        log.error("request_failed", error=type(error).__name__)  # the server itself logs the trace
        return Problem(500, "failed", "an unforeseen failure; the log says more under this request's id").response()

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(BeffroiError, on_foreseen)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_unforeseen)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for its OpenAPI description."""
    return {
        status: {
            "model": ProblemOut,
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
        }
        for status in statuses
    }
