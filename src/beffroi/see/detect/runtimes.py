"""Engines that run a net: onnxruntime always, OpenVINO where installed. One small port hides which."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections import OrderedDict
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from beffroi.see.detect.card import InputSpec
from beffroi.see.detect.preparation import Size, tensor
from beffroi.vocabulary.arrays import Float32s, UInt8s
from beffroi.vocabulary.errors import ModelCardError, PluginError

Output = npt.NDArray[Any]

MOST_SIZES = 4  # our choice: aspect ratios of the cameras of one worker; OpenVINO keeps some 60 MB for each


class Network(Protocol):
    """A loaded net. One call at a time."""

    @property
    def runtime(self) -> str:
        """One of onnxruntime, onnxruntime-cuda, openvino."""
        ...

    @property
    def flexible(self) -> bool:
        """Whether it takes inputs of other sizes than the card's."""
        ...

    def infer(self, picture: UInt8s) -> tuple[Output, ...]:
        """Outputs for one picture, uint8 RGB (h, w, 3) of the card's input size, or another if ``flexible``.

        The arrays may be overwritten by the next call.
        """
        ...

    def twin(self) -> Network:
        """Another one on the same weights in memory, to be called at the same time as this one."""
        ...

    def release(self) -> None:
        """Let go of what is kept for input sizes seen so far; the next call of a size makes it again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How to run: ``threads`` for one call, ``twins`` calls at a time; ``cuda`` only where somebody asks for it."""

    threads: int = 1
    cuda: bool = False
    twins: int = 1


