"""`beffroi openapi`: the description of the API, for generating clients."""

from __future__ import annotations

import json

import typer

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def openapi() -> None:
    """Print the OpenAPI description as JSON: the same text for the same version."""
    from beffroi.serve.application import openapi as described  # here: `--help` needs none of it

    typer.echo(json.dumps(described(), indent=2, ensure_ascii=False, sort_keys=True))
