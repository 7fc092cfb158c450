"""One SeriesInstanceUID becomes the entries a reader expects."""

import numpy as np
import pytest
from pydicom.sequence import Sequence
from pydicom.uid import MRImageStorage

from medviewer.core.study import SeriesKind
from medviewer.core.tasks import TaskContext
from medviewer.io.dicom_facts import file_facts
from medviewer.io.dicom_header import Header
from medviewer.io.dicom_index import index_paths
from medviewer.io.dicom_read import read_index_header
from medviewer.io.facts_reader import COMMON, NESTED, VARYING, FactsReader
from medviewer.io.series_loader import load_image
from tests.dicom_series import AXIAL, CORONAL, SAGITTAL, enhanced, image, item, write, write_slices

MR = {"Modality": "MR", "SOPClassUID": MRImageStorage}
FOUR = [(0, 0, z) for z in (0, 3, 6, 9)]


def series_in(folder):
    (study,) = index_paths([folder], TaskContext()).studies
    (series,) = study.series
    return series


def labels(folder):
    return [volume.label for volume in series_in(folder).volumes]


def test_localizers_of_three_planes_are_three_entries(tmp_path):
    for number, orientation in enumerate((AXIAL, CORONAL, SAGITTAL)):
        write_slices(tmp_path, [(0, 0, 0)], orientation, InstanceNumber=number, **MR)
    assert sorted(labels(tmp_path)) == ["axial", "coronal", "sagittal"]


def test_a_rotation_of_many_single_images_stays_one_stack(tmp_path):
    for number in range(16):
        angle = 0.2 * number
        turned = (np.cos(angle), np.sin(angle), 0, 0, 0, -1)
        write_slices(tmp_path, [(0, 0, 0)], turned, InstanceNumber=number, **MR)
    (volume,) = series_in(tmp_path).volumes
    assert volume.kind is SeriesKind.STACK
    assert volume.shape[0] == 16


def test_echoes_are_siblings_on_an_echo_slider(tmp_path):
    for echo in (1, 2):
        write_slices(tmp_path, FOUR, EchoNumbers=echo, EchoTime=10.0 * echo, **MR)
    first, second = series_in(tmp_path).volumes
    assert (first.label, second.label) == ("echo 1", "echo 2")
    assert first.group == second.group != ""
    assert first.dimension == "echo"
    assert (first.dimension_value, second.dimension_value) == (1.0, 2.0)
    assert first.id != second.id


def test_time_points_are_volumes_not_one_tall_stack(tmp_path):
    for time in (1, 2, 3):
        write_slices(tmp_path, FOUR, TemporalPositionIdentifier=time, **MR)
    volumes = series_in(tmp_path).volumes
    assert [v.shape for v in volumes] == [(4, 6, 8)] * 3
    assert [v.dimension for v in volumes] == ["time"] * 3
    assert all(not v.warnings for v in volumes)


def test_times_that_differ_slice_by_slice_still_make_time_points(tmp_path):
    for time in range(2):
        write_slices(
            tmp_path,
            FOUR,
            AcquisitionTime=lambda n, t=time: f"1200{10 * t + n:02d}",
            InstanceNumber=lambda n, t=time: 10 - n + 100 * (1 - t),
            **MR,
        )
    volumes = series_in(tmp_path).volumes
    assert [v.label for v in volumes] == ["time 1", "time 2"]
    first_time = {frame.instance_number for frame in volumes[0].frames}
    assert first_time == {106, 107, 108, 109}  # by time, not by number


def test_b_values_and_directions_are_volumes(tmp_path):
    write_slices(tmp_path, FOUR, DiffusionBValue=0.0, **MR)
    for direction in ([1.0, 0, 0], [0, 1.0, 0]):
        write_slices(
            tmp_path, FOUR, DiffusionBValue=1000.0, DiffusionGradientOrientation=direction, **MR
        )
    assert labels(tmp_path) == ["b 0", "b 1000, direction 1", "b 1000, direction 2"]
    assert {v.dimension for v in series_in(tmp_path).volumes} == {"b_value"}