class OnnxNetwork:
    """A net run by onnxruntime: one thread by default and no spinning, as a worker runs many nets beside each other.

    Raises:
        ModelCardError: the file cannot be loaded, or its input is not the card's.
        PluginError: CUDA was asked for and is not there.
    """

    def __init__(self, weights: Path, spec: InputSpec, settings: EngineSettings) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = settings.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if settings.cuda and "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
            raise PluginError("CUDA was asked for, but this onnxruntime has none; install onnxruntime-gpu")
        providers = ["CUDAExecutionProvider"] if settings.cuda else []
        try:
            self._session = onnxruntime.InferenceSession(
                str(weights), options, providers=[*providers, "CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises its own types, one for each status code
            raise _unreadable(weights, "onnxruntime", error) from error
        taken = self._session.get_inputs()
        _check_input(weights, [tuple(entry.shape) for entry in taken], spec)
        self._spec, self._name = spec, taken[0].name
        self._flexible = not any(isinstance(side, int) for side in taken[0].shape[2:])
        self._runtime = "onnxruntime-cuda" if settings.cuda else "onnxruntime"
        self._tensors: dict[tuple[int, ...], Float32s] = {}

    @property
    def runtime(self) -> str:
        """Always onnxruntime, or onnxruntime-cuda."""
        return self._runtime

    @property
    def flexible(self) -> bool:
        """Whether the file leaves height and width open."""
        return self._flexible

    def release(self) -> None:
        """Only the inputs' memory."""
        self._tensors.clear()

    def twin(self) -> Network:
        """The session runs calls of several threads; only the input's memory is each one's own."""
        other = copy(self)
        other._tensors = {}
        return other

    def infer(self, picture: UInt8s) -> tuple[Output, ...]:
        """Outputs for one picture; see `Network`."""
        height, width = picture.shape[:2]
        values = self._tensors.get((height, width))
        if values is None:
            if len(self._tensors) >= MOST_SIZES:
                self._tensors.clear()
            values = self._tensors[height, width] = np.zeros((1, 3, height, width), np.float32)
        tensor(picture, self._spec, values)
        return tuple(self._session.run(None, {self._name: values}))


class OpenVinoNetwork:
    """A net run by OpenVINO, which also converts the picture: bytes in, planes and normalisation inside the graph.

    Threads are not pinned: pinned ones of several workers would all sit on the same core. It computes in bfloat16
    where the processor does so natively. The net is compiled again for each input size, at its first picture.

    Raises:
        ModelCardError: the file cannot be loaded, or its input is not the card's.
        PluginError: OpenVINO is not installed.
    """

    def __init__(self, weights: Path, spec: InputSpec, settings: EngineSettings) -> None:
        if reason := openvino_missing():
            raise PluginError(reason)
        import openvino

        self._spec = spec
        self._sizes = _CompiledSizes(openvino.Core(), weights, spec, settings)
        self._requests: OrderedDict[Size, Any] = OrderedDict()
        self._requests[spec.width_px, spec.height_px] = self._sizes.request((spec.width_px, spec.height_px))

    @property
    def runtime(self) -> str:
        """Always openvino."""
        return "openvino"

    @property
    def flexible(self) -> bool:
        """OpenVINO rewrites the sizes of any net whose graph allows it; the card says so."""
        return self._spec.multiple_px is not None

    def release(self) -> None:
        """The compiled nets, some 60 MB each."""
        self._requests.clear()
        self._sizes.release()

    def twin(self) -> Network:
        """The compiled nets are shared; only the requests are each one's own."""
        other = copy(self)
        other._requests = OrderedDict()
        return other

    def infer(self, picture: UInt8s) -> tuple[Output, ...]:
        """Outputs for one picture; see `Network`."""
        size = picture.shape[1], picture.shape[0]
        request = self._requests.get(size)
        if request is None:
            if len(self._requests) >= MOST_SIZES:
                self._requests.popitem(last=False)
            request = self._requests[size] = self._sizes.request(size)
        results = request.infer({0: picture[None]}, share_inputs=True, share_outputs=True)
        return tuple(results.values())


class _CompiledSizes:
    """A net compiled once for each input size, for as many requests at a time as there are twins."""

    def __init__(self, engine: Any, weights: Path, spec: InputSpec, settings: EngineSettings) -> None:
        self._engine, self._weights, self._spec = engine, weights, spec
        self._settings = {
            "INFERENCE_NUM_THREADS": settings.threads * settings.twins,
            "NUM_STREAMS": settings.twins,
            "ENABLE_CPU_PINNING": False,
            "PERFORMANCE_HINT": "LATENCY" if settings.twins == 1 else "THROUGHPUT",
        }
        self._models: OrderedDict[Size, Any] = OrderedDict()
        self._compiling = Lock()

    def request(self, size: Size) -> Any:
        """A new inference request for pictures of that size.

        Raises:
            ModelCardError: the weights cannot be loaded, or do not take that size.
        """
        with self._compiling:
            model = self._models.get(size)
            if model is None:
                if len(self._models) >= MOST_SIZES:
                    self._models.popitem(last=False)
                model = self._models[size] = self._compiled(size)
            return model.create_infer_request()

    def release(self) -> None:
        """Forget the compiled nets; requests in use keep theirs."""
        with self._compiling:
            self._models.clear()

    def _compiled(self, size: Size) -> Any:
        try:
            model = self._engine.read_model(str(self._weights))
            shapes = [
                tuple(s.get_length() if s.is_static else None for s in entry.partial_shape) for entry in model.inputs
            ]
            if len(shapes) == 1 and len(shapes[0]) == 4 and shapes[0] != (1, 3, size[1], size[0]):
                model.reshape((1, 3, size[1], size[0]))
                shapes = [(1, 3, size[1], size[0])]
            _check_input(self._weights, shapes, self._spec, size)
            return self._engine.compile_model(_with_bytes_in(model, self._spec), "CPU", self._settings)
        except RuntimeError as error:
            raise _unreadable(self._weights, "OpenVINO", error) from error


def _with_bytes_in(model: Any, spec: InputSpec) -> Any:
    """The model with our picture as its input: uint8 (1, h, w, 3) RGB."""
    import openvino
    from openvino.preprocess import ColorFormat, PrePostProcessor

    steps = PrePostProcessor(model)
    entry = steps.input()
    entry.tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    entry.tensor().set_color_format(ColorFormat.RGB)
    entry.model().set_layout(openvino.Layout("NCHW"))
    chain = entry.preprocess().convert_element_type(openvino.Type.f32)
    if spec.channels == "bgr":
        chain = chain.convert_color(ColorFormat.BGR)
    if spec.mean != (0.0, 0.0, 0.0):
        chain = chain.mean(list(spec.mean))
    if spec.std != (1.0, 1.0, 1.0):
        chain.scale(list(spec.std))
    return steps.build()


def _check_input(weights: Path, found: list[tuple[Any, ...]], spec: InputSpec, size: Size | None = None) -> None:
    width, height = size or (spec.width_px, spec.height_px)
    wanted = (1, 3, height, width)
    fits = len(found) == 1 and len(found[0]) == 4
    if not fits or any(isinstance(side, int) and side != want for side, want in zip(found[0], wanted, strict=True)):
        raise ModelCardError(
            f"the net takes {' and '.join(map(str, found))}, the card says {wanted}",
            where=str(weights),
            mend="Correct input.width_px and input.height_px in the card, or export the net with one NCHW input.",
        )


def _unreadable(weights: Path, engine: str, error: Exception) -> ModelCardError:
    detail = " ".join(str(error).split())[-200:]
    return ModelCardError(
        f"{engine} cannot load these weights ({detail})",
        where=str(weights),
        mend="Export the net again (ONNX opset 11 or later, or OpenVINO IR), or check that the file is complete.",
    )


def openvino_missing() -> str:
    """Why OpenVINO cannot be used here, or an empty string where it can."""
    if importlib.util.find_spec("openvino") is None:
        return "OpenVINO is not installed; install it with: pip install 'beffroi[openvino]'"
    return ""


def versions() -> dict[str, str]:
    """The engines installed here and their versions."""
    found = {"onnxruntime": importlib.metadata.version("onnxruntime")}
    if not openvino_missing():
        found["openvino"] = importlib.metadata.version("openvino")
    return found


Opener = Callable[[], Network]


def openers(weights: Path, spec: InputSpec, settings: EngineSettings) -> dict[str, Opener]:
    """The engines that can run this file here, by name; none is started yet.

    Raises:
        PluginError: the file is OpenVINO IR and OpenVINO is not installed.
    """
    found: dict[str, Opener] = {}
    if weights.suffix == ".onnx":
        found["onnxruntime"] = lambda: OnnxNetwork(weights, spec, settings)
    reason = openvino_missing()
    if not reason and not settings.cuda:
        found["openvino"] = lambda: OpenVinoNetwork(weights, spec, settings)
    elif not found:
        raise PluginError(f"{weights.name} is OpenVINO IR. {reason or 'It does not run on CUDA.'}")
    return found
