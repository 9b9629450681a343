"""The webhook against a real receiver: signed, idempotent, patient, never in anybody's way."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from beffroi.govern.alerts import Answer
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM
from beffroi.ports.registry import Registry
from beffroi.ports.sink import DeliveryError, OutgoingMessage, Sink
from beffroi.serve.sinks import BUILT_IN
from beffroi.serve.sinks.delivering import DeliverySettings, Sinks
from beffroi.testing.town import OPERATOR, Town
from beffroi.vocabulary.judgement import Decision
from beffroi.vocabulary.rules import Rule

if TYPE_CHECKING:
    from tests.integration.serve.sinks.conftest import Eventually, Receiver

SECRET = "a secret of some length"
QUICK = DeliverySettings(timeout_s=1.0, first_retry_s=0.02, longest_retry_s=0.1, look_every_s=5.0)
MESSAGE = OutgoingMessage(message_id="message-1", topic="alert.raised", payload={"data": {"name": "Hôtel"}})


def hook(receiver: Receiver, **more: Any) -> Sink:
    known = Registry()
    for spec in BUILT_IN:
        known.add("sinks", spec.name, spec)
    sink: Sink = known.get("sinks", "webhook").factory({"url": receiver.url, "secret": SECRET, **more})
    return sink


def rule_of(town: Town) -> Rule:
    return town.doors.rules.get(SYSTEM, "lawn").rule


def sinks_of(town: Town, settings: DeliverySettings = QUICK, **sinks: Sink) -> Sinks:
    return Sinks(town.doors.outbox, sinks, town.clock, settings)


def nothing_left(sinks: Sinks, name: str) -> Callable[[], bool]:
    return lambda: sinks.figures()[name].behind == 0


async def test_a_message_is_signed_so_that_its_receiver_can_tell(receiver: Receiver) -> None:
    sink = hook(receiver)
    await sink.deliver(MESSAGE)
    await sink.close()
    got = receiver.received[0]
    stamp = got.headers["beffroi-timestamp"]
    expected = hmac.new(SECRET.encode(), stamp.encode() + b"." + got.body, hashlib.sha256).hexdigest()
    assert got.headers["beffroi-signature"] == f"v1={expected}"
    assert abs(int(stamp) - time.time()) < 5
    assert got.headers["idempotency-key"] == "message-1"
    assert got.headers["content-type"] == "application/json"
    assert json.loads(got.body)["data"]["name"] == "Hôtel"
    assert SECRET not in repr(sink.__dict__)


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        (b"400 Bad Request", True),
        (b"401 Unauthorized", True),
        (b"404 Not Found", True),
        (b"410 Gone", True),
        (b"301 Moved Permanently", True),
        (b"408 Request Timeout", False),
        (b"425 Too Early", False),
        (b"429 Too Many Requests", False),
        (b"500 Internal Server Error", False),
        (b"503 Service Unavailable", False),
    ],
)
async def test_answers_that_help_to_try_again_and_those_that_do_not(
    receiver: Receiver, answer: bytes, permanent: bool
) -> None:
    receiver.answers = [answer]
    sink = hook(receiver)
    with pytest.raises(DeliveryError) as failed:
        await sink.deliver(MESSAGE)
    await sink.close()
    assert failed.value.permanent is permanent
    assert str(failed.value) == f"127.0.0.1 answers {int(answer[:3])}"


async def test_silence_ends_with_the_time_out(receiver: Receiver) -> None:
    receiver.hang = True
    sink = hook(receiver, timeout_s=0.2)
    begun = time.monotonic()
    with pytest.raises(DeliveryError, match=r"^127\.0\.0\.1 does not answer \(ReadTimeout\)$"):
        await sink.deliver(MESSAGE)
    assert time.monotonic() - begun < 2
    await sink.close()


async def test_alerts_and_verdicts_arrive_in_order_without_people(
    town: Town, receiver: Receiver, eventually: Eventually
) -> None:
    sinks = sinks_of(town, hook=hook(receiver))
    await sinks.start()
    alert_id = await asyncio.to_thread(town.raised, rule_of(town))
    answer = Answer(decision=Decision.DISMISS, reason="weather", note="Mme Martin was there")
    await asyncio.to_thread(town.doors.alerts.give_verdict, OPERATOR, alert_id, answer, idempotency_key="key-00001")
    got = await receiver.until(2)
    await eventually(nothing_left(sinks, "hook"))
    await sinks.stop()
    bodies = [json.loads(one.body) for one in got]
    assert [body["topic"] for body in bodies] == ["alert.raised", "verdict.given"]
    assert bodies[0]["data"]["alert_id"] == alert_id
    assert bodies[0]["data"]["camera_name"] == "Mairie, parvis"
    assert bodies[1]["data"]["verdict"]["decision"] == "dismiss"
    assert bodies[0]["seq"] < bodies[1]["seq"]
    for one in got:
        assert b"Martin" not in one.body
        assert b"jeanne" not in one.body


async def test_failures_are_retried_with_the_same_key_until_taken(
    town: Town, receiver: Receiver, eventually: Eventually
) -> None:
    receiver.answers = [b"503 Service Unavailable", b"429 Too Many Requests"]
    sinks = sinks_of(town, hook=hook(receiver))
    await sinks.start()
    await asyncio.to_thread(town.raised, rule_of(town))
    got = await receiver.until(3)
    await eventually(nothing_left(sinks, "hook"))
    figures = sinks.figures()["hook"]
    await sinks.stop()
    assert len(got) == 3
    assert len({one.headers["idempotency-key"] for one in got}) == 1
    assert (figures.attempts, figures.last_error) == (0, "")


async def test_a_refused_message_is_set_aside_and_the_next_one_goes(
    town: Town, receiver: Receiver, eventually: Eventually
) -> None:
    receiver.answers = [b"422 Unprocessable Content"]
    sinks = sinks_of(town, hook=hook(receiver))
    await sinks.start()
    for _ in range(2):
        await asyncio.to_thread(town.raised, rule_of(town))
    got = await receiver.until(2)
    await eventually(nothing_left(sinks, "hook"))
    await sinks.stop()
    assert got[0].headers["idempotency-key"] != got[1].headers["idempotency-key"]
    aside = town.doors.outbox.set_aside(LOCAL_ADMINISTRATOR)
    assert [(one.sink, one.topic, one.why) for one in aside] == [("hook", "alert.raised", "127.0.0.1 answers 422")]
    assert aside[0].message_id == got[0].headers["idempotency-key"]
    trace = town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=1)[0]
    assert (trace.act, trace.detail["sink"]) == ("park_message", "hook")


async def test_a_message_too_old_is_set_aside_after_one_last_try(
    town: Town, receiver: Receiver, eventually: Eventually
) -> None:
    await receiver.stop()
    sinks = sinks_of(town, hook=hook(receiver))
    await sinks.start()
    await asyncio.to_thread(town.raised, rule_of(town))
    await eventually(lambda: sinks.figures()["hook"].attempts > 0)
    assert sinks.figures()["hook"].last_error == "127.0.0.1 does not answer (ConnectError)"
    town.clock.advance(86_401)
    await eventually(nothing_left(sinks, "hook"))
    await sinks.stop()
    assert town.doors.outbox.set_aside(LOCAL_ADMINISTRATOR)[0].why.startswith("too old: 127.0.0.1 does not answer")


async def test_a_dead_sink_delays_neither_another_nor_the_store_and_loses_nothing_over_a_restart(
    town: Town, receiver: Receiver, eventually: Eventually
) -> None:
    dead_port = receiver.__class__()
    await dead_port.start()
    dead_port.hang = True
    rule = rule_of(town)
    sinks = sinks_of(town, good=hook(receiver), dead=hook(dead_port, timeout_s=30.0))
    await sinks.start()
    begun = time.monotonic()
    for _ in range(20):
        await asyncio.to_thread(town.raised, rule)
    await eventually(nothing_left(sinks, "good"))
    taken_s = time.monotonic() - begun
    assert sinks.figures()["dead"].behind == 20
    await sinks.stop()
    assert taken_s < 5
    assert len(receiver.received) == 20
    dead_port.hang = False
    dead_port.received.clear()
    await asyncio.to_thread(town.restart)
    await asyncio.to_thread(town.raised, rule)
    again = sinks_of(town, good=hook(receiver), dead=hook(dead_port))
    await again.start()
    await eventually(nothing_left(again, "dead"))
    await eventually(nothing_left(again, "good"))
    await again.stop()
    await dead_port.stop()
    keys = [one.headers["idempotency-key"] for one in receiver.received]
    assert len(keys) == len(set(keys)) == 21
    assert [one.headers["idempotency-key"] for one in dead_port.received] == keys


class Breaking:
    """A foreign sink with a bug."""

    def __init__(self) -> None:
        self.calls = 0

    async def deliver(self, message: OutgoingMessage) -> None:
        self.calls += 1
        if self.calls < 3:
            raise KeyError("secret value")

    async def close(self) -> None:
        return


async def test_a_sink_that_breaks_is_tried_again_and_its_words_are_not_kept(town: Town, eventually: Eventually) -> None:
    breaking = Breaking()
    sinks = sinks_of(town, foreign=breaking)
    await sinks.start()
    await asyncio.to_thread(town.raised, rule_of(town))
    await eventually(lambda: breaking.calls >= 2)
    await eventually(nothing_left(sinks, "foreign"))
    await sinks.stop()
    assert breaking.calls == 3


class Ousted(Breaking):
    """Its place is taken out of the store while its first message is under way."""

    def __init__(self, town: Town) -> None:
        super().__init__()
        self._town = town

    async def deliver(self, message: OutgoingMessage) -> None:
        self.calls += 1
        if self.calls == 1:
            await asyncio.to_thread(self._town.doors.outbox.retire_others, SYSTEM, [])
            raise DeliveryError("gone")


async def test_a_line_whose_place_was_lost_begins_anew(town: Town, eventually: Eventually) -> None:
    ousted = Ousted(town)
    sinks = sinks_of(town, desk=ousted)
    await sinks.start()
    await asyncio.to_thread(town.raised, rule_of(town))
    await eventually(lambda: ousted.calls == 1)
    await eventually(lambda: "desk" in sinks.figures())
    await asyncio.to_thread(town.raised, rule_of(town))
    await eventually(lambda: ousted.calls == 2)
    await eventually(nothing_left(sinks, "desk"))
    assert sinks.figures()["desk"].behind == 0
    await sinks.stop()
