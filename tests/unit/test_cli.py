"""The command line: verbs, exit status, one sentence for an error."""

import json
import subprocess
import sys

import nibabel
import numpy as np
import pytest

from medviewer import cli
from medviewer.core.errors import DisplayUnavailableError
from tests.dicom_series import image, write, write_slices

FOUR = [(1.0, 2.0, 3.0 + 2 * z) for z in range(4)]
VOLUME_KEYS = {
    "id", "shape", "spacing_mm", "affine_lps", "plane", "frame_of_reference_uid", "warnings",
}  # fmt: skip
SERIES_KEYS = {
    "series_instance_uid", "modality", "description", "kind", "instances", "volumes",
}  # fmt: skip
STUDY_KEYS = {"study_instance_uid", "patient_name", "patient_id", "study_date", "series"}


def inspected(capsys, *arguments):
    assert cli.main(["inspect", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_inspect_writes_every_key_of_a_volume(tmp_path, capsys):
    write_slices(tmp_path, FOUR)
    report = inspected(capsys, tmp_path)
    assert set(report) == {"studies", "unreadable"}
    (study,) = report["studies"]
    assert set(study) == STUDY_KEYS
    (series,) = study["series"]
    assert set(series) == SERIES_KEYS
    (volume,) = series["volumes"]
    assert set(volume) == VOLUME_KEYS
    assert (study["patient_name"], study["patient_id"]) == ("Doe^Jane", "42")
    assert (series["kind"], series["instances"], series["modality"]) == ("volume", 4, "CT")
    assert volume["shape"] == [4, 6, 8]
    assert volume["spacing_mm"] == [2.0, 1.5, 0.5]
    assert volume["affine_lps"] == [[0.5, 0, 0, 1], [0, 1.5, 0, 2], [0, 0, 2, 3], [0, 0, 0, 1]]
    assert volume["plane"] == "axial"
    assert volume["warnings"] == []


def test_inspect_writes_every_key_where_nothing_is_known(tmp_path, capsys):
    write(tmp_path, image(np.zeros((4, 6), np.int16), Modality="OT"))
    (series,) = inspected(capsys, tmp_path)["studies"][0]["series"]
    (volume,) = series["volumes"]
    assert set(volume) == VOLUME_KEYS
    assert volume["shape"] == [1, 4, 6]
    assert volume["affine_lps"] is volume["spacing_mm"] is volume["plane"] is None


def test_warnings_are_codes_with_messages(tmp_path, capsys):
    write_slices(tmp_path, [*FOUR, (1.0, 2.0, 13.0)])
    (series,) = inspected(capsys, tmp_path)["studies"][0]["series"]
    (warning,) = series["volumes"][0]["warnings"]
    assert set(warning) == {"code", "message"}
    assert warning["code"] == "geometry.gap"


def test_pixels_adds_a_hash_or_a_reason_for_every_file(tmp_path, capsys, monkeypatch):
    from medviewer.io.pixel_hash import px_sha256

    paths = write_slices(tmp_path, FOUR)
    paths[2].write_bytes(paths[2].read_bytes()[:-30])
    report = inspected(capsys, tmp_path, "--pixels")
    files = {f["path"]: f for f in report["studies"][0]["series"][0]["files"]}
    assert set(files) == set(map(str, paths))
    assert all(set(f) == {"path", "px_sha256", "reason"} for f in files.values())
    assert files[str(paths[0])] == {
        "path": str(paths[0]),
        "px_sha256": px_sha256(paths[0]),
        "reason": None,
    }
    assert files[str(paths[2])]["px_sha256"] is None
    assert "truncated" in files[str(paths[2])]["reason"]
    assert [u["path"] for u in report["unreadable"]] == [str(paths[2])]


def test_a_folder_without_images_is_walked_with_status_0(tmp_path, capsys):
    (tmp_path / "x").write_bytes(b"")
    report = inspected(capsys, tmp_path)
    assert report["studies"] == []
    assert len(report["unreadable"]) == 1


def test_a_path_that_is_not_there_is_one_sentence_and_status_1(tmp_path, capsys):
    assert cli.main(["inspect", str(tmp_path / "no"), "--json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["unreadable"]
    assert captured.err.count("\n") == 1


def test_export_writes_modality_values_with_their_place(tmp_path, capsys):
    write_slices(tmp_path / "in", FOUR, RescaleSlope=1, RescaleIntercept=-1000)
    output = tmp_path / "out.nii.gz"
    assert cli.main(["export", str(tmp_path / "in"), "-o", str(output)]) == 0
    exported = nibabel.load(output)
    values = np.asanyarray(exported.dataobj)
    assert values.shape == (8, 6, 4)
    assert values[0, :, 2].tolist() == [-700, -699, -698, -697, -696, -695]
    point = exported.affine @ [1, 2, 3, 1]
    assert point[:3] == pytest.approx([-1.5, -5.0, 9.0])  # LPS (1.5, 5, 9) in RAS


def test_export_names_what_it_filled_in(tmp_path, capsys):
    write_slices(tmp_path / "in", [(0, 0, z) for z in (0, 2, 4, 8, 10, 12)])
    assert cli.main(["export", str(tmp_path / "in"), "-o", str(tmp_path / "out.nrrd")]) == 0
    written, warning = capsys.readouterr().out.splitlines()
    assert "out.nrrd" in written
    assert "gap" in warning


def test_export_of_an_unknown_volume_is_one_sentence(tmp_path, capsys):
    write_slices(tmp_path, FOUR)
    status = cli.main(["export", str(tmp_path), "--volume", "7", "-o", str(tmp_path / "x.nii")])
    assert status == 1
    assert capsys.readouterr().err.startswith("medviewer: ")
    assert not (tmp_path / "x.nii").exists()


def test_a_path_alone_opens_the_window(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(cli, "_view", lambda args: opened.append(args.paths) or 0)
    assert cli.main([str(tmp_path)]) == 0
    assert cli.main([]) == 0
    assert opened == [[tmp_path], []]


def test_without_a_display_one_sentence_names_snapshot(monkeypatch, capsys):
    def refuse(args):
        message = "There is no display to open a window on."
        raise DisplayUnavailableError(message, hint="Use `medviewer snapshot` instead.")

    monkeypatch.setattr(cli, "_view", refuse)
    assert cli.main([]) == 1
    assert "medviewer snapshot" in capsys.readouterr().err


def test_the_command_line_starts_without_qt_vtk_torch_or_pydicom():
    heavy = ["PySide6", "vtkmodules", "torch", "pydicom", "SimpleITK"]
    code = (
        "import sys, medviewer.cli\n"
        "medviewer.cli._parser()\n"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_names_no_terminal_can_show_do_not_stop_a_verb(tmp_path):
    path = tmp_path / "caf\udce9"
    try:
        path.write_bytes(b"")
    except (OSError, UnicodeError):
        pytest.skip("this file system has no such names")
    command = [sys.executable, "-m", "medviewer", "inspect", str(tmp_path)]
    environment = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin"}
    plain = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert plain.returncode == 0, plain.stderr
    as_json = subprocess.run([*command, "--json"], capture_output=True, env=environment, check=True)
    assert json.loads(as_json.stdout)["unreadable"][0]["path"].endswith("caf\udce9")
