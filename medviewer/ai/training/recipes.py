"""The recipes by name: the one table through which training finds a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medviewer.ai.training.chest_findings import ChestFindingsRecipe
from medviewer.ai.training.child_pneumonia import ChildPneumoniaRecipe
from medviewer.ai.training.fracture import FractureRecipe
from medviewer.ai.training.hippocampus import HippocampusRecipe
from medviewer.ai.training.lung_ct import LungCtRecipe
from medviewer.ai.training.lung_nodule import LungNoduleRecipe
from medviewer.ai.training.lung_radiograph import LungRadiographRecipe
from medviewer.core.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medviewer.ai.training.config import TrainingConfig
    from medviewer.ai.training.recipe import Recipe

_RECIPES: dict[str, Callable[..., Recipe]] = {
    "chest_findings": ChestFindingsRecipe,
    "child_pneumonia": ChildPneumoniaRecipe,
    "fracture": FractureRecipe,
    "hippocampus": HippocampusRecipe,
    "lung_ct": LungCtRecipe,
    "lung_nodule": LungNoduleRecipe,
    "lung_radiograph": LungRadiographRecipe,
}


def make_recipe(config: TrainingConfig, models: Path) -> Recipe:
    """Return the recipe that a configuration names.

    Parameters
    ----------
    config : TrainingConfig
        Names the recipe and its options.
    models : Path
        Folder of the models that a recipe may build upon.

    Raises
    ------
    TrainingError
        There is no recipe of that name.
    """
    if config.recipe not in _RECIPES:
        message = f"Recipe '{config.recipe}' is unknown; there are {sorted(_RECIPES)}."
        raise TrainingError(message, hint="Choose one of them.")
    return _RECIPES[config.recipe](models=models, **config.options)
