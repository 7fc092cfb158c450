"""A study that is closed makes room: the next one is shown, and the same one again."""

import pytest

from tests.phantoms import write_spheres
from tests.shell_window import drop_paths, is_read

WAIT_MS = 20_000


@pytest.mark.parametrize("layout", ["1x1", "mpr3d"])
def test_a_study_is_shown_when_it_is_opened_again_after_closing(window, qtbot, tmp_path, layout):
    assert drop_paths(window, write_spheres(tmp_path / "spheres"))
    qtbot.waitUntil(lambda: is_read(window), timeout=WAIT_MS)
    window.commands.set_layout(layout)
    shown = window.services.loading.shown_ids()
    window.window_commands.close_study()
    assert window.empty_state.isVisible()
    assert window.services.loading.shown_ids() == set()
    assert drop_paths(window, tmp_path / "spheres")
    qtbot.waitUntil(lambda: is_read(window), timeout=WAIT_MS)
    assert window.services.loading.shown_ids() == shown
    assert window.grid.isVisible()
