"""Signing in at a provider."""

from __future__ import annotations

from beffroi.serve.wire.form import Wire, example


class OutsideOut(Wire):
    """Whether people may sign in at a provider, and what the button says; an empty label: the screen's own words."""

    model_config = example(offered=True, label="Compte de la ville")

    offered: bool
    label: str
