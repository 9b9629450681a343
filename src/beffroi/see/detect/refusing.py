"""No model joins the house that would tell who somebody is or what somebody is like: its card and its net are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from beffroi.vocabulary.errors import ModelCardError
from beffroi.vocabulary.forbidden import forbidden_kind

MEND = (
    "Beffroi takes no model of faces, re-identification, emotion, age, gender, origin, gait or voice, by law and by "
    "design (docs/design/no-biometrics.md). Use a detector of people and things."
)
_NAMED = re.compile(r'\b(?:name|value)="([^"]{1,200})"')


def refuse_card(document: Mapping[str, Any], where: str) -> None:
    """Look at the names of a card as it was written, before anything of it is used.

    Raises:
        ModelCardError: its name, source, files, classes or figures name a forbidden thing.
    """
    _refuse(_card_texts(document), where)


def refuse_net(weights: Path) -> None:
    """Look at what a net says of itself: names of its inputs, outputs and layers, and its metadata (class names).

    Raises:
        ModelCardError: one of them names a forbidden thing, or the file cannot be read.
    """
    try:
        texts = list(_xml_texts(weights) if weights.suffix == ".xml" else _onnx_texts(weights))
    except Exception as error:  # onnxruntime raises its own types, one for each status code
        raise ModelCardError("the net cannot be read", where=str(weights), mend="Get the file again.") from error
    _refuse(texts, str(weights))


def _refuse(texts: Iterable[tuple[str, str]], where: str) -> None:
    for key, text in texts:
        hit = forbidden_kind(text)
        if hit is not None:
            told = f"{key} names {hit[0]!r} ({hit[1]})"
            raise ModelCardError(told, where=where, mend=MEND)


def _card_texts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("name", "family", "source"):
        yield key, str(document.get(key, ""))
    weights = document.get("weights")
    for one in weights if isinstance(weights, list) else ():
        if isinstance(one, dict):
            yield "weights.file", str(one.get("file", ""))
    classes, figures = document.get("classes"), document.get("figures")
    for number, name in classes.items() if isinstance(classes, dict) else ():
        yield f"classes.{number}", str(name)
    for name in figures if isinstance(figures, dict) else ():
        yield "figures", str(name)


def _onnx_texts(weights: Path) -> Iterator[tuple[str, str]]:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(weights), providers=["CPUExecutionProvider"])
    about = session.get_modelmeta()
    yield "the net's name", about.graph_name
    yield "the net's description", about.description
    for entry in (*session.get_inputs(), *session.get_outputs()):
        yield "an input or output of the net", entry.name
    for key, value in about.custom_metadata_map.items():
        yield f"the net's metadata {key!r}", f"{key} {value}"


def _xml_texts(weights: Path) -> Iterator[tuple[str, str]]:
    for text in _NAMED.findall(weights.read_text(encoding="utf-8", errors="replace")):
        yield "a layer of the net", text
