"""Thumbnails and recent studies at the next start."""

from PIL import Image

from medviewer.app.paths import data_path
from medviewer.app.thumbnails import Thumbnails
from tests.shell_window import opened, shown_window


def test_thumbnails_appear_and_are_kept_for_the_next_time(window, qtbot, tmp_path):
    opened(window, qtbot, tmp_path)
    thumbnails = window.services.thumbnails
    volume_id = window.services.view_store.pane(0).volume_id
    qtbot.waitUntil(lambda: thumbnails.picture(volume_id) is not None, timeout=20_000)
    again = Thumbnails(window.services.runner, thumbnails.folder)
    n_images = len(window.services.session.locate(volume_id).volume.frames)
    assert again.picture(volume_id, n_images) is not None
    again.clear()
    assert list(thumbnails.folder.glob("*.npy")) == []
    again.deleteLater()


def test_recent_studies_are_offered_at_the_next_start(window, qtbot, tmp_path):
    opened(window, qtbot, tmp_path)
    with shown_window() as again:
        titles = again.empty_state.recent_titles
        qtbot.waitUntil(lambda: bool(titles()), timeout=20_000)
        assert any("Sphere, Phantom" in title for title in titles())


def test_a_recent_picture_of_nobody_goes_by_the_name_of_its_file(window, qtbot, tmp_path):
    Image.new("L", (40, 30), 90).save(tmp_path / "knee.png")
    window.window_commands.open_paths([tmp_path / "knee.png"])
    store = window.services.view_store
    qtbot.waitUntil(lambda: store.pane(0).volume_id != "", timeout=20_000)
    titles = window.empty_state.recent_titles
    window.services.library.search()
    qtbot.waitUntil(lambda: bool(titles()), timeout=20_000)
    assert titles()[0].startswith("knee.png")


def test_a_library_that_cannot_be_kept_is_said_and_keeps_nobody_from_reading(qapp, qtbot, tmp_path):
    data_path().parent.mkdir(parents=True, exist_ok=True)
    data_path().write_bytes(b"")  # a file where the folder of the library would be
    with shown_window() as window:
        said = []
        window.services.library.failed.connect(said.append)
        opened(window, qtbot, tmp_path)
        qtbot.waitUntil(lambda: bool(said), timeout=20_000)
        assert window.status.message().startswith("Opened studies are not remembered. A file")
