"""What keys, menus and panels ask of the views, and what they need to know of the active one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from medviewer.app.hanging import hang
from medviewer.app.view_store import MPR_LAYOUTS, PaneState
from medviewer.app.window_presets import WindowPreset, shipped_presets
from medviewer.core.volume import ImageStack, Volume

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from medviewer.app.services import Services
    from medviewer.app.session import Image, Located
    from medviewer.app.view_store import GridState
    from medviewer.core.windowing import VoiLut, VoiWindow
    from medviewer.ui.views.view_grid import ViewGrid


class ViewCommands(QObject):
    """Acts on the active pane.

    Parameters
    ----------
    services : Services
    grid : callable
        The view grid, made when it is first asked for.
    """

    def __init__(
        self, services: Services, grid: Callable[[], ViewGrid], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._session = services.session
        self._store = services.view_store
        self._layout_before = "1x1"
        self.grid = grid

    @property
    def active(self) -> int:
        """Index of the active pane."""
        return self._store.grid.active

    @property
    def pane(self) -> PaneState:
        """State of the active pane."""
        return self._store.pane(self.active)

    @property
    def grid_state(self) -> GridState:
        """State of the whole grid."""
        return self._store.grid

    @property
    def image(self) -> Image | None:
        """Decoded image of the active pane."""
        return self._session.image(self.pane.volume_id)

    @property
    def located(self) -> Located | None:
        """Record of the active pane's image."""
        return self._session.locate(self.pane.volume_id)

    @property
    def is_color(self) -> bool:
        """Whether the active pane shows a colour image."""
        image = self.image
        return isinstance(image, ImageStack) and image.is_color_at(self.pane.slice.slice_index)

    @property
    def n_cine_images(self) -> int:
        """How many images of the active pane can be played; 0 for none."""
        return 0 if self.image is None else self.grid().n_cine_images(self.active)

    @property
    def presets(self) -> tuple[WindowPreset, ...]:
        """Window presets in force."""
        return self._services.settings.settings.window_presets or shipped_presets()

    def preset_of_key(self, key: int) -> WindowPreset | None:
        """Preset on a number key."""
        return next((preset for preset in self.presets if preset.key == key), None)

    def header_windows(self) -> tuple[VoiWindow | VoiLut, ...]:
        """Windows the DICOM header offers for what the active pane shows."""
        image = self.image
        if isinstance(image, Volume):
            return image.vois
        if isinstance(image, ImageStack):
            frame = image.frame_at(self.pane.slice.slice_index)
            return frame.vois if frame is not None else ()
        return ()

    def shown_window(self) -> VoiWindow | VoiLut | None:
        """Window on screen: the chosen one, the header's, or the one found from the values."""
        if self.pane.slice.voi is not None or self.image is None:
            return self.pane.slice.voi
        scene = getattr(self.grid().view(self.active), "scene", None)
        shown: VoiWindow | VoiLut | None = getattr(scene, "voi", None)
        return shown

    def show(self, volume_id: str) -> None:
        """Put an image into the active pane (every pane of an MPR layout) and decode it."""
        self.grid().show_volume(self.active, volume_id)
        self._services.loading.request_image(volume_id)

    def hang_if_empty(self) -> None:
        """First look at what was opened; never touches views that already show something."""
        if any(pane.volume_id for pane in self._store.panes.values()):
            return
        hanging = hang(self._session.studies)
        if hanging is None:
            return
        self._store.update_grid(layout=hanging.layout, active=0, maximised=None)
        for index, volume_id in enumerate(hanging.volume_ids):
            self.grid().show_volume(index, volume_id)
            self._services.loading.request_image(volume_id)

    def set_layout(self, layout: str) -> None:
        """Arrange the panes."""
        self.grid().set_layout(layout)

    def toggle_layout(self, layout: str) -> None:
        """Enter an MPR layout, or go back to the layout before it."""
        current = self._store.grid.layout
        if current not in MPR_LAYOUTS:
            self._layout_before = current
        self.set_layout(self._layout_before if current == layout else layout)

    def set_tool(self, tool: str) -> None:
        """Choose what the left button does."""
        self._store.update_grid(tool=tool)

    def toggle_grid(self, field: str) -> None:
        """Flip a switch that concerns all panes."""
        self._store.update_grid(**{field: not getattr(self._store.grid, field)})

    def toggle_slice(self, field: str) -> None:
        """Flip a switch of the active 2-D view."""
        self._store.update_slice(self.active, **{field: not getattr(self.pane.slice, field)})

    def set_window(self, voi: VoiWindow | VoiLut | Literal["auto"] | None) -> None:
        """Window of the active pane: ``None`` is the image's own, ``"auto"`` from its values."""
        self.grid().set_window(voi)

    def apply_key(self, key: int) -> None:
        """Apply a number key: 0 the header's windows in turn, 1 automatic, 2 to 9 presets."""
        preset = self.preset_of_key(key)
        if key == 0:
            self.set_window(self._next_header_window())
        elif key == 1:
            self.set_window("auto")
        elif preset is not None:
            self.set_window(preset.voi)

    def is_maximised(self) -> bool:
        """Whether one view fills the grid."""
        return self._store.grid.maximised is not None

    def is_playing(self) -> bool:
        """Whether the cine runs."""
        return bool(self._session.studies) and self.grid().cine.is_playing

    def _next_header_window(self) -> VoiWindow | VoiLut | None:
        windows = self.header_windows()
        current = self.pane.slice.voi
        if len(windows) < 2:
            return None
        shown = windows[0] if current is None else current
        index = next((n for n, window in enumerate(windows) if window is shown), -1)
        return windows[(index + 1) % len(windows)]
