"""The volume of a structure stands against a norm of the patient's age."""

from dataclasses import replace

import pydicom
import pytest
from PySide6.QtWidgets import QLabel, QTextBrowser

from medviewer.ui.panels.model_card_dialog import ModelCardDialog
from tests.ai_page import open_study, run_model

pytestmark = pytest.mark.usefixtures("trained_models")


def with_norms(window, qtbot, block):
    """Let the model of the page be one of one side whose volumes have norms."""
    inference = window.services.inference
    entry = inference.entry("ellipsoid-mr")
    card = replace(entry.card, is_localised=True, volume_norm="hippocampus")
    inference._entries = (replace(entry, card=card),)
    inference._loaded = None
    window.ai.panel._shown = ()
    inference.changed.emit()
    qtbot.waitUntil(lambda: window.ai.panel.blocks[0] is not block)
    return window.ai.panel.blocks[0]


def stated(folder, **elements):
    """Write elements into the headers of a study."""
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        for keyword, value in elements.items():
            setattr(dataset, keyword, value)
        dataset.save_as(path)
    return folder


@pytest.mark.parametrize(
    ("elements", "says"),
    [
        ({"PatientAge": "063Y", "Laterality": "L"}, "left side: 3.26 ± 0.34 ml"),
        ({"PatientBirthDate": "19600101", "Laterality": "R"}, "right side: 3.43 ± 0.32 ml"),
        ({"PatientAge": "063Y"}, "side unknown"),
        ({"PatientAge": "030Y"}, "No norm for 30 years"),
        ({}, "No norm: the patient's age at the study is unknown."),
    ],
)
def test_the_panel_says_the_norm_or_why_there_is_none(window, qtbot, study, elements, says):
    block = open_study(window, qtbot, stated(study, **elements))
    block = with_norms(window, qtbot, block)
    result = run_model(window, qtbot, block)
    assert result.segmentations
    note = block.findChild(QLabel, "norm")
    qtbot.waitUntil(lambda: block.findChild(QLabel, "norm") is not None)
    note = block.findChild(QLabel, "norm")
    assert says in note.text()
    assert "PMC3773349" in note.toolTip()


def test_the_card_cites_the_norms(window, qtbot, study):
    block = open_study(window, qtbot, study)
    entry = with_norms(window, qtbot, block).entry
    dialog = ModelCardDialog(entry.card, window)
    assert "PMC3773349" in dialog.findChild(QTextBrowser).toPlainText()
    dialog.close()
