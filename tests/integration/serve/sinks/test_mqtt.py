"""MQTT against a real mosquitto: QoS 1, retained camera states, reconnecting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiomqtt
import pytest

from beffroi.govern.rights import SYSTEM
from beffroi.ports.sink import DeliveryError, OutgoingMessage
from beffroi.serve.sinks.delivering import DeliverySettings, Sinks
from beffroi.serve.sinks.mqtt import MqttOptions, MqttSink, open_mqtt
from beffroi.testing.town import Town
from beffroi.vocabulary.camera import CameraReason, CameraStatus, WatchState

if TYPE_CHECKING:
    from tests.integration.serve.sinks.conftest import Eventually, MakeBroker

QUICK = DeliverySettings(timeout_s=5.0, first_retry_s=0.05, longest_retry_s=0.2)
MESSAGE = OutgoingMessage(message_id="m", topic="alert.raised", payload={"data": {}})


@asynccontextmanager
async def listening(port: int, topic: str = "town/#") -> AsyncIterator[asyncio.Queue[tuple[str, bytes, bool]]]:
    """Everything that is published, as (topic, body, retained)."""
    heard: asyncio.Queue[tuple[str, bytes, bool]] = asyncio.Queue()

    async def pump(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            heard.put_nowait((str(message.topic), message.payload, message.retain))

    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe(topic, qos=1)
        task = asyncio.create_task(pump(client))
        try:
            yield heard
        finally:
            task.cancel()


async def next_of(heard: asyncio.Queue[tuple[str, bytes, bool]], topic: str) -> tuple[bytes, bool]:
    async with asyncio.timeout(10):
        while True:
            name, body, retained = await heard.get()
            if name == topic:
                return body, retained


def sink_at(port: int) -> MqttSink:
    return open_mqtt({"host": "127.0.0.1", "port": port, "prefix": "town", "timeout_s": 3.0})


async def test_alerts_are_published_and_camera_states_stay(town: Town, make_broker: MakeBroker) -> None:
    broker = make_broker("allow_anonymous true")
    await broker.start()
    sinks = Sinks(town.doors.outbox, {"mqtt": sink_at(broker.port)}, town.clock, QUICK)
    await sinks.start()
    async with listening(broker.port) as heard:
        rule = town.doors.rules.get(SYSTEM, "lawn").rule
        alert_id = await asyncio.to_thread(town.raised, rule)
        body, retained = await next_of(heard, "town/alert/raised")
        assert json.loads(body)["data"]["alert_id"] == alert_id
        assert not retained
        lost = CameraStatus(
            camera_id="quai", state=WatchState.NOT_WATCHED, reason=CameraReason.LOST, since=town.clock.now
        )
        await asyncio.to_thread(town.doors.cameras.set_status, SYSTEM, lost)
        await next_of(heard, "town/camera/quai/state")
    async with listening(broker.port) as later:
        body, retained = await next_of(later, "town/camera/quai/state")
        assert retained
        assert json.loads(body)["data"]["reason"] == "lost"
    await sinks.stop()
    async with listening(broker.port, "town/status") as status:
        assert await next_of(status, "town/status") == (b"offline", True)


async def test_a_broker_that_goes_and_comes_back_misses_nothing(
    town: Town, make_broker: MakeBroker, eventually: Eventually
) -> None:
    broker = make_broker("allow_anonymous true")
    await broker.start()
    sinks = Sinks(town.doors.outbox, {"mqtt": sink_at(broker.port)}, town.clock, QUICK)
    await sinks.start()
    rule = town.doors.rules.get(SYSTEM, "lawn").rule
    async with listening(broker.port, "town/alert/raised") as heard:
        await asyncio.to_thread(town.raised, rule)
        first, _ = await next_of(heard, "town/alert/raised")
    broker.stop()
    for _ in range(3):
        await asyncio.to_thread(town.raised, rule)
    await eventually(lambda: sinks.figures()["mqtt"].attempts > 0)
    assert f"broker 127.0.0.1:{broker.port}" in sinks.figures()["mqtt"].last_error
    await broker.start()
    await eventually(lambda: sinks.figures()["mqtt"].behind == 0)
    async with listening(broker.port, "town/alert/raised") as heard:
        await asyncio.to_thread(town.raised, rule)
        last, _ = await next_of(heard, "town/alert/raised")
    await sinks.stop()
    # every one in between was acknowledged by the broker: the numbers say that five were told
    assert json.loads(last)["seq"] - json.loads(first)["seq"] == 4


async def test_a_broker_that_refuses_is_named_without_the_password(make_broker: MakeBroker) -> None:
    broker = make_broker("allow_anonymous false")
    await broker.start()
    options = MqttOptions(host="127.0.0.1", port=broker.port, username="cam", password="hunter2", timeout_s=3.0)
    sink = MqttSink(options)
    with pytest.raises(DeliveryError) as refused:
        await sink.deliver(MESSAGE)
    await sink.close()
    assert not refused.value.permanent
    assert f"127.0.0.1:{broker.port}" in str(refused.value)
    assert "hunter2" not in str(refused.value) + repr(options)


async def test_plain_text_is_not_spoken_where_tls_is_asked(make_broker: MakeBroker) -> None:
    broker = make_broker("allow_anonymous true")
    await broker.start()
    sink = MqttSink(MqttOptions(host="127.0.0.1", port=broker.port, tls=True, timeout_s=2.0))
    with pytest.raises(DeliveryError):
        await sink.deliver(MESSAGE)
    await sink.close()
