import pytest

from medviewer.app import demo
from medviewer.core.tasks import TaskCancelled, TaskContext
from medviewer.processing.phantom import chest_geometry, chest_phantom


@pytest.fixture(autouse=True)
def small_phantom(monkeypatch):
    small = chest_phantom(chest_geometry(12.0, 30.0))
    monkeypatch.setattr(demo, "chest_phantom", lambda **_: small)


def test_without_the_ct_a_phantom_is_made_once_and_said_to_be_one(medviewer_home):
    first = demo.demo_study(TaskContext())
    assert first.is_phantom
    assert first.credit == ""
    assert first.folder.is_relative_to(medviewer_home)
    files = {p: p.stat().st_mtime_ns for p in first.folder.iterdir()}
    assert len(files) == 10
    assert demo.demo_study(TaskContext()) == first
    assert {p: p.stat().st_mtime_ns for p in first.folder.iterdir()} == files


def test_the_ct_is_preferred_and_credited_once_it_was_stored(tmp_path, monkeypatch):
    monkeypatch.setattr(
        demo, "write_demo_ct", lambda package, folder, _: (folder / "0.dcm").write_bytes(package)
    )
    demo.store_demo_ct(b"slice", TaskContext())
    study = demo.demo_study(TaskContext())
    assert not study.is_phantom
    assert "CC BY 3.0" in study.credit
    assert [p.read_bytes() for p in study.folder.iterdir()] == [b"slice"]


def test_a_cancelled_demo_leaves_no_half_written_folder(medviewer_home):
    context = TaskContext()
    context.cancel()
    with pytest.raises(TaskCancelled):
        demo.demo_study(context)
    assert not any(medviewer_home.rglob("*.dcm"))
    assert not demo.demo_study(TaskContext()).folder.name.startswith(".")
