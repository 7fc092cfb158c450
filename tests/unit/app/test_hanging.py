"""What a study looks like when it is first shown."""

from pathlib import Path

import pytest

from medviewer.app.hanging import hang, protocol_for, protocols
from medviewer.app.view_store import n_panes
from medviewer.app.window_presets import shipped_presets
from medviewer.core.study import (
    FrameReference,
    PatientRecord,
    SeriesKind,
    SeriesRecord,
    StudyRecord,
    VolumeRecord,
)


def series(number, modality, kind=SeriesKind.VOLUME, n_slices=20, description=""):
    frames = tuple(FrameReference(Path(f"{number}-{k}.dcm")) for k in range(n_slices))
    volume = VolumeRecord(f"volume-{number}", "", kind, (n_slices, 64, 64), frames)
    return SeriesRecord(f"1.{number}", modality, description, kind, n_slices, volumes=(volume,))


def study(*all_series, uid="1"):
    return StudyRecord(uid, PatientRecord("id", "Doe^Jane"), series=all_series)


def test_every_row_names_layouts_that_exist_and_windows_that_ship():
    names = {preset.name for preset in shipped_presets()}
    for row in protocols():
        assert [n_panes(layout) for layout in row.layouts]
        assert set(row.windows) <= names


def test_the_last_row_takes_anything():
    assert protocol_for("XYZ") is protocols()[-1]


@pytest.mark.parametrize(
    ("modality", "hint", "name"),
    [
        ("CT", "CHEST", "Chest CT"),
        ("CT", "ct thorax w/o", "Chest CT"),
        ("CT", "HEAD", "Head CT"),
        ("CT", "FOOT", "CT"),
        ("MR", "HEAD", "MR"),
        ("DX", "CHEST", "Radiograph"),
    ],
)
def test_modality_and_body_part_choose_the_row(modality, hint, name):
    assert protocol_for(modality, hint).name == name


def test_a_localizer_is_not_the_first_thing_seen():
    opened = study(series(1, "CT", SeriesKind.STACK, 2), series(2, "CT"))
    assert hang([opened]).volume_ids == ("volume-2",)


def test_several_mr_series_share_a_two_by_two_layout():
    hanging = hang([study(*(series(n, "MR") for n in range(1, 7)))])
    assert hanging.layout == "2x2"
    assert hanging.volume_ids == ("volume-1", "volume-2", "volume-3", "volume-4")


def test_two_radiographs_are_hung_side_by_side():
    kind = SeriesKind.RADIOGRAPH
    hanging = hang([study(series(1, "DX", kind, 1), series(2, "DX", kind, 1))])
    assert (hanging.layout, len(hanging.volume_ids)) == ("1x2", 2)


def test_a_study_without_images_hangs_nothing():
    report = SeriesRecord("1.9", "SR", kind=SeriesKind.NOT_IMAGE)
    assert hang([study(report)]) is None
    assert hang([study(report), study(series(1, "CT"), uid="2")]).volume_ids == ("volume-1",)
