"""Which engine runs a net here: measured at the first start, remembered, logged."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import structlog

from beffroi.see.detect.card import ModelCard
from beffroi.see.detect.preparation import input_size
from beffroi.see.detect.runtimes import EngineSettings, Network, Opener, versions
from beffroi.vocabulary.errors import BeffroiError, ModelCardError

RUNS_S = 0.5  # our choice: with two engines and their loading, a first start measures for less than 2 s
FEWEST_RUNS, MOST_RUNS = 3, 30
FILE_NAME = "runtime-choice.json"

log = structlog.get_logger("beffroi.see.detect")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeChoice:
    """The engine taken and why: best milliseconds of each that could run, and the reason of each that could not."""

    runtime: str
    milliseconds: Mapping[str, float]
    refused: Mapping[str, str]
    remembered: bool


def choose(
    card: ModelCard, openers: Mapping[str, Opener], settings: EngineSettings, memory: Path | None = None
) -> tuple[Network, RuntimeChoice]:
    """Open the net on the fastest engine. ``memory`` is a folder in which the choice is remembered (None: nowhere).

    What was measured holds for this processor, these versions and these weights; anything else is measured anew.

    Raises:
        ModelCardError: no engine can run these weights; the reason of each is told.
    """
    key = _key(card, settings)
    recalled = _recall(memory, key)
    if recalled is not None and recalled.runtime in openers:
        try:
            network = openers[recalled.runtime]()
        except BeffroiError as error:
            log.warning("runtime_choice_outdated", model=card.model, runtime=recalled.runtime, cause=str(error))
        else:
            log.info("runtime_chosen", model=card.model, runtime=recalled.runtime, remembered=True)
            return network, recalled
    network, choice = _compare(card, openers)
    log.info(
        "runtime_chosen",
        model=card.model,
        runtime=choice.runtime,
        milliseconds=dict(choice.milliseconds),
        refused=dict(choice.refused),
        remembered=False,
    )
    if memory is not None:
        _remember(memory, key, choice)
    return network, choice


def best_milliseconds(network: Network, card: ModelCard, seconds: float = RUNS_S) -> float:
    """The shortest of several runs on noise: the figure least touched by what else the machine does.

    The input is that of a 4:3 picture, if the net takes other sizes than its card's.
    """
    spec = card.input
    width, height = input_size(spec, (640, 480)) if network.flexible else (spec.width_px, spec.height_px)
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    network.infer(picture)
    started, best, runs = perf_counter(), float("inf"), 0
    while runs < FEWEST_RUNS or (runs < MOST_RUNS and perf_counter() - started < seconds):
        before = perf_counter()
        network.infer(picture)
        best, runs = min(best, perf_counter() - before), runs + 1
    return best * 1000


def _compare(card: ModelCard, openers: Mapping[str, Opener]) -> tuple[Network, RuntimeChoice]:
    networks, milliseconds, refused = {}, {}, {}
    for name, opener in openers.items():
        try:
            networks[name] = opener()
            if len(openers) > 1:
                milliseconds[name] = round(best_milliseconds(networks[name], card), 2)
        except BeffroiError as error:
            networks.pop(name, None)
            refused[name] = str(error)
    if not networks:
        causes = "; ".join(refused.values()) or "no engine is installed for this kind of file"
        raise ModelCardError(f"no engine can run these weights: {causes}", where=card.name)
    fastest = min(networks, key=lambda name: milliseconds.get(name, 0.0))
    choice = RuntimeChoice(runtime=fastest, milliseconds=milliseconds, refused=refused, remembered=False)
    return networks[fastest], choice


def _key(card: ModelCard, settings: EngineSettings) -> str:
    facts = [processor(), versions(), card.digest, card.input.model_dump(), settings.threads, settings.cuda]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def processor() -> str:
    """The processor's name and whether it computes dense nets natively, as the kernel tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.machine()
    lines = [line.partition(":") for line in text.splitlines()]
    facts = {key.strip(): value.strip() for key, _, value in lines}
    flags = sorted(set(facts.get("flags", "").split()) & {"avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"})
    return " ".join([facts.get("model name", platform.machine()), *flags])


def _recall(memory: Path | None, key: str) -> RuntimeChoice | None:
    entry = _entries(memory).get(key) if memory is not None else None
    if not isinstance(entry, dict) or not isinstance(entry.get("runtime"), str):
        return None
    return RuntimeChoice(
        runtime=entry["runtime"],
        milliseconds=entry.get("milliseconds") or {},
        refused=entry.get("refused") or {},
        remembered=True,
    )


def _entries(memory: Path) -> dict[str, object]:
    """What was remembered; a file that is damaged or absent is no memory, never a failure."""
    try:
        found = json.loads((memory / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _remember(memory: Path, key: str, choice: RuntimeChoice) -> None:
    """Write the whole file aside and put it in place at once: several workers may start together."""
    entry = {
        "runtime": choice.runtime,
        "milliseconds": dict(choice.milliseconds),
        "refused": dict(choice.refused),
        "processor": processor(),
        "versions": versions(),
    }
    try:
        memory.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=memory, prefix=FILE_NAME)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(_entries(memory) | {key: entry}, file, indent=1, sort_keys=True)
        Path(name).replace(memory / FILE_NAME)
    except OSError as error:
        log.warning("runtime_choice_not_kept", cause=error.strerror, folder=str(memory))
