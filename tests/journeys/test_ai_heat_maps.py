"""What influenced a model, on the slices and in 3-D: asked for, seen, dimmed, switched off."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from medviewer.ai import explanation, registry
from medviewer.ai.card_file import read_card, write_card
from medviewer.ai.model_card import SaliencySpec
from tests.ai_page import (
    WAIT_MS,
    image_id,
    open_study,
    run_model,
    shown_texts,
)
from tests.shell_window import shown_window


@pytest.fixture
def explained_models(monkeypatch, models_folder, tmp_path):
    """The segmentation network with a card that names a layer; nothing else."""
    folder = tmp_path / "models"
    (folder / "ellipsoid-mr").mkdir(parents=True)
    for path in (models_folder / "ellipsoid-mr").iterdir():
        (folder / "ellipsoid-mr" / path.name).write_bytes(path.read_bytes())
    card = read_card(folder / "ellipsoid-mr" / "card.json")
    spec = SaliencySpec("network.upsamples.1", reference={"upper": 0.02, "lower": 0.02})
    write_card(replace(card, saliency=spec), folder / "ellipsoid-mr" / "card.json")
    monkeypatch.setattr(registry, "bundled_folder", lambda: folder)


def picture(view):
    """RGB of a view's middle as drawn, int."""
    image = view.grab().toImage()
    image = image.convertToFormat(image.Format.Format_RGB888)
    values = np.frombuffer(image.constBits(), np.uint8)
    values = values.reshape(image.height(), image.bytesPerLine())[:, : image.width() * 3]
    return values.reshape(image.height(), image.width(), 3)[60:-60, 60:-60].astype(int)


def warm_pixels(view):
    """Pixels that are redder than blue: what the strong part of a heat map looks like."""
    values = picture(view)
    return int(((values[..., 0] - values[..., 2] > 60) & (values[..., 0] > 120)).sum())


def show_heat(window, qtbot, block, name="heat-1"):
    results = window.services.results
    QTest.mouseClick(block.findChild(QToolButton, name), Qt.MouseButton.LeftButton)

    def shown():
        (result,) = results.of_image(image_id(window))
        return [s for s in result.saliency if results.display(s).is_visible]

    qtbot.waitUntil(lambda: bool(shown()), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.services.inference.running is None, timeout=WAIT_MS)
    return shown()[0]


def go_to_heat(window, item, index):
    """Show in a slice view where a map is hottest."""
    hottest = np.unravel_index(item.values.argmax(), item.values.shape)
    place = tuple(item.geometry.ijk_to_lps(hottest[::-1]).tolist())
    nearest = window.grid.views[index].scene.slice_index_at(place)
    store = window.services.view_store
    store.update_slice(index, focus_lps_mm=place, slice_index=nearest)


@pytest.mark.usefixtures("explained_models")
def test_what_influenced_a_segment_is_seen_in_slices_planes_and_3d_and_obeys_the_keys(
    window, qtbot, study
):
    block = open_study(window, qtbot, study)
    result = run_model(window, qtbot, block)
    results = window.services.results
    results.update_display(result.segmentations[0], is_visible=False)  # heat alone
    assert results.of_image(image_id(window))[0].saliency == ()
    item = show_heat(window, qtbot, block)
    assert (item.label, item.method) == ("upper", "Seg-Grad-CAM")
    assert "not where disease is" in shown_texts(block)
    view = window.grid.views[0]
    go_to_heat(window, item, 0)
    qtbot.waitUntil(lambda: warm_pixels(view) > 100, timeout=WAIT_MS)
    strong = warm_pixels(view)
    QTest.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: warm_pixels(view) < 20, timeout=WAIT_MS)
    QTest.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: warm_pixels(view) > strong * 0.9, timeout=WAIT_MS)
    for _ in range(5):
        QTest.keyClick(window, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: warm_pixels(view) < strong * 0.8, timeout=WAIT_MS)
    for _ in range(5):
        QTest.keyClick(window, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: warm_pixels(view) > strong * 0.9, timeout=WAIT_MS)


@pytest.mark.usefixtures("explained_models")
def test_heat_lies_in_every_plane_turned_ones_too_and_as_a_cloud_in_3d(window, qtbot, study):
    block = open_study(window, qtbot, study)
    result = run_model(window, qtbot, block)
    window.services.results.update_display(result.segmentations[0], is_visible=False)
    item = show_heat(window, qtbot, block)
    QTest.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    for index in range(3):
        go_to_heat(window, item, index)
    store = window.services.view_store
    views = window.grid.views
    for view in views[:4]:
        qtbot.waitUntil(lambda view=view: warm_pixels(view) > 100, timeout=WAIT_MS)
    angle = np.deg2rad(30)
    turn = (1.0, 0.0, 0.0, 0.0, np.cos(angle), -np.sin(angle), 0.0, np.sin(angle), np.cos(angle))
    before = picture(views[1])
    store.update_slice(1, oblique=tuple(float(v) for v in turn))
    qtbot.waitUntil(lambda: np.abs(picture(views[1]) - before).max() > 60, timeout=WAIT_MS)
    assert warm_pixels(views[1]) > 100
    warm = [warm_pixels(view) for view in views[:4]]
    QTest.keyClick(window, Qt.Key.Key_S)
    for view, n in zip(views, warm, strict=False):  # crosshair lines and bone are warm too
        qtbot.waitUntil(lambda view=view, n=n: warm_pixels(view) < n / 2, timeout=WAIT_MS)


@pytest.mark.usefixtures("explained_models")
def test_a_heat_map_is_made_once_goes_off_at_a_second_click_and_is_there_after_a_restart(
    qapp, qtbot, study, monkeypatch
):
    made = []
    real = explanation.explain_result
    monkeypatch.setattr(explanation, "explain_result", lambda *a: made.append(a[1].id) or real(*a))
    with shown_window() as window:
        block = open_study(window, qtbot, study)
        run_model(window, qtbot, block)
        first = show_heat(window, qtbot, block)
        results = window.services.results
        QTest.mouseClick(block.findChild(QToolButton, "heat-1"), Qt.MouseButton.LeftButton)
        assert not results.display(first).is_visible
        assert "not where disease is" not in shown_texts(block)
        again, other = show_heat(window, qtbot, block), show_heat(window, qtbot, block, "heat-2")
        assert (again.id, other.label, len(made)) == (first.id, "lower", 1)
        assert not results.display(first).is_visible, "one heat map at a time"
    with shown_window() as window:
        block = open_study(window, qtbot, study)
        (result,) = window.services.results.of_image(image_id(window))
        assert [s.label for s in result.saliency] == ["upper", "lower"]
        assert result.saliency[0].geometry == first.geometry
        assert np.allclose(result.saliency[0].values, first.values, atol=1e-2)
        assert show_heat(window, qtbot, block).id == first.id
        assert len(made) == 1


@pytest.mark.usefixtures("trained_models")
def test_a_model_that_names_no_layer_offers_no_heat_map(window, qtbot, study):
    block = open_study(window, qtbot, study)
    run_model(window, qtbot, block)
    assert block.findChild(QToolButton, "jump-1") is not None
    assert block.findChild(QToolButton, "heat-1") is None
