import json
import shutil

import nibabel
import numpy as np
import pytest
from PIL import Image

from medviewer import cli
from medviewer.ai import registry
from medviewer.ai.analysis import stem_of
from medviewer.core.tasks import TaskContext
from medviewer.io.dicom_seg import read_segmentation
from medviewer.io.dicom_write import SeriesHeader, write_series
from tests.unit.ai.planted import dice, planted_radiograph, planted_volume, standard_volume

RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@pytest.fixture(autouse=True)
def bundled(monkeypatch, models_folder):
    monkeypatch.setattr(registry, "bundled_folder", lambda: models_folder)


@pytest.fixture(scope="module")
def case():
    return planted_volume(np.random.default_rng(21))


def analyze(*arguments):
    return cli.main(["analyze", *map(str, arguments)])


def read(folder):
    return json.loads((folder / "result.json").read_text())


def nifti_image(array_kji, turn, extra_axis=False):
    """Store an array with permuted and flipped axes; the patient stays where it is."""
    order, flips = turn
    array = np.ascontiguousarray(array_kji).transpose(2, 1, 0)
    affine = RAS @ np.array([[1, 0, 0, 7], [0, 1, 0, -9], [0, 0, 1, 30], [0, 0, 0, 1.0]])
    plain = nibabel.Nifti1Image(array, affine)
    orientation = np.array([[o, -1 if f else 1] for o, f in zip(order, flips, strict=True)])
    image = plain.as_reoriented(orientation)
    if extra_axis:
        image = nibabel.Nifti1Image(image.get_fdata()[..., None].astype(np.float32), image.affine)
    return image


@pytest.mark.parametrize(
    "turn",
    [
        ((0, 1, 2), (False, False, False)),
        ((0, 1, 2), (True, True, False)),
        ((2, 0, 1), (False, True, True)),
        ((1, 2, 0), (True, False, True)),
    ],
)
@pytest.mark.parametrize("extra_axis", [False, True])
def test_the_label_map_of_a_nifti_file_has_its_affine_shape_and_place(
    tmp_path, case, turn, extra_axis
):
    values, truth = case
    nibabel.save(nifti_image(values, turn, extra_axis), tmp_path / "scan.nii.gz")
    out = tmp_path / "out"
    assert analyze(tmp_path / "scan.nii.gz", "--model", "ellipsoid-mr", "-o", out) == 0
    document = read(out / "scan")
    assert document["schema"] == "medviewer.result/1"
    assert document["status"] == "ok"
    segmentation = document["segmentations"][0]
    assert [s["label"] for s in segmentation["segments"]] == ["upper", "lower"]
    source = nibabel.load(tmp_path / "scan.nii.gz")
    labels = nibabel.load(out / "scan" / segmentation["file"])
    assert labels.shape == source.shape
    assert np.array_equal(labels.affine, source.affine)
    found = np.asarray(labels.dataobj)
    assert found.dtype == np.uint8
    expected = np.asarray(nifti_image(truth, turn).dataobj).reshape(found.shape)
    assert dice(found == 1, expected == 1) > 0.7
    assert dice(found == 2, expected == 2) > 0.7
    volume_ml = segmentation["segments"][0]["volume_ml"]
    assert volume_ml == pytest.approx(np.count_nonzero(found == 1) / 1000)


def test_each_time_of_a_nifti_file_gets_a_label_map_on_its_own_grid(tmp_path, case):
    image = nifti_image(case[0], ((2, 0, 1), (False, True, True)))
    times = np.stack([np.asarray(image.dataobj)] * 2, axis=-1)
    nibabel.save(nibabel.Nifti1Image(times, image.affine), tmp_path / "scan.nii.gz")
    out = tmp_path / "out"
    assert analyze(tmp_path / "scan.nii.gz", "--model", "ellipsoid-mr", "-o", out) == 0
    assert sorted(p.name for p in out.iterdir()) == ["scan", "scan-2"]
    for folder in out.iterdir():
        document = read(folder)
        assert document["status"] == "ok", document["reason"]
        labels = nibabel.load(folder / document["segmentations"][0]["file"])
        assert labels.shape == image.shape
        assert np.array_equal(labels.affine, image.affine)