def test_kernels_and_image_types_are_separate_volumes(tmp_path):
    write_slices(tmp_path, FOUR, ConvolutionKernel="B30f")
    write_slices(tmp_path, FOUR, ConvolutionKernel="B70f")
    assert labels(tmp_path) == ["kernel B30f", "kernel B70f"]


def test_magnitude_and_phase_of_two_echoes_are_four_volumes(tmp_path):
    for echo in (1, 2):
        for part in ("M", "P"):
            kind = ["ORIGINAL", "PRIMARY", part]
            write_slices(tmp_path, FOUR, EchoNumbers=echo, ImageType=kind, **MR)
    volumes = series_in(tmp_path).volumes
    assert len(volumes) == 4
    assert len({v.group for v in volumes}) == 2
    assert {v.label.partition(",")[0] for v in volumes} == {"magnitude", "phase"}


def test_matrix_sizes_and_colour_pages_are_apart(tmp_path):
    write_slices(tmp_path, FOUR)
    write_slices(tmp_path, [(0, 0, 50)], matrix=(4, 4))
    page = image(np.zeros((6, 8, 3), np.uint8)[..., 0])
    page.SamplesPerPixel, page.PhotometricInterpretation = 3, "RGB"
    page.PlanarConfiguration, page.PixelData = 0, bytes(6 * 8 * 3)
    write(tmp_path, page)
    series = series_in(tmp_path)
    assert series.kind is SeriesKind.VOLUME
    assert sorted(v.shape for v in series.volumes) == [(1, 4, 4), (1, 6, 8), (4, 6, 8)]


def test_one_place_at_many_times_is_a_stack_in_time_order(tmp_path):
    times = ["120003", "120001", "120002"]
    write_slices(tmp_path, [(0, 0, 0)] * 3, ContentTime=lambda n: times[n - 1])
    (volume,) = series_in(tmp_path).volumes
    assert volume.kind is SeriesKind.STACK
    assert volume.shape[0] == 3
    assert volume.geometry is None
    assert [frame.instance_number for frame in volume.frames] == [2, 3, 1]


def test_enhanced_frames_are_split_by_their_functional_groups(tmp_path):
    frames = [
        {"position": (0, 0, 4.0 * z), "echo_time": echo} for echo in (5.0, 9.0) for z in (2, 0, 1)
    ]
    stored = np.arange(6, dtype=np.int16)[:, None, None] * np.ones((1, 4, 4), np.int16)
    write(tmp_path, enhanced(frames, stored))
    volumes = series_in(tmp_path).volumes
    assert [v.label for v in volumes] == ["TE 5 ms", "TE 9 ms"]
    assert [f.frame_index for f in volumes[1].frames] == [4, 5, 3]
    assert volumes[0].spacing_mm == (4.0, 1.5, 0.5)


def test_enhanced_times_and_b_values_are_volumes(tmp_path):
    frames = [{"position": (0, 0, z), "time": t} for t in (1, 2) for z in (0, 2, 4)]
    frames += [{"position": (0, 0, z), "b_value": 500, "time": 1} for z in (0, 2, 4)]
    write(tmp_path, enhanced(frames, np.zeros((9, 4, 4), np.int16)))
    assert sorted(v.shape[0] for v in series_in(tmp_path).volumes) == [3, 3, 3]


def test_unknown_dimensions_of_an_enhanced_object_are_told_apart_by_their_index(tmp_path):
    frames = [
        {"position": (0, 0, z), "indices": (z + 1, extra)} for extra in (1, 2) for z in (0, 1, 2)
    ]
    pointers = [
        item(DimensionIndexPointer=0x00200032),
        item(DimensionIndexPointer=0x00189087),
    ]
    write(
        tmp_path,
        enhanced(frames, np.zeros((6, 4, 4), np.int16), DimensionIndexSequence=Sequence(pointers)),
    )
    assert [v.shape[0] for v in series_in(tmp_path).volumes] == [3, 3]


