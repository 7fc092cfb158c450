"""Dialogs that say what a file holds or what went wrong."""

from PIL import Image
from PySide6.QtWidgets import (
    QLineEdit,
    QTreeWidget,
)

from tests.shell_window import dialogs, opened


def test_an_error_of_a_slot_is_shown_with_details(window, qapp):
    from medviewer.ui.application import exception_hook

    hook = exception_hook(lambda: window)
    try:
        raise KeyError("lost")
    except KeyError as error:
        hook(type(error), error, error.__traceback__)
    (dialog,) = dialogs()
    assert "KeyError" in dialog.details()
    dialog.close()


def test_the_header_browser_lists_and_finds_elements(window, qtbot, tmp_path):
    opened(window, qtbot, tmp_path)
    window.dialogs.headers()
    (dialog,) = dialogs()
    table = dialog.findChild(QTreeWidget)
    qtbot.waitUntil(lambda: table.topLevelItemCount() > 20, timeout=20_000)
    dialog.findChild(QLineEdit).setText("patient name")
    names = {table.topLevelItem(n).text(0) for n in range(table.topLevelItemCount())}
    assert "(0010,0010)" in names
    assert len(names) < 20
    dialog.close()


def test_a_picture_has_no_dicom_header_and_says_so(window, qtbot, tmp_path):
    Image.new("L", (40, 30), 90).save(tmp_path / "chest.png")
    window.window_commands.open_paths([tmp_path / "chest.png"])
    store = window.services.view_store
    qtbot.waitUntil(lambda: store.pane(0).volume_id != "", timeout=20_000)
    header = window.table.definition("file.headers")
    assert header.missing() == "chest.png is not DICOM: it has no such header."
