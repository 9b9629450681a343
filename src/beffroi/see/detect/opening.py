"""From a model's name to a detector that sees: find, verify, choose the engine, check what the net gives."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from beffroi.ports.registry import API_VERSION, PluginSpec
from beffroi.see.detect.catalogue import DEFAULT_MODEL, FoundModel, ModelCatalogue
from beffroi.see.detect.choice import choose, log
from beffroi.see.detect.detector import CardDetector
from beffroi.see.detect.runtimes import EngineSettings, openers
from beffroi.vocabulary.errors import PluginError

Runtime = Literal["auto", "onnxruntime", "openvino"]
RUNTIMES: tuple[Runtime, ...] = ("auto", "onnxruntime", "openvino")


def open_model(
    found: FoundModel, runtime: Runtime = "auto", settings: EngineSettings | None = None, memory: Path | None = None
) -> CardDetector:
    """A detector from a model of the catalogue. ``memory`` is where the choice of the engine is kept.

    Raises:
        ModelCardError: the weights cannot be run or give other outputs than the card says.
        PluginError: the engine asked for is unknown, not installed, or cannot run this kind of file.
    """
    if runtime not in RUNTIMES:
        raise PluginError(f"no runtime is called {runtime!r}; there are {', '.join(RUNTIMES)}")
    wanted = settings or EngineSettings()
    offered = openers(found.weights, found.card.input, wanted)
    if runtime == "auto":
        network, _ = choose(found.card, offered, wanted, memory)
        return CardDetector(found.card, network)
    if runtime not in offered:
        usable = ", ".join(offered)
        raise PluginError(f"{runtime} cannot run {found.weights.name} here; what can: {usable}")
    log.info("runtime_chosen", model=found.card.model, runtime=runtime, asked=True)
    return CardDetector(found.card, offered[runtime]())


def open_detector(
    reference: str = DEFAULT_MODEL,
    *,
    data: Path | None = None,
    runtime: Runtime = "auto",
    threads: int = 1,
    cuda: bool = False,
    twins: int = 1,
) -> CardDetector:
    """The detector of that name, card path or weights path, in the house whose data folder is ``data``.

    ``twins``: how many are to be asked at the same time (`CardDetector.twin`), this one included.

    Raises:
        NotFoundError, ModelCardError, PluginError: as `ModelCatalogue.find` and `open_model`.
    """
    found = ModelCatalogue.of_house(data).find(reference)
    return open_model(found, runtime, EngineSettings(threads=threads, cuda=cuda, twins=twins), data)


PLUGIN = PluginSpec(
    name="card",
    group="detectors",
    api_version=API_VERSION,
    factory=open_detector,
    settings={"reference": DEFAULT_MODEL, "runtime": "auto", "threads": 1, "cuda": False},
    needs=("onnxruntime",),
)
"""The built-in detector: any net of a known family, declared by a card."""
