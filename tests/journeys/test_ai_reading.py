"""AI in the real window: run a model, see it, walk through it, find it again."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QPushButton, QToolButton

from medviewer.ai.model_card import OperatingPoint
from medviewer.ai.model_result import ModelResult, RunStatus
from medviewer.app.paths import data_path
from medviewer.app.result_archive import load_results
from medviewer.core.findings import Finding, FindingSet, ReviewState
from medviewer.core.provenance import Provenance
from medviewer.io.dicom_seg import read_segmentation
from medviewer.io.dicom_write import SeriesHeader, write_series
from medviewer.ui.dialogs.preferences import PreferencesDialog
from medviewer.ui.panels.ai_context import AiContext
from medviewer.ui.panels.model_card_dialog import ModelCardDialog
from medviewer.ui.peek import LONG_PRESS_MS
from tests.ai_page import (
    WAIT_MS,
    button,
    colored_pixels,
    findings_result,
    image_id,
    open_study,
    run_model,
    shown_texts,
)
from tests.shell_window import shown_window
from tests.unit.ai.planted import dice, standard_volume

pytestmark = pytest.mark.usefixtures("trained_models")


def test_a_model_runs_is_drawn_is_hidden_and_is_there_after_a_restart(
    qapp, qtbot, study, planted_case
):
    with shown_window() as window:
        block = open_study(window, qtbot, study)
        assert [b.entry.id for b in window.ai.panel.blocks] == ["ellipsoid-mr"]
        result = run_model(window, qtbot, block)
        assert dice(result.segmentations[0].labels == 1, planted_case[1] == 1) > 0.7
        qtbot.waitUntil(lambda: "ml" in shown_texts(block))
        pane = window.services.view_store.pane(0)
        qtbot.waitUntil(lambda: colored_pixels(window) > 200, timeout=WAIT_MS)
        QTest.keyClick(window, Qt.Key.Key_S)
        qtbot.waitUntil(lambda: colored_pixels(window) < 50, timeout=WAIT_MS)
        QTest.keyClick(window, Qt.Key.Key_S)
        qtbot.waitUntil(lambda: colored_pixels(window) > 200, timeout=WAIT_MS)
        assert window.services.view_store.pane(0) == pane, "toggling moved the image"
        with qtbot.waitSignal(window.ai.saved, timeout=WAIT_MS):
            window.ai.save_dicom_in(study.parent / "shared")
        written = read_segmentation(study.parent / "shared" / "ellipsoid-mr" / "seg.dcm")
        assert written.volume_ml(1) == pytest.approx(result.segmentations[0].volume_ml(1))
        QTest.keyClick(window, Qt.Key.Key_A)
        display = window.services.results.display(result.segmentations[0])
        assert display.opacity == pytest.approx(0.8)
    with shown_window() as window:
        open_study(window, qtbot, study)
        again = window.services.results.of_image(image_id(window))
        assert np.array_equal(again[0].segmentations[0].labels, result.segmentations[0].labels)
        assert again[0].provenance == result.provenance
        qtbot.waitUntil(lambda: colored_pixels(window) > 200, timeout=WAIT_MS)


def test_a_segments_largest_slice_is_shown_on_request(window, qtbot, study):
    block = open_study(window, qtbot, study)
    result = run_model(window, qtbot, block)
    labels = result.segmentations[0].labels
    largest = int(np.count_nonzero(labels == 1, axis=(1, 2)).argmax())
    jump = block.findChild(QToolButton, "jump-1")
    QTest.mouseClick(jump, Qt.MouseButton.LeftButton)
    state = window.services.view_store.pane(0).slice
    image = window.services.session.image(image_id(window))
    k = image.geometry.lps_to_ijk(state.focus_lps_mm)[2]
    assert round(k) == largest


def test_long_names_of_segments_are_read_whole_and_leave_room_for_the_buttons(
    window, qtbot, study, monkeypatch
):
    monkeypatch.setattr(AiContext, "display_name", lambda *_: "Posterior hippocampus")
    monkeypatch.setattr(type(window.services.inference), "can_explain", lambda *_: True)
    block = open_study(window, qtbot, study)
    run_model(window, qtbot, block)
    qtbot.waitUntil(lambda: block.findChild(QToolButton, "heat-1") is not None)
    qtbot.wait(200)
    button = block.findChild(QToolButton, "heat-1")
    right = button.mapTo(window.inspector, button.rect().topRight()).x()
    assert right < window.inspector.width()
    named = [b for b in block.findChildren(QCheckBox) if "\n" in b.text()]
    assert named
    assert all(b.height() >= b.fontMetrics().lineSpacing() * 2 for b in named)


def test_a_run_can_be_cancelled_and_started_again(window, qtbot, study):
    block = open_study(window, qtbot, study)
    inference = window.services.inference
    QTest.mouseClick(button(block, "Run"), Qt.MouseButton.LeftButton)
    assert inference.is_pending("ellipsoid-mr", image_id(window))
    inference.cancel("ellipsoid-mr", image_id(window))
    qtbot.waitUntil(lambda: inference.running is None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: any(b.text() == "Run" for b in block.findChildren(QPushButton)))
    assert run_model(window, qtbot, block).status is RunStatus.OK


def test_the_card_is_shown_in_words(window, qtbot, study):
    block = open_study(window, qtbot, study)
    info = next(b for b in block.findChildren(QToolButton) if "What this model" in b.toolTip())
    QTest.mouseClick(info, Qt.MouseButton.LeftButton)
    dialog = window.findChild(ModelCardDialog)
    text = dialog._text.toPlainText()
    assert "Patients." in text
    assert "0.950" in text
    assert "Dice overlap" in text
    assert "Not a medical device" in text
    dialog.close()


def test_findings_are_walked_filtered_rejected_undone_and_kept(window, qtbot, study):
    block = open_study(window, qtbot, study)
    results = window.services.results
    results.put(findings_result(window))
    qtbot.waitUntil(lambda: block.findings is not None)
    panel = block.findings
    assert [f.id for f in panel.shown] == ["finding-0", "finding-1"], "0.2 is below 0.5"
    image = window.services.session.image(image_id(window))

    def focused_slice():
        focus = window.services.view_store.pane(0).slice.focus_lps_mm
        return round(float(image.geometry.lps_to_ijk(focus)[2]))

    for expected in (3, 8, 3):
        QTest.keyClick(window, Qt.Key.Key_N)
        qtbot.waitUntil(lambda e=expected: focused_slice() == e)
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: focused_slice() == 8)
    panel._slider.setValue(100)
    assert len(panel.shown) == 3
    QTest.mouseClick(button(panel, "Reject"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.selected.review is ReviewState.REJECTED)
    kept = load_results(data_path("results"), image_id(window))[0].findings.findings
    assert [f.review for f in kept] == ["open", "rejected", "open"]
    assert kept[1].reviewed_by
    assert kept[1].reviewed_at
    panel._comment.setText("vessel")
    panel._comment.editingFinished.emit()
    qtbot.waitUntil(lambda: panel.selected.comment == "vessel")
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    for expected in (("rejected", ""), ("open", "")):
        qtbot.waitUntil(window.table.qaction("ai.undo_review").isEnabled)
        QTest.keyClick(window, Qt.Key.Key_Z, control)
        qtbot.waitUntil(lambda e=expected: (panel.selected.review, panel.selected.comment) == e)
    qtbot.waitUntil(lambda: not window.table.qaction("ai.undo_review").isEnabled())
    for expected in (("rejected", ""), ("rejected", "vessel")):
        qtbot.waitUntil(window.table.qaction("ai.redo_review").isEnabled)
        QTest.keyClick(window, Qt.Key.Key_Z, control | shift)
        qtbot.waitUntil(lambda e=expected: (panel.selected.review, panel.selected.comment) == e)


def test_results_are_hidden_only_while_the_key_is_held_and_for_good_by_a_short_press(
    window, qtbot, study
):
    open_study(window, qtbot, study)
    store = window.services.view_store
    QTest.keyPress(window, Qt.Key.Key_S)
    assert not store.grid.are_overlays_shown
    QTest.qWait(LONG_PRESS_MS + 50)
    QTest.keyRelease(window, Qt.Key.Key_S)
    assert store.grid.are_overlays_shown
    QTest.keyClick(window, Qt.Key.Key_S)
    assert not store.grid.are_overlays_shown
    QTest.qWait(LONG_PRESS_MS + 50)
    QTest.keyClick(window, Qt.Key.Key_O)
    assert not store.grid.are_overlays_shown, "another key's release changed it"


def test_the_score_slider_filters_list_and_marks_and_says_what_the_card_measured(
    window, qtbot, study
):
    open_study(window, qtbot, study)
    inference, results = window.services.inference, window.services.results
    entry = inference.entry("ellipsoid-mr")
    points = tuple(
        OperatingPoint("upper", score, "finding", share, None, n, is_default=score == 0.41)
        for score, share, n in ((0.12, 0.93, 8.0), (0.41, 0.85, 1.0), (0.8, 0.6, 0.125))
    )
    card = replace(
        entry.card, id="finder", name="Finder", task="detection", operating_points=points,
        labels=entry.card.labels[:1],
    )  # fmt: skip
    inference._entries = (replace(entry, id="finder", card=card),)
    inference.changed.emit()
    qtbot.waitUntil(lambda: [b.entry.id for b in window.ai.panel.blocks] == ["finder"])
    image = window.services.session.image(image_id(window))
    places = [image.geometry.ijk_to_lps((float(i), 12.0, 8.0)).tolist() for i in (2, 6, 10)]
    findings = tuple(
        Finding(f"f{n}", "upper", score, tuple(place), 2.0)
        for n, (score, place) in enumerate(zip((0.9, 0.5, 0.2), places, strict=True))
    )
    provenance = Provenance("finder", "1.0.0", "0" * 64, (image.id,), "2026-01-01")
    found = FindingSet("set", findings, image.frame_of_reference_uid, image.id, provenance)
    results.put(ModelResult(RunStatus.OK, "finder", provenance, image.id, (24, 12), findings=found))
    block = window.ai.panel.blocks[0]
    qtbot.waitUntil(lambda: block.findings is not None)
    panel, view = block.findings, window.grid.views[0]
    QTest.keyClick(window, Qt.Key.Key_N)
    for value, n, share, false in (
        (None, 2, "85%", "1 false marks per scan"),
        (100, 3, "93%", "8 false marks per scan"),
        (850, 1, "60%", "0.12 false marks per scan"),
        (950, 0, "60%", "0.12 false marks per scan"),
    ):
        if value is not None:
            panel._slider.setValue(value)
        qtbot.waitUntil(lambda n=n: len(view.scene.finding_marks()) == n)
        assert len(panel.shown) == n
        text = panel._slider_text.text()
        assert share in text
        assert false in text


def test_a_model_runs_by_itself_only_where_the_reader_wants_it_and_the_image_fits(
    qapp, qtbot, study, tmp_path
):
    with shown_window() as window:
        open_study(window, qtbot, study)
        assert not window.services.inference.is_pending("ellipsoid-mr", image_id(window))
        dialog = PreferencesDialog(window.services, window.table, window)
        box = dialog.findChild(QCheckBox, "auto-ellipsoid-mr")
        assert not box.isChecked()
        box.setChecked(True)
        dialog.ok_button.click()
        dialog.deleteLater()
        assert window.services.settings.settings.auto_run_models == ("ellipsoid-mr",)
    odd = standard_volume(np.full((16, 24, 12), 7, np.int16), modality="MR")
    write_series(odd, tmp_path / "odd", SeriesHeader("odd"))
    for folder, status in ((study, RunStatus.OK), (tmp_path / "odd", RunStatus.REFUSED)):
        with shown_window() as window:
            open_study(window, qtbot, folder)
            results = window.services.results
            qtbot.waitUntil(
                lambda w=window, r=results: bool(r.of_image(image_id(w))), timeout=WAIT_MS
            )
            result = results.of_image(image_id(window))[0]
            assert result.status is status
            assert not result.provenance.parameters["run_anyway"]


def test_a_refused_image_says_why_and_can_be_run_anyway(window, qtbot, study):
    block = open_study(window, qtbot, study)
    inference = window.services.inference
    entry = inference.entry("ellipsoid-mr")
    gate = replace(entry.card.gate, ranges={"largest_extent_mm": (1.0, 2.0)})
    inference._entries = (replace(entry, card=replace(entry.card, gate=gate)),)
    block.entry = inference._entries[0]
    result = run_model(window, qtbot, block)
    assert result.status is RunStatus.REFUSED
    assert "Refused" in shown_texts(block)
    QTest.mouseClick(button(block, "Run anyway"), Qt.MouseButton.LeftButton)
    results = window.services.results
    qtbot.waitUntil(
        lambda: results.of_image(image_id(window))[0].status is RunStatus.OK, timeout=WAIT_MS
    )
    assert "Run anyway" in shown_texts(block)
