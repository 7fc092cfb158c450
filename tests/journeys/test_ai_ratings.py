"""What a model says beside place and size: how solid, and how suspicious to radiologists."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from medviewer.app.paths import data_path
from medviewer.app.result_archive import load_results
from medviewer.ui.views.result_marks import mark_text
from tests.ai_page import WAIT_MS, findings_result, image_id, open_study

pytestmark = pytest.mark.usefixtures("trained_models")


def test_the_list_rates_the_chosen_finding_and_says_that_this_is_no_diagnosis(window, qtbot, study):
    block = open_study(window, qtbot, study)
    result = findings_result(window)
    first, *others = result.findings.findings
    rated = replace(first, solidity="part-solid", suspicion_rating=3.42)
    findings = replace(result.findings, findings=(rated, *others))
    window.services.results.put(replace(result, findings=findings))
    qtbot.waitUntil(lambda: block.findings is not None)
    panel = block.findings
    QTest.keyClick(window, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: panel.selected == rated, timeout=WAIT_MS)
    words = "part-solid\nSuspicion as rated by radiologists: 3.4 of 5, not a diagnosis"
    assert panel._ratings.text() == words
    assert panel._table.item(0, 1).toolTip() == words
    assert "part-solid" in mark_text(rated, None)
    kept = load_results(data_path("results"), image_id(window))[0].findings.findings[0]
    assert (kept.solidity, kept.suspicion_rating) == ("part-solid", 3.42)
    QTest.keyClick(window, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: panel.selected == others[0], timeout=WAIT_MS)
    assert panel._ratings.text() == ""
    assert not panel._ratings.isVisible()
