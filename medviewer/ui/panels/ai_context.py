"""What the panels on AI share: the image of the active view, and moving there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medviewer.core.cuts import index_nearest
from medviewer.core.volume import Volume
from medviewer.ui.card_text import shown_card

if TYPE_CHECKING:
    from medviewer.ai.model_card import CardLabel, ModelCard
    from medviewer.app.results_store import Overlay
    from medviewer.app.services import Services
    from medviewer.app.session import Image
    from medviewer.app.shared_results import SharedResult
    from medviewer.core.findings import Finding
    from medviewer.ui.view_commands import ViewCommands


class AiContext:
    """Services and commands behind the panels.

    Parameters
    ----------
    services : Services
    commands : ViewCommands
    """

    def __init__(self, services: Services, commands: ViewCommands) -> None:
        self.services = services
        self.results = services.results
        self.inference = services.inference
        self._commands = commands

    @property
    def image_id(self) -> str:
        """Id of the image in the active view; empty for none."""
        return self._commands.pane.volume_id

    @property
    def image(self) -> Image | None:
        """The image in the active view; ``None`` for none, and while it is read."""
        return self._commands.image

    @property
    def frame_index(self) -> int:
        """Frame shown of a stack; 0 for a volume."""
        image = self._commands.image
        if image is None or isinstance(image, Volume):
            return 0
        return min(self._commands.pane.slice.slice_index, len(image.frames) - 1)

    @property
    def volume(self) -> Volume | None:
        """The volume in the active view."""
        image = self._commands.image
        return image if isinstance(image, Volume) else None

    @property
    def reading_box(self) -> tuple[float, ...] | None:
        """Box the reader drew in the image, patient LPS mm; ``None`` for none."""
        box = self.services.view_store.grid.reading_box
        return box[1] if box is not None and box[0] == self.image_id else None

    def remove_reading_box(self) -> None:
        """Have models read the whole image again; the left button windows again."""
        self.services.view_store.update_grid(reading_box=None, tool="window")

    def shared_results(self) -> list[SharedResult]:
        """Segmentations and reports of the study that concern the image."""
        image = self._commands.image
        return [] if image is None else self.services.shared_results.about(image)

    def overlays(self) -> list[Overlay]:
        """List what can be drawn over the image: of models, and what came with the study."""
        own = [item for item, _ in self.results.overlays() if item.source_id == self.image_id]
        shared = [result.item for result in self.shared_results() if result.item is not None]
        return [*own, *shared]

    def card(self, model_id: str) -> ModelCard | None:
        """Card of a model that is installed, in the reader's language."""
        entry = self.inference.entry(model_id)
        return shown_card(entry) if entry else None

    def label(self, model_id: str, name: str) -> CardLabel | None:
        """Label of a model by its machine name."""
        card = self.card(model_id)
        return next((x for x in card.labels if x.name == name), None) if card else None

    def display_name(self, model_id: str, name: str) -> str:
        """Return what a reader sees for a machine name."""
        label = self.label(model_id, name)
        return label.display_name if label else name

    def go_to_point(self, point_lps_mm: tuple[float, float, float]) -> None:
        """Centre every linked view on a point of the patient."""
        image, index = self._commands.image, self._commands.active
        if image is None:
            return
        nearest = index_nearest(image, self._commands.pane.slice, point_lps_mm)
        fields: dict[str, object] = {"focus_lps_mm": point_lps_mm}
        if nearest is not None:
            fields["slice_index"] = nearest
        self.services.view_store.update_slice(index, **fields)

    def select_finding(self, finding: Finding | None) -> None:
        """Let the mark of one finding be moved and resized in the views."""
        selected = "" if finding is None else finding.id
        self.services.view_store.update_grid(selected_finding=selected)

    def go_to_finding(self, finding: Finding, frame_index: int) -> None:
        """Show a finding in every linked view; nothing moves for one that has no place here."""
        if finding.unplaced is not None:
            return
        if finding.outlines and finding.outlines[0].frame_index is not None:
            frame_index = finding.outlines[0].frame_index
        if finding.centre_lps_mm is not None:
            self.go_to_point(finding.centre_lps_mm)
        elif self.volume is None:
            self.services.view_store.update_slice(self._commands.active, slice_index=frame_index)
        self._commands.grid().centre_on(finding)

    def slice_of(self, point_lps_mm: tuple[float, float, float]) -> int | None:
        """Return the number (from 1) of the active view's image nearest to a point."""
        image = self._commands.image
        if image is None:
            return None
        nearest = index_nearest(image, self._commands.pane.slice, point_lps_mm)
        return None if nearest is None else nearest + 1
