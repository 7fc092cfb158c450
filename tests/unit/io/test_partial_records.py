"""A gap is called a gap only once every file has been read."""

from medviewer.core.study import UNREAD_WARNING
from medviewer.io.dicom_index import IndexBuilder
from medviewer.ui.warning_text import warning_text
from tests.phantoms import write_spheres


def warnings_of(result):
    ((series,),) = [study.series for study in result.studies]
    return series.volumes[0].warnings


def test_slices_that_are_not_read_yet_are_not_called_missing(tmp_path):
    files = sorted(write_spheres(tmp_path / "spheres").iterdir())
    builder = IndexBuilder()
    for path in (*files[:3], files[5]):
        builder.read(path)
    (warning,) = warnings_of(builder.changes())
    assert warning.code == UNREAD_WARNING
    assert "4 slices are read so far" in warning.message
    assert "Only 4 slices are read so far" in warning_text(warning)
    for path in files[6:]:
        builder.read(path)
    assert warnings_of(builder.changes())[0].code == UNREAD_WARNING
    (warning,) = warnings_of(builder.result())
    assert warning.code == "geometry.gap"
    assert warning.facts["n_missing"] == 2
