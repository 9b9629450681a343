"""Sees things in a picture: card file + weights + engine → detections.

Takes: frames; a model's name, card or weights.
Gives: detections; the catalogue of models.
May import: geometry, ports, vocabulary.
Design doc: docs/reference/models.md.
"""

from beffroi.see.detect.adding import add_model
from beffroi.see.detect.card import ModelCard, load_card
from beffroi.see.detect.catalogue import (
    DEFAULT_MODEL,
    CatalogueEntry,
    FoundModel,
    ModelCatalogue,
    templates,
    verify_weights,
)
from beffroi.see.detect.choice import best_milliseconds
from beffroi.see.detect.detector import CardDetector
from beffroi.see.detect.opening import PLUGIN, RUNTIMES, Runtime, open_detector, open_model
from beffroi.see.detect.runtimes import EngineSettings, openers, versions

__all__ = [
    "DEFAULT_MODEL",
    "PLUGIN",
    "RUNTIMES",
    "CardDetector",
    "CatalogueEntry",
    "EngineSettings",
    "FoundModel",
    "ModelCard",
    "ModelCatalogue",
    "Runtime",
    "add_model",
    "best_milliseconds",
    "load_card",
    "open_detector",
    "open_model",
    "openers",
    "templates",
    "verify_weights",
    "versions",
]
