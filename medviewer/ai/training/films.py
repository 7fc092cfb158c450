"""The radiographs of every bundled model by kind: what a model's own are told apart from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import yaml

from medviewer.ai.training.evaluation import open_recipe
from medviewer.ai.training.radiographs import normalise, resize
from medviewer.ai.training.splits import VALIDATION

if TYPE_CHECKING:
    from pathlib import Path

ABOUT_FILE = "about.yaml"
FILM_SIDE = 96


@dataclass(frozen=True, eq=False)
class Films:
    """One model's radiographs.

    Attributes
    ----------
    model, kind : str
        The model's id, and what its radiographs show (``gate_kind`` in `about.yaml`).
    seen : float32 array, shape (films, 96, 96)
        Those that may train, squashed network values.
    patients : tuple of str
        Of each of them, without the folder that a source puts before it.
    unseen : tuple of uint8 array, each of shape (rows, columns)
        The validation part, as stored.
    unseen_patients : frozenset of str
        Theirs.
    """

    model: str
    kind: str
    seen: np.ndarray
    patients: tuple[str, ...]
    unseen: tuple[np.ndarray, ...]
    unseen_patients: frozenset[str]


@cache
def films_by_kind(models: Path, data: Path) -> tuple[Films, ...]:
    """Read the radiographs of all models that say what kind theirs are.

    Nobody's film trains whose patient another model keeps for validation.

    Parameters
    ----------
    models : Path
        Folder of the models.
    data : Path
        The data folder.

    Returns
    -------
    tuple of Films
        By model.
    """
    kinds = {
        path.parent: yaml.safe_load(path.read_text(encoding="utf-8")).get("gate_kind", "")
        for path in sorted(models.glob(f"*/{ABOUT_FILE}"))
    }
    found = [_read(folder, data, kind) for folder, kind in kinds.items() if kind]
    kept = frozenset().union(*(films.unseen_patients for films in found))
    return tuple(_without(films, kept) for films in found)


def _read(folder: Path, data: Path, kind: str) -> Films:
    config, recipe = open_recipe(folder)
    seen, patients, unseen, others = [], [], [], set()
    for case in recipe.load(data):
        picture = recipe.read_source(data, case)
        patient = case.patient.rpartition("/")[2]
        if recipe.fold_of(case, config.n_folds) == VALIDATION:
            unseen.append(picture)
            others.add(patient)
        else:
            seen.append(resize(normalise(picture), (FILM_SIDE, FILM_SIDE)))
            patients.append(patient)
    stack = np.stack(seen)
    return Films(folder.name, kind, stack, tuple(patients), tuple(unseen), frozenset(others))


def _without(films: Films, patients: frozenset[str]) -> Films:
    chosen = [i for i, patient in enumerate(films.patients) if patient not in patients]
    names = tuple(films.patients[i] for i in chosen)
    return Films(
        films.model, films.kind, films.seen[chosen], names, films.unseen, films.unseen_patients
    )
