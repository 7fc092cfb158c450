"""What a schema cannot say of a model card: where it contradicts itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from medviewer.ai.model_card import CONTRAST_GRID
from medviewer.ai.volume_norms import has_norms

if TYPE_CHECKING:
    from medviewer.ai.gate_reference import PictureContrast
    from medviewer.ai.model_card import InputGrid, ModelCard


def contradiction(card: ModelCard) -> str:
    """Return where a card contradicts itself, which a schema cannot say; empty if nowhere."""
    names = [label.name for label in card.labels]
    numbers = [label.number for label in card.labels]
    if not names or len(set(names)) != len(names) or len(set(numbers)) != len(numbers):
        return "labels: names and numbers must be unique and at least one is needed"
    known = {p.label for p in card.operating_points} | {c.label for c in card.calibration}
    known |= set(card.saliency.reference) if card.saliency else set()
    if known - set(names):
        return f"labels: {sorted(known - set(names))} are used but not declared"
    grid = card.input
    if grid.dimensions == 3 and not _is_axes(grid.orientation):
        return f"input/orientation: '{grid.orientation}' does not name three patient axes"
    if grid.fit != "native" and (grid.size is None or len(grid.size) != grid.dimensions):
        return f"input/size: fit '{grid.fit}' needs {grid.dimensions} sizes"
    for name, values in (("spacing_mm", grid.spacing_mm), ("window", _window_size(grid))):
        if values is not None and len(values) != grid.dimensions:
            return f"input/{name}: {grid.dimensions} numbers are needed"
    if card.volume_norm and not has_norms(card.volume_norm):
        return f"volume_norm: there are no norms '{card.volume_norm}'"
    return _contrast_problem(card.gate.contrast)


def _contrast_problem(contrast: PictureContrast | None) -> str:
    if contrast is None:
        return ""
    n_units, n_entries = len(contrast.units), math.prod(CONTRAST_GRID)
    lengths = {len(contrast.unit_offsets), len(contrast.weights)}
    if lengths != {n_units} or {len(row) for row in contrast.units} != {n_entries}:
        return f"gate/contrast: every unit needs {n_entries} numbers, an offset and a weight"
    return ""


def _window_size(grid: InputGrid) -> tuple[int, ...] | None:
    return grid.window.size if grid.window else None


def _is_axes(orientation: str) -> bool:
    axes = [
        next((i for i, pair in enumerate(("LR", "PA", "SI")) if c in pair), -1) for c in orientation
    ]
    return sorted(axes) == [0, 1, 2]
