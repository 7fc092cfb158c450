"""The self test says what works, and fails where something essential does not."""

import json
from argparse import Namespace

import pytest

from medviewer.ui import selftest
from medviewer.ui.selftest import Check


def pretend(monkeypatch, *checks):
    monkeypatch.setattr(selftest, "all_checks", lambda: iter(checks))


def test_it_succeeds_when_only_optional_things_are_absent(monkeypatch, capsys):
    pretend(monkeypatch, Check("renderer", True, "Mesa"), Check("display", False, "none", False))
    assert selftest.run(Namespace()) == 0
    printed = capsys.readouterr().out
    assert "ok" in printed
    assert "absent" in printed
    assert "FAILED" not in printed


def test_it_fails_and_says_so_when_something_essential_is_missing(monkeypatch, capsys):
    pretend(monkeypatch, Check("renderer", False, "libOSMesa is missing"))
    assert selftest.run(Namespace()) == 1
    assert "FAILED" in capsys.readouterr().out


def test_the_report_is_json_on_request(monkeypatch, capsys):
    pretend(monkeypatch, Check("renderer", True, "Mesa"))
    selftest.run(Namespace(json=True))
    report = json.loads(capsys.readouterr().out)
    assert report["checks"] == [
        {"name": "renderer", "is_ok": True, "detail": "Mesa", "is_essential": True}
    ]


@pytest.mark.parametrize(
    "name", ["off-screen renderer", "shipped files", "reader: DICOM", "decoder: JPEG-LS"]
)
def test_what_this_program_cannot_do_without_works_here(name):
    check = next(c for c in selftest.all_checks() if c.name == name)
    assert check.is_ok, check.detail
    assert check.is_essential
