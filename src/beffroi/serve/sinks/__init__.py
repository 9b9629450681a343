"""What carries alerts out of the house, each sink at its own pace, none lost over a restart."""

from __future__ import annotations

from beffroi.ports.registry import PluginSpec
from beffroi.serve.sinks import mqtt, webhook

BUILT_IN: tuple[PluginSpec, ...] = (webhook.SPEC, mqtt.SPEC)
