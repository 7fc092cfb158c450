"""The view grid: panes in a layout, kept in step with the view store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor, QPalette

from medviewer.app.arranging import Arranging
from medviewer.app.jobs import JobRunner
from medviewer.app.linking import ViewLinking
from medviewer.app.view_store import PaneMode, n_panes
from medviewer.ui.views.pane_commands import PaneCommands
from medviewer.ui.views.pane_layout import pane_rects
from medviewer.ui.views.pane_view import ViewContext
from medviewer.ui.views.render_scheduler import RenderScheduler
from medviewer.ui.views.slice_view import SliceView
from medviewer.ui.views.time_slider import HEIGHT_PX, TimeSlider, siblings_of
from medviewer.ui.views.view_colors import GAP
from medviewer.ui.views.view_menu import view_menu
from medviewer.ui.views.volume_view import VolumeView

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QCloseEvent, QResizeEvent
    from PySide6.QtWidgets import QWidget

    from medviewer.app.session import Session
    from medviewer.app.view_store import GridState, PaneState, ViewStore
    from medviewer.core.display import OverlayDisplay
    from medviewer.core.findings import Finding
    from medviewer.core.presentation import DisplayedArea
    from medviewer.ui.views.pane_view import PaneView


class ViewGrid(PaneCommands):
    """Shows what the view store says; everything the reader does goes into the store.

    Parameters
    ----------
    session : Session
    store : ViewStore
    request_image : callable
        Takes the id of an image that a visible pane needs decoded.
    """

    active_pane_changed = Signal(int)
    context_menu_requested = Signal(int, QPoint)
    """(pane index, global position)"""
    finding_edited = Signal(str, object)
    """(image id, Finding with its new place and size)"""

    def __init__(
        self,
        session: Session,
        store: ViewStore,
        request_image: Callable[[str], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(session, store, parent)
        self._request_image = request_image
        self.scheduler = RenderScheduler(self)
        self.linking = ViewLinking(session, store, self)
        self.linking.linked_by_distance.connect(self._say_linked_by_distance)
        self.arranging = Arranging(session, store, self)
        self._runner = JobRunner(self)
        self.absence: Callable[[str], str] = lambda _volume_id: ""
        self._context = ViewContext(
            session,
            store,
            self.scheduler,
            self.show_volume,
            self.swap_panes,
            self._runner,
            lambda volume_id: self.absence(volume_id),
            lambda volume_id: self.presentations(volume_id),
        )
        self._views: dict[int, PaneView] = {}
        self._sliders: dict[int, TimeSlider] = {}
        self._results: list[tuple[Any, OverlayDisplay]] = []
        self._asked: dict[int, str] = {}
        self._is_closed = False
        self._covered_px = 0
        self.setObjectName("viewGrid")
        self.setAutoFillBackground(True)
        self._paint_gaps()
        self.setMinimumSize(240, 180)
        store.pane_changed.connect(self._on_pane_changed)
        store.grid_changed.connect(self._on_grid_changed)
        session.image_added.connect(self._on_image_grown)
        session.image_updated.connect(self._on_image_grown)
        session.image_completed.connect(self._on_image_grown)
        session.image_removed.connect(self._on_image_grown)
        session.studies_changed.connect(self._place_views)
        self._place_views()

    @property
    def views(self) -> tuple[PaneView, ...]:
        """Views of the present layout, by pane."""
        return tuple(self._views[i] for i in range(n_panes(self.store.grid.layout)))

    def view(self, index: int) -> PaneView:
        """View of a pane of the present layout."""
        return self._views[index]

    def show_volume(self, index: int, volume_id: str) -> None:
        """Put an image into a pane (in an MPR layout into all of them)."""
        self.arranging.show(index, volume_id)

    def swap_panes(self, first: int, second: int) -> None:
        """Let two panes change places."""
        with self.linking.paused():
            self.store.swap(first, second)

    def set_results(self, results: list[tuple[Any, OverlayDisplay]]) -> None:
        """Draw results of models in every view they belong to."""
        self._results = list(results)
        for view in self._views.values():
            view.show_results(self._shown_results())

    def centre_on(self, finding: Finding) -> None:
        """Bring a finding into the middle of every magnified view that shows it."""
        with self.linking.paused():
            for view in self.views:
                if isinstance(view, SliceView):
                    view.centre_on(finding)

    def one_to_one_zoom(self, index: int) -> float | None:
        """Zoom at which an image pixel is a device pixel; ``None`` for a 3-D view."""
        view = self._views[index]
        return view.scene.one_to_one_zoom if isinstance(view, SliceView) else None

    def show_area(self, index: int, area: DisplayedArea) -> None:
        """Let a part of the image fill a 2-D view."""
        view = self._views[index]
        if isinstance(view, SliceView):
            view.show_area(*area.corners)

    def set_covered(self, width_px: int) -> None:
        """Keep what the views say off a strip at the right that something lies over."""
        self._covered_px = width_px
        self._place_views()

    def say_absence(self, volume_id: str) -> None:
        """Have the panes of an image say anew why it is not there."""
        for index, view in self._views.items():
            if self.store.pane(index).volume_id == volume_id:
                view.request_text()

    def close_views(self) -> None:
        """Free everything VTK holds; the grid shows nothing afterwards."""
        if self._is_closed:
            return
        self._is_closed = True
        self.cine.stop()
        self.scheduler.stop()
        for view in self._views.values():  # kept: whoever asks late still finds a closed view
            view.close_view()
        self._runner.shutdown()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Free the views with the grid."""
        self.close_views()
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the panes out anew."""
        super().resizeEvent(event)
        self._place_views()

    def _on_pane_changed(self, index: int, old: PaneState, new: PaneState) -> None:
        if index >= n_panes(self.store.grid.layout) or self._is_closed:
            return
        if old.mode is not new.mode or old.volume_id != new.volume_id:
            self._place_views()
        else:
            self._views[index].show_pane()
        if old.slice != new.slice or old.volume_id != new.volume_id:  # a 3-D view has no marks
            self._request_marks(index)

    def _on_grid_changed(self, old: GridState, new: GridState) -> None:
        if self._is_closed:
            return
        if (old.layout, old.maximised) != (new.layout, new.maximised):
            self.cine.stop()
            self._place_views()
        if old.tool != new.tool:
            for view in self._views.values():
                view.show_tool()
        if old.are_overlays_shown != new.are_overlays_shown:
            for view in self._views.values():
                view.show_results(self._shown_results())
        for view in self._views.values():
            view.request_text()
        if old.active != new.active:
            self.active_pane_changed.emit(new.active)

    def _on_image_grown(self, volume_id: str) -> None:
        for index, view in self._views.items():
            if self.store.pane(index).volume_id == volume_id:
                view.show_voxels()

    def _say_linked_by_distance(self) -> None:
        self.status_text.emit(
            self.tr(
                "Series without a common frame of reference page together by distance, "
                "not by position."
            )
        )

    def _request_marks(self, changed: int) -> None:
        """Repaint crosshairs and reference lines that follow another pane's cut."""
        grid = self.store.grid
        if grid.are_reference_lines_shown or grid.is_crosshair_shown:
            for index, view in self._views.items():
                if index != changed:
                    view.request_text()

    def _place_views(self) -> None:
        """Have exactly the views the layout asks for, where it wants them."""
        if self._is_closed:
            return
        grid = self.store.grid
        n = n_panes(grid.layout)
        for index in [i for i in self._views if i >= n]:
            self._drop_view(index)
        rects = pane_rects(grid.layout, self.width(), self.height())
        for index in range(n):
            view = self._view_for(index)
            is_shown = grid.maximised is None or grid.maximised == index
            rect = self.rect() if grid.maximised == index else rects[index]
            pane = self.store.pane(index)
            volumes = siblings_of(self.session, pane.volume_id)
            hidden = rect.right() + 1 - (self.width() - self._covered_px)
            covered = min(max(hidden, 0), rect.width())
            slider = self._sliders[index]
            slider.show_volumes(volumes if is_shown else (), pane.volume_id)
            if volumes:
                slider.setGeometry(rect.adjusted(0, rect.height() - HEIGHT_PX, -covered, 0))
                rect = rect.adjusted(0, 0, 0, -HEIGHT_PX)
            view.setGeometry(rect)
            view.set_covered(covered)
            view.setVisible(is_shown)
            view.show_pane()
            self._request_missing(index, pane.volume_id)

    def _request_missing(self, index: int, volume_id: str) -> None:
        """Ask for an image once each time it is put into a pane: one that fails is not retried."""
        if self._asked.get(index) == volume_id:
            return
        self._asked[index] = volume_id
        if volume_id and self.session.image(volume_id) is None:
            self._request_image(volume_id)

    def _view_for(self, index: int) -> PaneView:
        kind = VolumeView if self.store.pane(index).mode is PaneMode.VOLUME else SliceView
        view = self._views.get(index)
        if isinstance(view, kind):
            return view
        if view is not None:
            self._drop_view(index)
        view = kind(self._context, index, self)
        view.context_menu_requested.connect(self.context_menu_requested)
        view.context_menu_requested.connect(self._show_menu)
        view.finding_edited.connect(self.finding_edited)
        view.show_results(self._shown_results())
        slider = TimeSlider(self)
        slider.chosen.connect(lambda volume_id: self.step_to_sibling(index, volume_id))
        self._views[index], self._sliders[index] = view, slider
        return view

    def _show_menu(self, _index: int, place: QPoint) -> None:
        menu = view_menu(self, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _drop_view(self, index: int) -> None:
        view, slider = self._views.pop(index), self._sliders.pop(index)
        self._asked.pop(index, None)
        view.close_view()
        for widget in (view, slider):
            widget.setParent(None)
            widget.deleteLater()

    def _shown_results(self) -> list[tuple[Any, OverlayDisplay]]:
        return self._results if self.store.grid.are_overlays_shown else []

    def _paint_gaps(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(GAP))
        self.setPalette(palette)
