"""Preferences page: which models run by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from medviewer.ui.panels.panel_parts import Section, hint

if TYPE_CHECKING:
    from medviewer.app.services import Services


class AiPage(QWidget):
    """One box for each installed model.

    Parameters
    ----------
    services : Services
    """

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._boxes: dict[str, QCheckBox] = {}
        self._missing: tuple[str, ...] = ()
        chosen = services.settings.settings.auto_run_models
        section = Section(self.tr("Run when an image they fit is opened"), self)
        for entry in services.inference.entries:
            if entry.card is None:
                continue
            name = entry.card.name
            if entry.card.is_experimental:
                name = self.tr("{name} (experimental)").format(name=name)
            box = QCheckBox(name, self)
            box.setObjectName(f"auto-{entry.id}")
            box.setChecked(entry.id in chosen)
            section.add(box)
            self._boxes[entry.id] = box
        self._missing = tuple(name for name in chosen if name not in self._boxes)
        note = self.tr(
            "A model runs only on images like those it was trained on; otherwise it says why not."
        )
        section.add(hint(note, self))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 16, 4, 4)
        layout.addWidget(section)
        layout.addStretch(1)

    def chosen(self) -> tuple[str, ...]:
        """Ids of the models that run by themselves; those not installed now are kept."""
        ticked = (name for name, box in self._boxes.items() if box.isChecked())
        return (*ticked, *self._missing)
