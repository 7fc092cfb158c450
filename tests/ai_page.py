"""The AI page of the program's window: opened, run and read by tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from medviewer.ai.model_result import ModelResult, RunStatus
from medviewer.core.findings import Finding, FindingSet
from medviewer.core.provenance import Provenance
from tests.shell_window import drop_paths, is_read

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from medviewer.ui.main_window import MainWindow
    from medviewer.ui.panels.ai_panel import ModelBlock

WAIT_MS = 60_000


def open_study(window: MainWindow, qtbot: QtBot, folder: Path) -> ModelBlock:
    """Drop a folder on the window and wait for its first model."""
    assert drop_paths(window, folder)
    qtbot.waitUntil(lambda: is_read(window), timeout=WAIT_MS)
    window.inspector.show_page("ai")
    qtbot.waitUntil(lambda: bool(window.ai.panel.blocks), timeout=WAIT_MS)
    return window.ai.panel.blocks[0]


def image_id(window: MainWindow) -> str:
    """Image of the first view."""
    return window.services.view_store.pane(0).volume_id


def button(widget: QWidget, text: str) -> QPushButton:
    """Button of a widget by its text."""
    return next(b for b in widget.findChildren(QPushButton) if b.text() == text)


def run_model(window: MainWindow, qtbot: QtBot, block: ModelBlock) -> ModelResult:
    """Press Run and wait for the result."""
    QTest.mouseClick(button(block, "Run"), Qt.MouseButton.LeftButton)
    results = window.services.results
    qtbot.waitUntil(lambda: bool(results.of_image(image_id(window))), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.services.inference.running is None, timeout=WAIT_MS)
    return results.of_image(image_id(window))[0]


def findings_result(window: MainWindow) -> ModelResult:
    """What a detector would say of the open series: three findings."""
    image = window.services.session.image(image_id(window))
    findings = tuple(
        Finding(
            f"finding-{n}",
            "upper",
            score,
            tuple(image.geometry.ijk_to_lps((6.0, 12.0, float(k))).tolist()),
            4.0,
        )
        for n, (k, score) in enumerate([(3, 0.9), (8, 0.7), (12, 0.2)])
    )
    provenance = Provenance("ellipsoid-mr", "1.0.0", "0" * 64, (image.id,), "2026-01-01")
    found = FindingSet("set", findings, image.frame_of_reference_uid, image.id, provenance)
    return ModelResult(RunStatus.OK, "ellipsoid-mr", provenance, image.id, (24, 12), findings=found)


def colored_pixels(window: MainWindow) -> int:
    """Pixels of the view that are not gray."""
    image = window.grid.views[0].grab().toImage()
    image = image.convertToFormat(image.Format.Format_RGB888)
    values = np.frombuffer(image.constBits(), np.uint8)
    values = values.reshape(image.height(), image.bytesPerLine())[:, : image.width() * 3]
    values = values.reshape(image.height(), image.width(), 3).astype(int)
    middle = values[80:-80, 80:-80]
    return int((np.ptp(middle, axis=2) > 30).sum())


def shown_texts(widget: QWidget) -> str:
    """What the visible labels of a widget say."""
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())