def test_several_enhanced_files_make_one_series_of_volumes(tmp_path):
    for time in (1, 2):
        frames = [{"position": (0, 0, z), "time": time} for z in (0, 2, 4)]
        write(tmp_path, enhanced(frames, np.zeros((3, 4, 4), np.int16)))
    assert labels(tmp_path) == ["time 1", "time 2"]


def test_each_frame_of_an_enhanced_object_keeps_its_own_slope(tmp_path):
    frames = [{"position": (0, 0, z), "slope": 1.0 + z} for z in (0, 1, 2)]
    write(tmp_path, enhanced(frames, np.full((3, 4, 4), 10, np.int16)))
    study = index_paths([tmp_path], TaskContext()).studies[0]
    volume = load_image(study.series[0].volumes[0], study.series[0], study, TaskContext())
    assert volume.voxels[:, 0, 0].tolist() == [10, 20, 30]


@pytest.mark.parametrize("modality", ["DX", "MG"])
def test_every_radiograph_is_its_own_entry(tmp_path, modality):
    for number in (1, 2):
        write(
            tmp_path,
            image(
                np.zeros((6, 8), np.int16),
                Modality=modality,
                InstanceNumber=number,
                ImagerPixelSpacing=[0.2, 0.1],
            ),
        )
    series = series_in(tmp_path)
    assert series.kind is SeriesKind.RADIOGRAPH
    assert [v.shape for v in series.volumes] == [(1, 6, 8)] * 2
    assert series.volumes[0].spacing_mm == (0.0, 0.2, 0.1)
    assert len({v.id for v in series.volumes}) == 2


@pytest.mark.parametrize(
    ("modality", "timing", "rate_hz"),
    [
        ("US", {"FrameTime": 40}, 25.0),
        ("XA", {"FrameTimeVector": [0, 80, 80, 80, 80]}, 12.5),
        ("XA", {"FrameTime": 40, "RecommendedDisplayFrameRate": 15}, 15.0),
        ("NM", {"CineRate": 8}, 8.0),
    ],
)
def test_a_film_is_a_cine_with_its_rate(tmp_path, modality, timing, rate_hz):
    write(tmp_path, image(np.zeros((5, 6, 8), np.uint8), Modality=modality, **timing))
    series = series_in(tmp_path)
    assert series.kind is SeriesKind.CINE
    study = index_paths([tmp_path], TaskContext()).studies[0]
    stack = load_image(series.volumes[0], series, study, TaskContext())
    assert stack.frame_rate_hz == pytest.approx(rate_hz)
    assert len(stack.frames) == 5


def test_what_is_equal_in_a_series_is_not_read_again_and_not_mistaken(pydicom_file, tmp_path):
    write_slices(tmp_path, FOUR, EchoNumbers=lambda n: 1 + n % 2, SliceThickness=lambda n: n % 2)
    paths = [*tmp_path.iterdir(), pydicom_file("CT_small.dcm"), pydicom_file("MR_small.dcm")]
    reader = FactsReader()
    for path in [*paths, *paths]:
        header = read_index_header(path)
        assert reader.read(header) == file_facts(header)


def test_the_list_of_common_elements_is_complete(pydicom_file, monkeypatch):
    asked = set()
    value = Header.value

    def spy(self, tag):
        asked.add(tag)
        return value(self, tag)

    monkeypatch.setattr(Header, "value", spy)
    for name in ("CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm", "examples_overlay.dcm"):
        file_facts(read_index_header(pydicom_file(name)))
    others = asked - VARYING - set(COMMON) - NESTED
    assert {f"{tag:08x}" for tag in others if tag >> 16 != 2} == set()  # 0002: file meta


def test_labels_that_differ_in_case_alone_still_have_different_ids(tmp_path):
    write_slices(tmp_path, FOUR, ConvolutionKernel="b30f")
    write_slices(tmp_path, FOUR, ConvolutionKernel="B30f")
    first, second = series_in(tmp_path).volumes
    assert first.id != second.id
