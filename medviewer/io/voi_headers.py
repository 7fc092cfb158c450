"""VOI windows and tables of a frame, in the unit of its voxels (PS3.3 C.11.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.errors import WindowError
from medviewer.core.windowing import VoiFunction, VoiLut, VoiWindow
from medviewer.io.lookup_tables import read_lut_item

if TYPE_CHECKING:
    from medviewer.io.dicom_header import Header
    from medviewer.io.modality_lut import ModalityLut, ValueRange

STORED_WINDOW_MODALITIES = frozenset(("MR", "PT", "XA", "RF"))
"""Their windows act on stored values (IHE BIR 4.16.4.2.2.5.4)."""


def read_vois(
    header: Header,
    frame_voi: Header | None,
    lut: ModalityLut,
    stored_range: tuple[float, float],
) -> tuple[VoiWindow | VoiLut, ...]:
    """Return what the header offers for display, tables first, then windows in their order.

    Parameters
    ----------
    header : Header
        Top level of the file.
    frame_voi : Header or None
        The frame's item of the Frame VOI LUT Sequence (PS3.3 C.7.6.16.2.10).
    lut : ModalityLut
        Of the same frame.
    stored_range : tuple of float
        Lowest and highest stored value.
    """
    for source in (frame_voi, header):
        if source is None:
            continue
        windows = _windows(source)
        if _windows_act_on_stored(header.text("Modality"), windows, lut, stored_range):
            windows = [to_voxel_unit(window, lut) for window in windows]
        values = lut.value_range(*stored_range)
        found: tuple[VoiWindow | VoiLut, ...] = (*_tables(source, values), *windows)
        if found:
            return found
    return ()


def _windows(source: Header) -> list[VoiWindow]:
    centers, widths = source.floats("WindowCenter"), source.floats("WindowWidth")
    name = source.text("VOILUTFunction").upper()
    function = VoiFunction(name) if name in VoiFunction.__members__ else VoiFunction.LINEAR
    texts = source.text("WindowCenterWidthExplanation").split("\\")
    windows = []
    for index, (center, width) in enumerate(zip(centers, widths, strict=False)):
        text = texts[index] if index < len(texts) else ""
        try:
            windows.append(VoiWindow(center, width, function, text))
        except WindowError:
            if width > 0:  # a LINEAR window narrower than 1, of images with fractional values
                windows.append(VoiWindow(center, width, VoiFunction.LINEAR_EXACT, text))
    return windows


def _windows_act_on_stored(
    modality: str,
    windows: list[VoiWindow],
    lut: ModalityLut,
    stored_range: tuple[float, float],
) -> bool:
    """Whether windows are in stored values rather than in modality values.

    Real files disagree with the rule: a first window whose centre no value can be stored at, but
    which a modality value can have, was meant for modality values (Philips field maps, 0 +- 500 Hz
    stored from 0 to 4095).
    """
    if modality not in STORED_WINDOW_MODALITIES or lut.table is not None or not windows:
        return False
    if lut.slope == 1.0 and lut.intercept == 0.0:
        return False
    low, high = stored_range
    center = windows[0].center
    values = sorted((lut.value(low), lut.value(high)))
    return low < center < high or not values[0] < center < values[1]


def to_voxel_unit(window: VoiWindow, lut: ModalityLut) -> VoiWindow:
    """Return a window on stored values as one on modality values that shows the same."""
    center, width = window.center, window.width
    function = window.function
    if function is VoiFunction.LINEAR:  # its line in the terms of LINEAR_EXACT, which scales
        center, width = center - 0.5, max(width - 1.0, 1e-6)
        function = VoiFunction.LINEAR_EXACT
    return VoiWindow(lut.value(center), width * abs(lut.slope), function, window.explanation)


def _tables(source: Header, values: ValueRange) -> list[VoiLut]:
    items = source.get("VOILUTSequence")
    if not isinstance(items, list):
        return []
    tables = []
    for item in items:
        found = read_lut_item(item, is_input_signed=values.low < 0)
        if found is not None:
            table, first, bits = found
            bits = bits if 1 <= bits <= 16 else 16
            text = item.text("LUTExplanation")
            tables.append(VoiLut(table.astype(np.uint16), float(first), bits, text))
    return tables
