"""Pictures of nodules for the report: the true outline and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from medviewer.ai.training.nodule_data import nodules_of
from medviewer.ai.training.nodule_matching import strongest_misses
from medviewer.ai.training.pictures import FOUND, TRUE, outline, write_text

if TYPE_CHECKING:
    from medviewer.ai.training.nodule_calibration import FindingCalibration
    from medviewer.ai.training.recipe import Case, Prediction

_ZOOM = 6
_HALF_MM = 24
_TILE_ZOOM = 3
_N_SHOWN = 12
_COLUMNS = 4
_WINDOW_HU = (-1350.0, 150.0)
_SHOWN_SHARE = 0.05


def cube_picture(case: Case, prediction: Prediction, calibration: FindingCalibration) -> np.ndarray:
    """Return the slice through a cube's nodule with every candidate that crosses it."""
    centre = nodules_of(case)[0].centre
    k = round(float(centre[0]))
    view = _gray(case.arrays["hu"][k], _ZOOM)
    mask = np.kron(case.arrays["mask"][k], np.ones((_ZOOM, _ZOOM), bool)) > 0
    image = Image.fromarray(outline(view, mask, TRUE))
    draw = ImageDraw.Draw(image)
    lines = []
    for number, logit in enumerate(prediction["logits"]):
        score = calibration.probability(float(logit))
        place, radius = prediction["centres"][number], prediction["diameters"][number] / 2
        if score < _SHOWN_SHARE or abs(place[0] - k) > radius:
            continue
        _ring(draw, place[1:], radius, _ZOOM)
        lines.append(f"{score:.2f}")
    text = f"{case.facts['diameter_mm']:.0f} mm: " + " ".join(lines[:3])
    return write_text(np.asarray(image), text)


def scan_picture(case: Case, prediction: Prediction, calibration: FindingCalibration) -> np.ndarray:
    """Return axial views of a scan's strongest candidates outside its marked lesions."""
    hu = case.arrays["hu"]
    from_lps = np.linalg.inv(case.arrays["to_lps"])
    tiles = []
    for number in strongest_misses(case, prediction, _N_SHOWN):
        lps = prediction["centres"][number].astype(float)
        place = from_lps[:3, :3] @ lps + from_lps[:3, 3]
        k, j, i = (int(np.clip(round(v), 0, n - 1)) for v, n in zip(place, hu.shape, strict=True))
        around = np.pad(hu[k], _HALF_MM, constant_values=-1000)
        view = _gray(around[j : j + 2 * _HALF_MM, i : i + 2 * _HALF_MM], _TILE_ZOOM)
        image = Image.fromarray(view)
        middle = place[1:] - (j, i) + _HALF_MM
        radius = float(prediction["diameters"][number]) / 2
        _ring(ImageDraw.Draw(image), middle, radius, _TILE_ZOOM)
        score = calibration.probability(float(prediction["logits"][number]))
        text = f"{score:.2f} {2 * radius:.0f} mm\n{lps[0]:.0f} {lps[1]:.0f} {lps[2]:.0f}"
        tiles.append(write_text(np.asarray(image), text))
    side = 2 * _HALF_MM * _TILE_ZOOM
    tiles += [np.zeros((side, side, 3), np.uint8)] * (-len(tiles) % _COLUMNS or 0)
    if not tiles:
        return np.zeros((side, side, 3), np.uint8)
    rows = [np.concatenate(tiles[n : n + _COLUMNS], 1) for n in range(0, len(tiles), _COLUMNS)]
    return np.concatenate(rows)


def _gray(hu: np.ndarray, zoom: int) -> np.ndarray:
    low, high = _WINDOW_HU
    gray = np.clip((hu.astype(np.float32) - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    large = np.kron(gray, np.ones((zoom, zoom), np.uint8))
    return np.repeat(large[..., None], 3, axis=2)


def _ring(draw: ImageDraw.ImageDraw, place: np.ndarray, radius: float, zoom: int) -> None:
    row, column = (np.asarray(place, float) + 0.5) * zoom
    r = (radius + 1) * zoom
    draw.ellipse([column - r, row - r, column + r, row + r], outline=FOUND)
