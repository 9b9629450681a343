"""Regime files: read, checked with file, line and reason. A broken one opens nothing."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import structlog

from beffroi.govern.regimes.terms import (
    IMAGES_LONGEST_DAYS,
    BrokenRegime,
    DataKind,
    RegimeBook,
    RegimeTerms,
    Requirement,
)
from beffroi.sense.marked_yaml import Spot, parse_yaml, read_yaml
from beffroi.vocabulary.authorisation import Output
from beffroi.vocabulary.errors import InvalidInputError, SceneError
from beffroi.vocabulary.rules import Situation

log = structlog.get_logger("beffroi.govern")

FOLDER = "regimes"
"""Where a town keeps its own regimes, below the data folder."""

_ID = re.compile(r"[a-z][a-z0-9_]{1,39}")
_TEXTS = ("label_fr", "label_en", "note_fr", "note_en")
_KEYS = ("id", *_TEXTS, "legal", "situations", "outputs", "retention_days", "longest_days", "requires")
_LONGEST_DAYS = 3653.0
_MOST_FILES = 100


def read_regime(path: Path) -> RegimeTerms:
    """A regime file of a town.

    Raises:
        InvalidInputError: names file, line and what to mend.
    """
    try:
        terms = _terms(read_yaml(path), built_in=False)
    except SceneError as error:
        raise InvalidInputError(error.what, where=error.where, mend=error.mend) from None
    if terms.regime != path.stem:
        mend = f"Name the file {terms.regime}.yaml, or write id: {path.stem}."
        raise InvalidInputError(f"the file holds the regime {terms.regime!r}", where=str(path), mend=mend)
    if terms.regime in built_in().terms:
        mend = "Choose another id: what the house brings is not written over."
        raise InvalidInputError(f"{terms.regime!r} is a regime of the house", where=str(path), mend=mend)
    return terms


@lru_cache(maxsize=1)
def built_in() -> RegimeBook:
    """The regimes that come with the house."""
    found: dict[str, RegimeTerms] = {}
    for entry in sorted(files(__package__ or "beffroi.govern.regimes").iterdir(), key=lambda one: one.name):
        if entry.name.endswith(".yaml"):
            terms = _terms(parse_yaml(entry.read_bytes(), entry.name), built_in=True)
            found[terms.regime] = terms
    return RegimeBook(terms=found)


def known_regimes(data_folder: Path) -> RegimeBook:
    """The regimes of the house and those of the town. A file that cannot be used disables its regime, is listed in
    ``broken`` and logged; it never opens anything.
    """
    found, broken = dict(built_in().terms), []
    folder = data_folder / FOLDER
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml")) if folder.is_dir() else []
    except OSError as error:
        broken.append(BrokenRegime(regime="", file=str(folder), why=f"{folder}: cannot be read: {error.strerror}"))
        paths = []
    for path in paths[:_MOST_FILES]:
        try:
            terms = read_regime(path)
            found[terms.regime] = terms
        except InvalidInputError as error:
            log.error("regime_broken", file=str(path), cause=str(error))
            broken.append(BrokenRegime(regime=path.stem, file=str(path), why=str(error)))
    if len(paths) > _MOST_FILES:
        why = f"{folder}: more than {_MOST_FILES} files; those after {paths[_MOST_FILES - 1].name} are not read"
        broken.append(BrokenRegime(regime="", file=str(folder), why=why))
    return RegimeBook(terms=found, broken=tuple(broken))


def _terms(root: Spot, *, built_in: bool) -> RegimeTerms:
    keys = root.mapping(_KEYS, tuple(key for key in _KEYS if key != "requires"))
    regime = keys["id"].text("a short name")
    if not _ID.fullmatch(regime):
        raise keys["id"].fault(f"{regime!r} cannot be a regime's id", "Use 2 to 40 of a-z, 0-9, underscore.")
    legal = tuple(spot.text("a legal reference") for spot in keys["legal"].items("legal references"))
    if not legal:
        raise keys["legal"].fault("no legal reference", "Name the text that allows it: no text, no regime.")
    outputs = frozenset(Output(one.one_of(list(Output))) for one in keys["outputs"].items("outputs"))
    if not outputs:
        raise keys["outputs"].fault("no output", f"Name at least one of {', '.join(Output)}.")
    asked = keys["requires"].items("requirements") if "requires" in keys else []
    return RegimeTerms(
        regime=regime,
        legal=legal,
        situations=_situations(keys["situations"]),
        outputs=outputs,
        retention_days=_retention(keys["retention_days"]),
        longest_days=keys["longest_days"].number(1, _LONGEST_DAYS),
        requires=frozenset(Requirement(one.one_of(list(Requirement))) for one in asked),
        built_in=built_in,
        **{name: keys[name].text() for name in _TEXTS},
    )


def _situations(spot: Spot) -> frozenset[Situation]:
    """A list, or the words all or none."""
    value = getattr(spot.node, "value", None)
    if value == "all":
        return frozenset(Situation)
    if value == "none":
        return frozenset()
    return frozenset(Situation(one.one_of(list(Situation))) for one in spot.items("situations, or all, or none"))


def _retention(spot: Spot) -> dict[DataKind, float]:
    names = tuple(kind.value for kind in DataKind)
    keys = spot.mapping(names, names)
    limits = {DataKind.IMAGES: float(IMAGES_LONGEST_DAYS)}
    return {kind: keys[kind].number(0, limits.get(kind, _LONGEST_DAYS)) for kind in DataKind}
