"""Which detectors there are: bundled, added to this house, or lying in a folder of weights."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from beffroi.see.detect.card import SUFFIXES, ModelCard, load_card
from beffroi.vocabulary.errors import ModelCardError, NotFoundError

BUNDLED = Path(__file__).resolve().parent.parent / "weights"
TEMPLATES = BUNDLED / "templates"
DEFAULT_MODEL = "nanodet-g-416"
FOLDERS_VARIABLE = "BEFFROI_MODELS"
MOST_FILES = 500  # our choice: a folder of weights holds a few; this keeps a wrong folder from being read for minutes
LARGEST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundModel:
    """A card and the file to load. ``origin`` is bundled, added, folder or file."""

    card: ModelCard
    weights: Path
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One line of the list. ``state`` is ready, weights missing, or the reason why the card cannot be used."""

    name: str
    origin: str
    state: str
    card: ModelCard | None
    weights: Path | None


def digest_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal.

    Raises:
        ModelCardError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelCardError(
            f"the weights cannot be read ({error.strerror})",
            where=str(path),
            mend="Put the file beside its card, or give its path with --weights.",
        ) from error


def files_of(card: ModelCard, first: Path) -> list[Path]:
    """Where a card's files lie, given the first: the others have its name with their own ending."""
    return [first, *(first.with_suffix(Path(part.file).suffix) for part in card.weights[1:])]


def verify_weights(card: ModelCard, first: Path) -> None:
    """Refuse weights that are not those of the card.

    Raises:
        ModelCardError: a file is missing or its digest differs; both digests are told.
    """
    for part, path in zip(card.weights, files_of(card, first), strict=True):
        found = digest_of(path)
        if found != part.sha256:
            raise ModelCardError(
                f"these are not the weights of card {card.name}: SHA-256 {found[:16]}..., the card says "
                f"{part.sha256[:16]}...",
                where=str(path),
                mend="Get the file again from the source in the card. If you changed the weights on purpose, "
                "write the new digest and another version into the card.",
            )


class ModelCatalogue:
    """The detectors a house can use. ``added`` is its own folder of models; ``folders`` hold others, cards or weights.

    A name found twice is taken from the first of: bundled, added, folders in their order.
    """

    def __init__(self, added: Path | None = None, folders: Sequence[Path] = ()) -> None:
        self.added, self._folders = added, tuple(folders)

    @classmethod
    def of_house(cls, data: Path | None, environment: Mapping[str, str] | None = None) -> ModelCatalogue:
        """The catalogue of a data folder; ``BEFFROI_MODELS`` names further folders, separated as in PATH."""
        named = (os.environ if environment is None else environment).get(FOLDERS_VARIABLE, "")
        folders = tuple(Path(part) for part in named.split(os.pathsep) if part)
        return cls(data / "models" if data is not None else None, folders)

    def find(self, reference: str) -> FoundModel:
        """The model of that name, card path (.yaml) or weights path (.onnx, .xml); digests are verified.

        Raises:
            NotFoundError: no such name; those known are listed.
            ModelCardError: its card cannot be used, or the weights are missing or others than the card's.
        """
        path = Path(reference)
        if path.suffix in (".yaml", ".yml"):
            found = _beside(load_card(path), path, "file")
        elif path.suffix in SUFFIXES:
            found = self._by_digest(path)
        else:
            found = self._by_name(reference)
        verify_weights(found.card, found.weights)
        return found

    def entries(self) -> tuple[CatalogueEntry, ...]:
        """Every model known, by name; templates whose weights are nowhere come last."""
        listed: dict[str, CatalogueEntry] = {}
        for path, origin in self._card_paths():
            entry = _entry(path, origin)
            listed.setdefault(entry.name, entry)
        waiting = []
        for card in templates():
            if card.name in listed:
                continue
            weights = self._weights_in_folders(card)
            state = "ready" if weights else "weights missing"
            waiting.append(CatalogueEntry(name=card.name, origin="folder", state=state, card=card, weights=weights))
        waiting.sort(key=lambda entry: (entry.state != "ready", entry.name))
        return (*sorted(listed.values(), key=lambda entry: entry.name), *waiting)

    def _by_name(self, name: str) -> FoundModel:
        for path, origin in self._card_paths():
            entry = _entry(path, origin)
            if entry.name == name:
                return _beside(load_card(path), path, origin)
        for card in templates():
            if card.name == name:
                weights = self._weights_in_folders(card)
                if weights is None:
                    raise ModelCardError(
                        f"the card of {name} is here but its weights ({card.weights[0].file}) are not",
                        where=name,
                        mend=f"Run: beffroi models add {name} --weights /path/to/{card.weights[0].file}, "
                        f"or name their folder in {FOLDERS_VARIABLE}.",
                    )
                return FoundModel(card=card, weights=weights, origin="folder")
        known = ", ".join(entry.name for entry in self.entries())
        raise NotFoundError(f"no model is called {name!r}; known: {known}. A path to a card (.yaml) works too")

    def _by_digest(self, weights: Path) -> FoundModel:
        digest = digest_of(weights)
        known = [entry.card for entry in self.entries() if entry.card is not None]
        for card in [*known, *templates()]:
            if card.weights[0].sha256 == digest:
                return FoundModel(card=card, weights=weights, origin="file")
        raise ModelCardError(
            f"no card is known for these weights (SHA-256 {digest})",
            where=str(weights),
            mend="Write a card beside them (docs/reference/models.md has one for each family) and give its path.",
        )

    def _card_paths(self) -> Iterator[tuple[Path, str]]:
        yield from ((path, "bundled") for path in sorted(BUNDLED.glob("*.yaml")))
        if self.added is not None:
            yield from ((path, "added") for path in sorted(self.added.glob("*/*.yaml")))
        for folder in self._folders:
            yield from ((path, "folder") for path in _files(folder, (".yaml", ".yml")))

    def _weights_in_folders(self, card: ModelCard) -> Path | None:
        wanted = card.weights[0]
        for folder in self._folders:
            for path in _files(folder, (Path(wanted.file).suffix,)):
                if digest_of(path) == wanted.sha256:
                    return path
        return None


def templates() -> list[ModelCard]:
    """Ready-made cards for weights that the product may not carry."""
    return [load_card(path) for path in sorted(TEMPLATES.glob("*.yaml"))]


def _files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Files of these kinds in a folder and below, at most ``MOST_FILES``, none larger than ``LARGEST_BYTES``."""
    found: list[Path] = []
    for parent, below, names in os.walk(folder):
        below.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if path.suffix in suffixes and path.is_file() and path.stat().st_size <= LARGEST_BYTES:
                found.append(path)
                if len(found) >= MOST_FILES:
                    return found
    return found


def _entry(path: Path, origin: str) -> CatalogueEntry:
    try:
        card = load_card(path)
    except ModelCardError as error:
        return CatalogueEntry(name=path.stem, origin=origin, state=str(error), card=None, weights=None)
    weights = path.parent / card.weights[0].file
    state = "ready" if all(file.is_file() for file in files_of(card, weights)) else "weights missing"
    return CatalogueEntry(name=card.name, origin=origin, state=state, card=card, weights=weights)


def _beside(card: ModelCard, path: Path, origin: str) -> FoundModel:
    return FoundModel(card=card, weights=path.parent / card.weights[0].file, origin=origin)
