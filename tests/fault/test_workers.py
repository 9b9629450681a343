"""Workers that are killed, stopped or orphaned; disks that refuse; authorisations that end."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import psutil

from beffroi.run.messages import CameraOrder
from beffroi.vocabulary.camera import CameraReason, StreamKind, StreamSpec, WatchState
from beffroi.vocabulary.judgement import EventPhase
from beffroi.vocabulary.time import UtcNs


def looped(path: Path) -> StreamSpec:
    return StreamSpec(kind=StreamKind.FILE, url=str(path), loop=True)


async def test_a_killed_worker_is_restarted_and_the_other_goes_on(watching: Any, camera: Any, substream: Path) -> None:
    watch = await watching(camera("a", looped(substream)), camera("b", looped(substream)), workers=2)
    await watch.until_watched("a", "b")
    killed = watch.pid(0)
    hit, spared = ("a", "b") if "a" in watch.supervisor._slots[0].cameras else ("b", "a")
    os.kill(killed, signal.SIGKILL)
    await watch.until_state(hit, WatchState.NOT_WATCHED, CameraReason.WORKER_LOST, within_s=3)
    await watch.until_analysed_more(spared, 5, within_s=8)
    await watch.until_watched(hit)
    assert watch.pid(0) != killed
    assert watch.supervisor.figures()["workers"][0]["restarts"] == 1
    assert (WatchState.NOT_WATCHED, CameraReason.WORKER_LOST) not in watch.states(spared)


async def test_a_worker_that_says_nothing_any_more_is_replaced(watching: Any, camera: Any, substream: Path) -> None:
    watch = await watching(camera("a", looped(substream)))
    await watch.until_watched("a")
    stopped = watch.pid()
    os.kill(stopped, signal.SIGSTOP)
    await watch.until_state("a", WatchState.NOT_WATCHED, CameraReason.WORKER_LOST, within_s=15)
    await watch.until_watched("a")
    assert watch.pid() != stopped


def test_workers_end_with_their_server(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys\n"
        "from beffroi.run.settings import RunSettings\n"
        "from beffroi.run.supervisor import Supervisor\n"
        "async def main():\n"
        "    supervisor = Supervisor(RunSettings(data_dir=sys.argv[1], workers=2), lambda message: None)\n"
        "    await supervisor.start()\n"
        "    while not all(slot.connected for slot in supervisor._slots):\n"
        "        await asyncio.sleep(0.05)\n"
        "    print(*(slot.pid for slot in supervisor._slots), flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    server = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    pids = [int(word) for word in server.stdout.readline().split()]
    assert len(pids) == 2
    server.kill()
    server.wait()
    server.stdout.close()
    end = time.monotonic() + 3
    while any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids):
        assert time.monotonic() < end, "workers outlived their server"
        time.sleep(0.05)


async def test_evidence_is_kept_and_a_full_disk_is_told(watching: Any, camera: Any, substream: Path) -> None:
    watch = await watching(camera("a", looped(substream)))
    await watch.until(lambda: any(done.final for done in watch.evidence("a")), 30, "evidence")
    first = next(done for done in watch.evidence("a") if done.final)
    assert first.error == ""
    kinds = {part.kind.value: watch.data / part.path for part in first.parts}
    assert set(kinds) == {"still", "clip", "still_blurred", "clip_blurred"}
    begun = next(m.event for m in watch.events("a") if m.event.event_id == first.event_id)
    assert kinds["clip"].parent.name == begun.event_id
    with av.open(str(kinds["clip"])) as clip:
        seconds = sum(1 for _ in clip.decode(video=0)) / 5
    assert seconds >= 1.5

    # The kernel refuses every file above one block, as a full disk does.
    resource.prlimit(watch.pid(), resource.RLIMIT_FSIZE, (4096, 4096))
    before = len(watch.evidence("a"))
    await watch.until(
        lambda: any(done.final and done.error for done in watch.evidence("a")[before:]), 30, "the failure told"
    )
    failed = next(done for done in watch.evidence("a")[before:] if done.final and done.error)
    assert "disk" in failed.error
    assert any(m.event.event_id == failed.event_id for m in watch.events("a")), "the event must be told all the same"
    await watch.until_state("a", WatchState.DEGRADED, CameraReason.DISK_FULL, within_s=5)
    await watch.until_analysed_more("a", 5, within_s=8)


async def test_analysis_ends_by_itself_with_its_authorisation(watching: Any, camera: Any, substream: Path) -> None:
    watch = await watching(camera("a", looped(substream)))
    await watch.until_watched("a")
    until = UtcNs(time.time_ns() + 3 * 10**9)
    await watch.order(camera("a", looped(substream), valid_until=until))
    await asyncio.sleep(max(0.0, (until - time.time_ns()) / 1e9))
    await watch.until_state("a", WatchState.NOT_WATCHED, CameraReason.NO_AUTHORISATION, within_s=3.0)
    await asyncio.sleep(0.5)  # what was on the wire
    analysed = watch.analysed("a")
    late = [m.event for m in watch.events("a") if m.event.phase is EventPhase.BEGUN and m.event.met_at >= until]
    await asyncio.sleep(1.0)
    assert watch.analysed("a") == analysed
    assert late == []
    assert await watch.supervisor.still("a", clear=True), "a camera that may not be analysed may still be seen"


async def test_rules_change_without_touching_the_stream(watching: Any, camera: Any, substream: Path) -> None:
    order: CameraOrder = camera("a", looped(substream))
    watch = await watching(replace(order, rules=order.rules[1:]))
    await watch.until_watched("a")
    assert not [m for m in watch.events("a") if m.event.rule_id == "a-people"]
    await watch.order(order)
    await watch.until(lambda: any(m.event.rule_id == "a-people" for m in watch.events("a")), 15, "the new rule's event")
    await watch.order(replace(order, rules=(), refused="the order of the prefect was revoked"))
    await watch.until_state("a", WatchState.NOT_WATCHED, CameraReason.NO_AUTHORISATION, within_s=2)
    assert watch.supervisor.statuses()["a"].detail == "the order of the prefect was revoked"
    allowed = {CameraReason.STARTING, CameraReason.NONE, CameraReason.NO_AUTHORISATION, CameraReason.IMPAIRED}
    assert {reason for _, reason in watch.states("a")} <= allowed, "the stream was interrupted"


async def test_a_model_that_is_missing_is_named(watching: Any, camera: Any, substream: Path) -> None:
    watch = await watching(camera("a", looped(substream)), model="no-such-model")
    await watch.until_state("a", WatchState.NOT_WATCHED, CameraReason.MODEL_MISSING)
    assert "no-such-model" in watch.supervisor.statuses()["a"].detail


async def test_live_view_gives_fragments_and_tracks_until_the_camera_goes(
    watching: Any, camera: Any, substream: Path, tmp_path: Path
) -> None:
    watch = await watching(camera("a", looped(substream)))
    await watch.until_watched("a")
    kinds: list[str] = []
    film = bytearray()
    last = b""
    async for chunk in watch.supervisor.live("a", clear=True):
        kinds.append(chunk.kind)
        last = chunk.data
        if chunk.kind in ("init", "media"):
            film += chunk.data
        if kinds.count("media") >= 10 and "tracks" in kinds and "a" in watch.orders:
            watch.orders.clear()
            await watch.order()
    assert kinds[:3] == ["mime", "init", "media"]
    assert kinds[-1] == "error" and b'"lost"' in last
    (tmp_path / "live.mp4").write_bytes(film)
    with av.open(str(tmp_path / "live.mp4")) as clip:
        assert sum(1 for _ in clip.decode(video=0)) >= 9
