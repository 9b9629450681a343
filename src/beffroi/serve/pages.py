"""The built web pages: hashed assets for ever, the page itself always asked for again, any other path is the page."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from beffroi.serve.access import Open
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import Problem

router = APIRouter(include_in_schema=False)
_NOT_BUILT = """<!doctype html><html lang="fr"><meta charset="utf-8"><title>Beffroi</title>
<h1>Beffroi</h1><p>Les pages web ne sont pas construites : lancez <code>make web</code>. L'API est sous
<a href="/api/v1/health">/api/v1</a>.</p><p lang="en">The web pages are not built: run <code>make web</code>.</p></html>
"""


def static_folder(chosen: Path | None) -> Path:
    """Where the built pages are."""
    return chosen or Path(str(files("beffroi.serve").joinpath("static")))


@router.get("/{path:path}", dependencies=[Depends(Open("pages hold no data; every datum asks for a session"))])
def page(request: Request, path: str) -> Response:
    """A built file, or the page itself for the addresses that its own router knows."""
    folder = static_folder(deps_of(request).settings.static_dir).resolve()
    if path.startswith("api/"):
        raise Problem(404, "not_found", "there is no such route", mend="The routes are in /api/v1/openapi.json.")
    wanted = (folder / path).resolve()
    if path and wanted.is_relative_to(folder) and wanted.is_file():
        lasting = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
        return FileResponse(wanted, headers={"Cache-Control": lasting})
    if "." in path.rsplit("/", 1)[-1]:
        raise Problem(404, "not_found", "there is no such file")
    index = folder / "index.html"
    if not index.is_file():
        return HTMLResponse(_NOT_BUILT, status_code=503, headers={"Cache-Control": "no-store"})
    return FileResponse(index, headers={"Cache-Control": "no-cache"})