def test_every_list_is_there_and_a_failing_input_does_not_stop_the_others(tmp_path, case):
    nibabel.save(nifti_image(case[0], ((0, 1, 2), (False,) * 3)), tmp_path / "good.nii")
    (tmp_path / "torn.nii.gz").write_bytes(b"\x1f\x8b no nifti")
    Image.fromarray(np.zeros((20, 30), np.uint8)).save(tmp_path / "flat.png")
    out = tmp_path / "out"
    files = [tmp_path / name for name in ("torn.nii.gz", "flat.png", "good.nii", "absent.nii")]
    assert analyze(*files, "--model", "ellipsoid-mr", "-o", out) == 0
    assert {p.name: read(p)["status"] for p in out.iterdir()} == {
        "torn": "failed",
        "flat": "refused",
        "good": "ok",
        "absent": "failed",
    }
    for folder in out.iterdir():
        document = read(folder)
        for name in ("classifications", "detections", "segmentations", "saliency", "warnings"):
            assert isinstance(document[name], list)
        assert document["model"]["id"] == "ellipsoid-mr"
        assert len(document["model"]["weights_sha256"]) == 64
    parameters = read(out / "good")["parameters"]
    assert parameters["device"] in ("cpu", "cuda", "mps")
    assert parameters["precision"] in ("fp32", "bf16")
    assert read(out / "torn")["parameters"] == {}
    assert "two-dimensional" in read(out / "flat")["reason"]


def test_a_folder_of_files_gives_one_result_each_and_a_repeat_is_numbered(tmp_path, case):
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        nibabel.save(nifti_image(case[0], ((0, 1, 2), (False,) * 3)), folder / "x.nii.gz")
    nibabel.save(nifti_image(case[0], ((0, 1, 2), (False,) * 3)), first / "y.nii.gz")
    out = tmp_path / "out"
    assert analyze(first, second, "--model", "ellipsoid-mr", "-o", out) == 0
    assert sorted(p.name for p in out.iterdir()) == ["x", "x-2", "y"]


def test_a_numbered_repeat_never_takes_the_place_of_another_files_result(tmp_path):
    files = [tmp_path / "a" / "x.nii", tmp_path / "b" / "x.nii", tmp_path / "a" / "x-2.nii"]
    out = tmp_path / "out"
    assert analyze(*files, "--model", "ellipsoid-mr", "-o", out) == 0
    found = {p.name: read(p)["source"]["path"] for p in out.iterdir()}
    assert found == dict(zip(("x", "x-2", "x-2-2"), map(str, files), strict=True))


def test_a_dicom_folder_gives_one_result_for_each_series_the_model_accepts(tmp_path, case):
    values, _truth = case
    volume = standard_volume(values.astype(np.int16), (2.0, 1.0, 1.0), modality="MR")
    other = standard_volume(values.astype(np.int16), modality="CT")
    folder = tmp_path / "study"
    for number, item in ((3, volume), (5, volume), (8, other)):
        write_series(item, folder / str(number), SeriesHeader("planted", series_number=number))
    out = tmp_path / "out"
    assert analyze(folder, "--model", "ellipsoid-mr", "-o", out) == 0
    assert sorted(p.name for p in out.iterdir()) == ["study-3", "study-5"]
    single = tmp_path / "single"
    assert analyze(folder / "3", "--model", "ellipsoid-mr", "-o", single) == 0
    document = read(single / "3")
    labels = nibabel.load(single / "3" / document["segmentations"][0]["file"])
    assert labels.shape == values.shape[::-1]
    assert np.allclose(labels.affine, RAS @ volume.geometry.affine_ijk_to_lps, atol=1e-4)
    shared = tmp_path / "shared"
    arguments = (folder / "3", "--model", "ellipsoid-mr", "-o", shared, "--format", "seg,sr")
    assert analyze(*arguments) == 0
    document = read(shared / "3")
    assert document["files"] == [{"format": "seg", "file": "seg.dcm"}]
    assert document["segmentations"][0]["file"] is None
    again = read_segmentation(shared / "3" / "seg.dcm")
    first = np.asarray(labels.dataobj)
    assert np.count_nonzero(again.labels == 1) == np.count_nonzero(first == 1)
    wrong = tmp_path / "wrong"
    assert analyze(folder / "8", "--model", "ellipsoid-mr", "-o", wrong) == 0
    assert read(wrong / "8")["status"] == "refused"
    assert "CT" in read(wrong / "8")["reason"]
    assert analyze(folder / "8", "--model", "ellipsoid-mr", "-o", wrong, "--run-anyway") == 0
    assert read(wrong / "8")["status"] == "ok"
    assert "Run anyway" in read(wrong / "8")["warnings"][0]


EXIF = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@pytest.mark.parametrize("tag", sorted(EXIF))
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_radiographs_labels_lie_on_its_pixels_as_stored(tmp_path, tag, suffix):
    picture, truth = planted_radiograph(np.random.default_rng(40 + tag))
    exif = Image.Exif()
    exif[0x0112] = tag
    name = f"film.{suffix}"
    Image.fromarray(picture).save(tmp_path / name, exif=exif, quality=95)
    out = tmp_path / "out"
    assert analyze(tmp_path / name, "--model", "disc-xray", "-o", out, "--saliency") == 0
    document = read(out / "film")
    with Image.open(out / "film" / document["segmentations"][0]["file"]) as stored:
        labels = np.asarray(stored)
    assert labels.shape == picture.shape
    assert dice(labels == 1, truth) > 0.7
    assert document["segmentations"][0]["segments"] == [
        {"number": 1, "label": "disc", "volume_ml": None}
    ]
    with Image.open(out / "film" / document["saliency"][0]["file"]) as stored:
        saliency = np.asarray(stored).astype(float)
    assert saliency.shape == picture.shape
    assert saliency[truth].mean() > 3 * saliency[~truth].mean()


