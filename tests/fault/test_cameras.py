"""Cameras that freeze, die, lie or refuse: each is named, mends by itself, and hurts no other."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from beffroi.vocabulary.camera import CameraReason, WatchState


async def test_a_frozen_camera_is_named_and_comes_back(
    serve_rtsp: Any, watching: Any, camera: Any, rtsp_spec: Any, substream: Any
) -> None:
    good, bad = serve_rtsp({"one": [substream]}), serve_rtsp({"two": [substream]})
    watch = await watching(camera("good", rtsp_spec(good.url("one"))), camera("bad", rtsp_spec(bad.url("two"))))
    await watch.until_watched("good", "bad")
    bad.send(signal.SIGSTOP)
    await watch.until_state("bad", WatchState.NOT_WATCHED, CameraReason.FROZEN, within_s=6)
    await watch.until_analysed_more("good", 10, within_s=8)
    assert set(watch.states("good")) <= {
        (WatchState.NOT_WATCHED, CameraReason.STARTING),
        (WatchState.WATCHED, CameraReason.NONE),
    }
    bad.send(signal.SIGCONT)
    await watch.until_watched("bad")
    lost = [m.event for m in watch.events("bad") if m.event.rule_id == "bad-health"]
    assert lost and lost[0].facts["cause"] == "lost", "the frozen camera was not reported by its own rule"


async def test_a_killed_server_is_lost_and_found_again(
    serve_rtsp: Any, watching: Any, camera: Any, rtsp_spec: Any, substream: Any
) -> None:
    server = serve_rtsp({"one": [substream]})
    watch = await watching(camera("c", rtsp_spec(server.url("one"))))
    await watch.until_watched("c")
    server.kill()
    await watch.until_state("c", WatchState.NOT_WATCHED, CameraReason.LOST, within_s=6)
    health = "c-health"
    await watch.until(lambda: any(m.event.rule_id == health for m in watch.events("c")), 6, "the outage told")
    server.start_again()
    await watch.until_watched("c")
    await watch.until_analysed_more("c", 5, within_s=8)
    runs = {m.event.event_id for m in watch.events("c") if m.event.rule_id == health}
    assert len(runs) == 1, "one outage is one episode of the camera's own rule"
    assert watch.supervisor.figures()["workers"][0]["restarts"] == 0


async def test_wrong_credentials_are_named_and_never_shown(
    serve_rtsp: Any, watching: Any, camera: Any, rtsp_spec: Any, substream: Any
) -> None:
    server = serve_rtsp({"one": [substream]}, user="agent", password="right-one")
    watch = await watching(
        camera("shut", rtsp_spec(server.url("one"), username="agent", password="s3cr3t-wrong")),
        camera("open", rtsp_spec(server.url("one"), username="agent", password="right-one")),
    )
    await watch.until_state("shut", WatchState.NOT_WATCHED, CameraReason.REFUSED)
    await watch.until_watched("open")
    assert "s3cr3t-wrong" not in repr(watch.heard) + repr(watch.supervisor.statuses())


async def test_a_camera_that_changes_its_picture_size_goes_on(
    serve_rtsp: Any, watching: Any, camera: Any, rtsp_spec: Any, substream: Any, larger_substream: Any
) -> None:
    server = serve_rtsp({"one": [substream, larger_substream]})
    watch = await watching(camera("c", rtsp_spec(server.url("one"))))
    await watch.until_watched("c")
    assert watch.supervisor.statuses()["c"].width_px == 384
    server.send(signal.SIGUSR1)
    await watch.until(lambda: watch.supervisor.statuses()["c"].width_px == 512, 10, "the new picture size")
    await watch.until_watched("c")
    await watch.until_analysed_more("c", 5, within_s=8)
    assert (WatchState.NOT_WATCHED, CameraReason.UNREADABLE) not in watch.states("c")


async def test_the_main_stream_is_analysed_while_the_substream_is_lost(
    serve_rtsp: Any, watching: Any, camera: Any, rtsp_spec: Any, substream: Any, larger_substream: Any
) -> None:
    main, sub = serve_rtsp({"main": [larger_substream]}), serve_rtsp({"sub": [substream]})
    watch = await watching(camera("c", rtsp_spec(main.url("main")), rtsp_spec(sub.url("sub"))))
    await watch.until_watched("c")
    sub.kill()
    await watch.until_state("c", WatchState.DEGRADED, CameraReason.SUBSTREAM_LOST, within_s=6)
    await watch.until_analysed_more("c", 5, within_s=8)
    sub.start_again()
    await watch.until_watched("c")
    main.kill()
    await watch.until_state("c", WatchState.DEGRADED, CameraReason.MAIN_STREAM_LOST, within_s=6)
    await watch.until_analysed_more("c", 5, within_s=8)
    assert (WatchState.NOT_WATCHED, CameraReason.LOST) not in watch.states("c"), "one stream at a time was enough"
    sub.kill()
    await watch.until_state("c", WatchState.NOT_WATCHED, CameraReason.LOST, within_s=6)


async def test_something_that_is_no_camera_is_named_and_hurts_no_other(
    serve_rtsp: Any, watching: Any, camera: Any, rtsp_spec: Any, substream: Any
) -> None:
    async def answer_nonsense(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\xffnot a camera\r\n\r\n" * 200)
        await asyncio.sleep(0.1)
        writer.close()

    liar = await asyncio.start_server(answer_nonsense, "127.0.0.1", 0)
    port = liar.sockets[0].getsockname()[1]
    good = serve_rtsp({"one": [substream]})
    watch = await watching(
        camera("liar", rtsp_spec(f"rtsp://127.0.0.1:{port}/x")), camera("good", rtsp_spec(good.url("one")))
    )
    await watch.until_watched("good")
    await watch.until(
        lambda: (
            watch.supervisor.statuses()["liar"].reason
            in (CameraReason.UNREADABLE, CameraReason.LOST, CameraReason.FROZEN)
        ),
        15,
        "the liar named",
    )
    await watch.until_analysed_more("good", 10, within_s=8)
    assert watch.supervisor.statuses()["liar"].detail, "why it is not watched must be said"
    assert watch.analysed("liar") == 0
    liar.close()
