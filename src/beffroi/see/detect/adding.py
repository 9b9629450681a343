"""A model joins the house: card and weights are checked, tried, then copied into the data folder."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from beffroi.see.detect.card import load_card
from beffroi.see.detect.catalogue import TEMPLATES, FoundModel, ModelCatalogue, files_of, templates, verify_weights
from beffroi.see.detect.opening import open_model
from beffroi.see.detect.refusing import refuse_net
from beffroi.vocabulary.errors import ConflictError, ModelCardError, NotFoundError, StorageError


def add_model(
    catalogue: ModelCatalogue, reference: str, weights: Path | None = None, replace: bool = False
) -> FoundModel:
    """Copy a model into the house once it has proved to run. ``reference`` is a card's path or a template's name.

    ``weights`` is the first file of weights (None: beside the card). Nothing is left behind when it fails.

    Raises:
        NotFoundError: no template is called so.
        ModelCardError: the card, or weights that do not match it or do not run.
        ConflictError: a model of that name is bundled or was added, and ``replace`` is not asked.
        StorageError: the data folder cannot be written.
    """
    if catalogue.added is None:
        raise StorageError("this house has no data folder to keep models in; give one with --data")
    card_path = _card_path(reference)
    card = load_card(card_path)
    first = weights or card_path.parent / card.weights[0].file
    taken = next((entry for entry in catalogue.entries() if entry.name == card.name), None)
    if taken is not None and taken.origin == "bundled":
        raise ConflictError(f"a bundled model is called {card.name}; give the card another name")
    if taken is not None and taken.origin == "added" and not replace:
        raise ConflictError(f"a model called {card.name} was added before; use --replace to put this one in its place")
    if weights is None and card_path.parent == TEMPLATES:
        raise ModelCardError(
            f"the card of {card.name} comes without weights", where=card.name, mend="Give them with --weights PATH."
        )
    verify_weights(card, first)
    refuse_net(first)
    open_model(FoundModel(card=card, weights=first, origin="file"))
    target = catalogue.added / card.name
    try:
        catalogue.added.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=catalogue.added, prefix=".adding-") as name:
            aside = Path(name, card.name)
            aside.mkdir()
            shutil.copyfile(card_path, aside / f"{card.name}.yaml")
            for part, path in zip(card.weights, files_of(card, first), strict=True):
                shutil.copyfile(path, aside / part.file)
            if target.exists():
                target.rename(Path(name, "replaced"))
            aside.rename(target)
    except OSError as error:
        raise StorageError(f"the model cannot be kept in {catalogue.added}: {error.strerror}") from error
    return catalogue.find(card.name)


def _card_path(reference: str) -> Path:
    path = Path(reference)
    if path.suffix in (".yaml", ".yml"):
        return path
    names = [card.name for card in templates()]
    if reference not in names:
        raise NotFoundError(
            f"no ready-made card is called {reference!r}; there are {', '.join(names)}. "
            "A path to a card (.yaml) works too"
        )
    return TEMPLATES / f"{reference}.yaml"