@pytest.mark.parametrize("mode", ["L", "RGB", "I;16", "1", "P", "RGBA"])
def test_pictures_of_every_kind_are_read(tmp_path, mode):
    picture, truth = planted_radiograph(np.random.default_rng(7))
    if mode == "I;16":
        image = Image.fromarray(picture.astype(np.uint16) * 200)
    elif mode == "1":
        image = Image.fromarray(np.where(truth, 255, 0).astype(np.uint8)).convert("1")
    else:
        image = Image.fromarray(picture).convert(mode)
    image.save(tmp_path / "film.png")
    out = tmp_path / "out"
    assert analyze(tmp_path / "film.png", "--model", "disc-xray", "-o", out) == 0
    file = read(out / "film")["segmentations"][0]["file"]
    assert dice(np.asarray(Image.open(out / "film" / file)) == 1, truth) > 0.7


def test_a_squashed_radiograph_is_read_too(tmp_path):
    picture, truth = planted_radiograph(np.random.default_rng(9))
    size = (48, 90)
    Image.fromarray(picture).resize(size).save(tmp_path / "film.png")
    expected = np.asarray(Image.fromarray(truth).resize(size))
    out = tmp_path / "out"
    assert analyze(tmp_path / "film.png", "--model", "disc-xray", "-o", out) == 0
    file = read(out / "film")["segmentations"][0]["file"]
    assert dice(np.asarray(Image.open(out / "film" / file)) == 1, expected) > 0.6


def test_a_stack_that_a_model_of_volumes_cannot_read_is_refused_once(tmp_path):
    affine = np.eye(4)
    affine[0, 2] = 0.5  # sheared: a stack without a place
    path = tmp_path / "sheared.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.zeros((12, 12, 9), np.int16), affine), path)
    assert analyze(path, "--model", "ellipsoid-mr", "-o", tmp_path / "out") == 0
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["sheared"]
    assert read(tmp_path / "out" / "sheared")["status"] == "refused"


def test_an_unknown_model_or_format_is_named(tmp_path, capsys):
    assert analyze(tmp_path, "--model", "oracle", "-o", tmp_path / "out") == 1
    assert "oracle" in capsys.readouterr().err
    arguments = (tmp_path, "--model", "disc-xray", "-o", tmp_path / "out", "--format", "gif")
    assert analyze(*arguments) == 1
    assert "gif" in capsys.readouterr().err


def test_a_changed_weights_file_is_refused(tmp_path, models_folder, monkeypatch, capsys):
    shutil.copytree(models_folder / "disc-xray", tmp_path / "models" / "disc-xray")
    path = tmp_path / "models" / "disc-xray" / "weights.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    monkeypatch.setattr(registry, "bundled_folder", lambda: tmp_path / "models")
    assert analyze(tmp_path, "--model", "disc-xray", "-o", tmp_path / "out") == 1
    assert "SHA-256" in capsys.readouterr().err


def test_the_models_are_listed_for_people_and_for_programs(capsys):
    assert cli.main(["models"]) == 0
    assert "ellipsoid-mr 1.0.0: Ellipsoid; dice 0.950" in capsys.readouterr().out
    assert cli.main(["models", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["id"] for row in rows} == {"disc-xray", "ellipsoid-mr"}
    assert rows[0]["headline"]["name"] == "dice"


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a.nii.gz", "a"),
        ("b.v2.nii", "b.v2"),
        ("c.NRRD", "c"),
        ("IM0001", "IM0001"),
        ("d.dcm", "d"),
        ("e.JPEG", "e"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_the_stem_of_a_file_is_its_name_without_the_suffix_of_its_format(tmp_path, name, stem):
    assert stem_of(tmp_path / name) == stem


def test_cancelled_runs_stop(tmp_path, case, segmenter):
    from medviewer.ai.analysis import AnalysisRequest
    from medviewer.ai.analysis import analyze as run_analysis
    from medviewer.core.tasks import TaskCancelled

    nibabel.save(nifti_image(case[0], ((0, 1, 2), (False,) * 3)), tmp_path / "x.nii.gz")
    context = TaskContext()
    context.cancel()
    request = AnalysisRequest((tmp_path / "x.nii.gz",), tmp_path / "out")
    with pytest.raises(TaskCancelled):
        run_analysis(segmenter, request, context, lambda *_: None)
