"""Pictures that are no radiographs: what the gate of a model of radiographs is taught to refuse.

Slices of the data folder's volumes, noise, and random patterns of overlapping shapes whose sizes
follow the law of natural pictures (Lee, Mumford and Huang, Occlusion Models for Natural Images,
IJCV 2001). Photographs are only measured with, never learned from.
"""

from __future__ import annotations

import csv
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK
from PIL import Image, ImageDraw
from sklearn.datasets import load_sample_images

from medviewer.ai.training.chest_ct import read_scans
from medviewer.ai.training.films import FILM_SIDE, Films
from medviewer.ai.training.hippocampus import read_oriented
from medviewer.ai.training.radiographs import normalise, resize
from medviewer.ai.training.splits import VALIDATION, fold_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

_N_SEEN, _N_UNSEEN = 600, 200
_N_CROPS = 30
_N_PARTS = 25
_CT_WINDOWS = ((-1350, 150), (-160, 240))
_SCAN_KEPT_APART = "C3N-00247"
_SEED = 13


@cache
def other_pictures(data: Path) -> tuple[Films, ...]:
    """Return pictures of other kinds, of no model.

    Parameters
    ----------
    data : Path
        The data folder.

    Returns
    -------
    tuple of Films
        By kind: ``ct_slices`` (one patient's scan is kept apart), ``mr_slices`` (by subject),
        ``noise_pictures``, ``patterns`` and ``photographs`` (none of which may train).
    """
    rng = np.random.default_rng(_SEED)
    return (
        _kind("ct_slices", *_ct_slices(data)),
        _kind("mr_slices", *_mr_slices(data)),
        _kind("noise_pictures", *_drawn(noise, rng)),
        _kind("patterns", *_drawn(pattern, rng)),
        _kind("photographs", [], _photographs(rng)),
    )


def noise(rng: np.random.Generator) -> np.ndarray:
    """Return random gray values, from white noise to clouds, shape (rows, columns)."""
    shape = [int(n) for n in rng.integers(80, 160, 2)]
    steepness = rng.uniform(0, 2.5)
    down, across = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])
    spectrum = np.fft.rfft2(rng.normal(size=shape))
    spectrum /= (np.hypot(down, across) + 0.5 / max(shape)) ** steepness
    return np.asarray(np.fft.irfft2(spectrum, shape), np.float32)


def pattern(rng: np.random.Generator) -> np.ndarray:
    """Return ellipses and bars that hide each other in uneven light, shape (rows, columns)."""
    rows, columns = (int(n) for n in rng.integers(80, 160, 2))
    image = Image.new("L", (columns, rows), int(rng.integers(256)))
    draw, smallest = ImageDraw.Draw(image), rng.uniform(2, 12)
    for _ in range(int(rng.integers(10, 250))):
        # The number of shapes falls with the third power of their size.
        radius = min(smallest / np.sqrt(rng.uniform(1e-4, 1)), max(rows, columns) / 2)
        place, gray = rng.uniform(0, (columns, rows)), int(rng.integers(256))
        if rng.random() < 1 / 3:
            draw.ellipse([*(place - radius), *(place + radius)], fill=gray)
            continue
        angle = rng.uniform(0, np.pi) if rng.random() < 1 / 2 else 0.0
        along = np.array([np.cos(angle), np.sin(angle)]) * radius
        aside = np.array([-along[1], along[0]]) * rng.uniform(0.1, 1)
        corners = (along + aside, along - aside, -along - aside, -along + aside)
        draw.polygon([tuple(place + corner) for corner in corners], fill=gray)
    light = [np.linspace(0, rng.uniform(-60, 60), n) for n in (rows, columns)]
    grain = rng.normal(0, rng.uniform(0, 10), (rows, columns))
    return np.asarray(np.asarray(image) + np.add.outer(*light) + grain, np.float32)


def _drawn(
    draw: Callable[[np.random.Generator], np.ndarray], rng: np.random.Generator
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    return [draw(rng) for _ in range(_N_SEEN)], [draw(rng) for _ in range(_N_UNSEEN)]


def _ct_slices(data: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return slices along the three axes in the window of lungs and in that of soft tissue."""
    groups: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for scan in read_scans(data):
        voxels = SimpleITK.GetArrayFromImage(scan.image)
        for low, high in _CT_WINDOWS:
            gray = np.clip((voxels - low) / (high - low) * 255, 0, 255).astype(np.uint8)
            groups[scan.name == _SCAN_KEPT_APART].extend(_slices(gray, _N_PARTS))
    return groups


def _mr_slices(data: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the middle slices along the three axes."""
    folder = data / "hippocampus-mr"
    groups: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    with (folder / "cases.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            voxels = read_oriented(folder / "images" / row["file"])
            groups[fold_of(row["subject"], 1) == VALIDATION].extend(_slices(voxels, 2))
    return groups


def _slices(voxels: np.ndarray, n_parts: int) -> Iterable[np.ndarray]:
    """Return slices at equal distances, none at an end; coronal and sagittal ones head up."""
    for axis, size in enumerate(voxels.shape):
        for number in range(1, n_parts):
            picture = np.take(voxels, number * size // n_parts, axis)
            yield picture if axis == 0 else picture[::-1]


def _photographs(rng: np.random.Generator) -> list[np.ndarray]:
    """Return gray photographs that come with scikit-learn (CC BY), whole and cut."""
    found = []
    for colored in load_sample_images().images:
        gray = np.asarray(Image.fromarray(colored).convert("L"))
        found.append(gray)
        for _ in range(_N_CROPS):
            side = round(min(gray.shape) * rng.uniform(0.3, 0.9))
            row, column = rng.integers(0, np.subtract(gray.shape, side) + 1)
            found.append(gray[row : row + side, column : column + side])
    return found


def _kind(kind: str, seen: Sequence[np.ndarray], unseen: Sequence[np.ndarray]) -> Films:
    squashed = [resize(normalise(picture), (FILM_SIDE, FILM_SIDE)) for picture in seen]
    stack = np.asarray(squashed, np.float32).reshape(-1, FILM_SIDE, FILM_SIDE)
    return Films("", kind, stack, ("",) * len(stack), tuple(unseen), frozenset())
