"""What the layers below say reaches a Chinese reader in Chinese."""

import ast
import math
import re
import runpy
from pathlib import Path
from string import Formatter

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtWidgets import QTextBrowser

from medviewer.ai.gate_reference import GateReference, PictureContrast
from medviewer.ai.input_gate import check, header_problems
from medviewer.ai.model_card import CONTRAST_GRID, InputGrid, Normalisation
from medviewer.ai.model_result import ModelResult, RunStatus
from medviewer.ai.preparation import prepare_image, prepare_volume
from medviewer.ai.registry import scan
from medviewer.app.result_archive import load_results, save_result
from medviewer.core.errors import MedviewerError
from medviewer.core.messages import Message, joined
from medviewer.core.provenance import Provenance
from medviewer.core.resources import bundled_path
from medviewer.core.tasks import TaskContext
from medviewer.io.dicom_index import index_paths
from medviewer.ui.card_text import model_name, shown_card
from medviewer.ui.error_text import error_text
from medviewer.ui.message_text import message_text
from medviewer.ui.panels.model_card_dialog import ModelCardDialog
from tests.speaking import speaking
from tests.unit.ai.planted import base_card, standard_volume

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = runpy.run_path(str(ROOT / "packaging" / "translations.py"))["messages"]()
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LEFT = re.compile(r"[A-Za-z]{2,}")
"""Words of English; those of DICOM and units are let through by name."""
ALLOWED = {"Modality", "CT", "MR", "DX", "mm", "px", "KNEE", "CHEST", "DICOM"}
WINDOW = Normalisation("window", -1000, 200, (-1, 1), (-1, 1))


@pytest.fixture
def chinese(qapp):
    translator = QTranslator()
    assert translator.load("medviewer_zh_CN", str(bundled_path("resources", "translations")))
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


def is_chinese(text):
    return bool(CHINESE.search(text)) and set(LEFT.findall(text)) <= ALLOWED


def refusals():
    """Every reason the gate has: each range, and all the others."""
    nothing = (1e9, 2e9)
    volume = np.random.default_rng(0).normal(-500, 400, (20, 24, 28)).astype(np.float32)
    names = ("n_slices", "smallest_spacing_mm", "largest_spacing_mm", "smallest_extent_mm",
             "largest_extent_mm", "aerated_share")  # fmt: skip
    grid = InputGrid(3, WINDOW, "SPL", (2.0, 2.0, 2.0))
    prepared = prepare_volume(standard_volume(volume), grid, TaskContext())
    n = 6**3 + 16 + 3
    far = GateReference(
        dict.fromkeys(names, nothing), (0.0,) * n, (1.0,) * n, ((0.0,) * n,), (1.0,), 1.0, 0.01
    )
    card = base_card(modalities=("MR",), body_parts=("CHEST",), input=grid, gate=far)
    found = check(card, prepared, "CT", "KNEE")
    flat = InputGrid(2, Normalisation("zscore"), fit="squash", size=(32, 32))
    picture = prepare_image(volume[0], flat)
    limits = dict.fromkeys(("short_side_px", "aspect_ratio"), nothing)
    found += check(base_card(input=flat, gate=GateReference(limits)), picture)
    never = ((0.0,) * math.prod(CONTRAST_GRID),), (0.0,), (0.0,), -2.5
    for kind in ("chest radiograph", "limb radiograph"):
        gate = GateReference(contrast=PictureContrast(kind, *never))
        found += check(base_card(input=flat, gate=gate), picture)
    found += check(base_card(input=flat), prepare_image(np.ones((9, 9), np.float32), flat))
    return [problem.message for problem in found]


def test_every_refusal_of_the_gate_is_chinese_with_its_numbers(chinese):
    messages = refusals()
    assert len(messages) == 14
    for message in messages:
        shown = message_text(message)
        assert is_chinese(shown), shown
        assert sorted(re.findall(r"\d+", shown)) == sorted(re.findall(r"\d+", message))


def test_a_refusal_stays_english_for_logs_and_files(chinese):
    (problem,) = header_problems(base_card(modalities=("MR",)), "CT", "")
    assert problem.message == "Modality is CT; this model reads MR."
    assert message_text(problem.message) == "检查类型（Modality）为 CT；该模型只读取 MR。"


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_message_is_translated_with_the_same_formats(chinese, template):
    said = QCoreApplication.translate("Message", template)
    words = re.sub(r"\{.*?\}", "", template)
    assert CHINESE.search(said) or not re.search("[A-Za-z]", words), template
    places = [sorted((n, f) for _, n, f, _ in Formatter().parse(x) if n) for x in (template, said)]
    assert places[0] == places[1]


def test_a_stored_result_speaks_the_readers_language_again(chinese, tmp_path):
    reason = joined(refusals()[:2])
    warnings = (Message("Run anyway: {reason}", reason=reason), "an old plain text")
    facts = Provenance("model", "1", "0" * 64)
    result = ModelResult(
        RunStatus.REFUSED, "model", facts, "image", (4, 4), reason=reason, warnings=warnings
    )
    save_result(tmp_path, result)
    (loaded,) = load_results(tmp_path, "image")
    assert (loaded.reason, loaded.warnings) == (reason, warnings)
    assert is_chinese(message_text(loaded.reason))
    assert message_text(loaded.warnings[0]).startswith("已不顾拒绝而运行：检查类型")
    assert message_text(loaded.warnings[1]) == "an old plain text"


def test_why_a_file_cannot_be_shown_is_chinese(chinese, tmp_path):
    (tmp_path / "a1").write_bytes(b"")
    (tmp_path / "b2").write_bytes(b"neither this nor that" * 20)
    (tmp_path / "c3.png").write_bytes(b"\x89PNG\r\n\x1a\n damaged")
    (tmp_path / "d4.zip").write_bytes(b"PK\x03\x04 damaged")
    found = index_paths([tmp_path, tmp_path / "e5"], TaskContext())
    assert len(found.unreadable) == 5
    for file in found.unreadable:
        assert CHINESE.search(message_text(file.reason)), file.reason


def test_the_details_of_an_error_are_chinese(chinese):
    message = Message("{file} is truncated: it has {has} of {needs}.", file="1", has="2", needs="3")
    error = MedviewerError(message, hint="Copy the file again from its source.")
    assert error_text(error).detail == "1 被截断：应有 3，实有 2。 请从来源处重新复制文件。"


def test_a_message_has_a_literal_template_that_the_extraction_finds():
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "medviewer").rglob("*.py"))
        if path.name != "messages.py"
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "Message"
        and not isinstance(call.args[0], ast.Constant)
    ]
    assert found == []


def test_a_card_is_shown_in_the_language_in_force(qapp):
    entry = next(e for e in scan() if e.id == "hippocampus-mr")
    with speaking(qapp, "zh_CN"):
        assert "海马" in model_name(entry)
        dialog = ModelCardDialog(shown_card(entry))
        page = dialog.findChild(QTextBrowser).toPlainText()
        dialog.deleteLater()
    assert "海马前部" in page
    assert entry.card.name not in page
    assert model_name(entry) == entry.card.name
