"""An MQTT broker that is told of alerts: QoS 1, camera states retained, connected again by itself."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiomqtt

from beffroi.ports.registry import API_VERSION, PluginSpec
from beffroi.ports.sink import DeliveryError, OutgoingMessage

_AT_LEAST_ONCE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttOptions:
    """``tls`` checks the broker's certificate against ``ca_file``, or the machine's own list when that is empty."""

    host: str
    port: int = 1883
    tls: bool = False
    ca_file: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    prefix: str = "beffroi"
    timeout_s: float = 10.0


class MqttSink:
    """Publishes each message under ``<prefix>/…``; ``<prefix>/status`` says online or, as last will, offline."""

    def __init__(self, options: MqttOptions) -> None:
        self._options = options
        self._client: aiomqtt.Client | None = None

    async def deliver(self, message: OutgoingMessage) -> None:
        """Publish once and wait for the broker's receipt; connects first where needed.

        Raises:
            DeliveryError: the broker is away, refuses or does not acknowledge in time; never permanent.
        """
        topic, retain = topic_of(self._options.prefix, message)
        body = json.dumps(message.payload, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            client = self._client or await self._connect()
            await client.publish(topic, body, qos=_AT_LEAST_ONCE, retain=retain, timeout=self._options.timeout_s)
        except (aiomqtt.MqttError, OSError, TimeoutError) as error:
            await self._drop()
            where = f"{self._options.host}:{self._options.port}"
            raise DeliveryError(f"broker {where}: {_plain(error)}") from None
        except asyncio.CancelledError:
            await self._drop()  # a receipt may still be on its way: the next message begins afresh
            raise

    async def close(self) -> None:
        """Say offline and disconnect."""
        if self._client is not None:
            with suppress(aiomqtt.MqttError, OSError, TimeoutError):
                await self._client.publish(f"{self._options.prefix}/status", b"offline", qos=1, retain=True, timeout=2)
        await self._drop()

    async def _connect(self) -> aiomqtt.Client:
        options, status = self._options, f"{self._options.prefix}/status"
        client = aiomqtt.Client(
            options.host,
            options.port,
            username=options.username or None,
            password=options.password or None,
            tls_context=ssl.create_default_context(cafile=options.ca_file or None) if options.tls else None,
            will=aiomqtt.Will(status, b"offline", qos=_AT_LEAST_ONCE, retain=True),
            timeout=options.timeout_s,
        )
        await client.__aenter__()
        self._client = client
        await client.publish(status, b"online", qos=_AT_LEAST_ONCE, retain=True, timeout=options.timeout_s)
        return client

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(aiomqtt.MqttError, OSError, TimeoutError):
                await client.__aexit__(None, None, None)


def topic_of(prefix: str, message: OutgoingMessage) -> tuple[str, bool]:
    """Where a message is published and whether the broker keeps it for those who come later.

    >>> topic_of("b", OutgoingMessage(message_id="1", topic="alert.raised", payload={}))
    ('b/alert/raised', False)
    """
    if message.topic == "camera.state":
        camera_id = str(message.payload.get("data", {}).get("camera_id", "unknown"))
        return f"{prefix}/camera/{camera_id}/state", True
    return f"{prefix}/{message.topic.replace('.', '/')}", False


def _plain(error: BaseException) -> str:
    """The failure in a few words; the library's own text holds no credentials, but may span lines."""
    return " ".join(f"{type(error).__name__} {error}".split())[:200]


def open_mqtt(settings: Mapping[str, Any]) -> MqttSink:
    """The sink of checked settings (see MqttOptions)."""
    return MqttSink(MqttOptions(**settings))


SPEC = PluginSpec(
    name="mqtt",
    group="sinks",
    api_version=API_VERSION,
    factory=open_mqtt,
    settings={"port": 1883, "tls": False, "prefix": "beffroi", "timeout_s": 10.0},
)
