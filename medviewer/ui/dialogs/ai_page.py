"""Preferences page: which models run by themselves, and the user's own models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QScrollArea, QVBoxLayout, QWidget

from medviewer.ui.card_text import model_name
from medviewer.ui.dialogs.own_models_section import OwnModelsSection
from medviewer.ui.panels.panel_parts import Section, hint

if TYPE_CHECKING:
    from medviewer.app.services import Services


class AiPage(QScrollArea):
    """One box for each model that can be used; then the user's own ones.

    Parameters
    ----------
    services : Services
    """

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._boxes: dict[str, QCheckBox] = {}
        self._chosen = services.settings.settings.auto_run_models
        page = QWidget(self)
        page.setProperty("surface", "panel")
        section = Section(self.tr("Run when an image they fit is opened"), page)
        self._rows = QWidget(section)
        self._list = QVBoxLayout(self._rows)
        self._list.setContentsMargins(0, 0, 0, 0)
        section.add(self._rows)
        note = self.tr(
            "A model runs only on images like those it was trained on; otherwise it says why not."
        )
        section.add(hint(note, page))
        layout = QVBoxLayout(page)
        layout.setContentsMargins(4, 16, 12, 4)
        layout.setSpacing(20)
        layout.addWidget(section)
        layout.addWidget(OwnModelsSection(services, page))
        layout.addStretch(1)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(page)
        services.own_models.added.connect(self._fill)
        services.own_models.removed.connect(self._on_removed)
        self._fill()

    def chosen(self) -> tuple[str, ...]:
        """Ids of the models that run by themselves; those not installed now are kept."""
        ticked = (name for name, box in self._boxes.items() if box.isChecked())
        missing = (name for name in self._chosen if name not in self._boxes)
        return (*ticked, *missing)

    def _on_removed(self, model_id: str) -> None:
        self._fill()
        self._chosen = tuple(name for name in self._chosen if name != model_id)

    def _fill(self) -> None:
        """List the models anew; what was ticked stays ticked."""
        self._chosen = self.chosen()
        for box in self._boxes.values():
            box.hide()  # a layout shows what was added to it later, then without a parent
            box.setParent(None)
            box.deleteLater()
        self._boxes = {}
        for entry in self._services.inference.entries:
            if entry.card is None:
                continue
            name = model_name(entry)
            if entry.card.is_experimental:
                name = self.tr("{name} (experimental)").format(name=name)
            box = QCheckBox(name, self._rows)
            box.setObjectName(f"auto-{entry.id}")
            box.setChecked(entry.id in self._chosen)
            self._list.addWidget(box)
            self._boxes[entry.id] = box
