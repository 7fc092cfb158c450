"""Opening folders and decoding images in the background, within a memory budget."""

import sys
import threading
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from medviewer.app import loading as loading_module
from medviewer.app.jobs import JobRunner
from medviewer.app.loading import READER, Loading
from medviewer.app.session import Session
from medviewer.app.view_store import ViewStore
from medviewer.core.errors import MemoryBudgetError, PixelDataError
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.study import (
    FrameReference,
    IndexResult,
    PatientRecord,
    SeriesKind,
    SeriesRecord,
    SeriesWarning,
    StudyRecord,
    VolumeRecord,
)
from medviewer.core.volume import Volume

SHAPE = (4, 64, 64)
N_BYTES = 4 * 64 * 64 * 2


def study_of(*ids, tmp_path, shape=SHAPE):
    all_series = []
    for volume_id in ids:
        frames = tuple(FrameReference(tmp_path / f"{volume_id}-{k}") for k in range(shape[0]))
        volume = VolumeRecord(volume_id, "", SeriesKind.VOLUME, shape, frames)
        all_series.append(
            SeriesRecord(f"1.{volume_id}", "CT", volume_id, SeriesKind.VOLUME, 4, volumes=(volume,))
        )
    return StudyRecord("1.2", PatientRecord("id", "Doe^Jane"), series=tuple(all_series))


def volume_of(volume_id, shape=SHAPE):
    loaded = np.zeros(shape[0], bool)
    voxels = np.zeros(shape, np.int16)
    geometry = VolumeGeometry(shape, np.eye(4))
    return Volume(volume_id, voxels, geometry, modality="CT", is_loaded=loaded)


class Decoder:
    """Stands in for the series loader: waits for permission before each slice."""

    def __init__(self):
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.calls = []
        self.error = None

    def __call__(self, record, _series, _study, context, first_index=None):
        self.calls.append(record.id)
        if self.error is not None:
            raise self.error
        volume = volume_of(record.id, record.shape)
        for k in range(record.shape[0]):
            volume.is_loaded[k] = True
            context.checkpoint((k + 1) / record.shape[0], "load.slices", volume)
            while not self.may_go_on.wait(0.01):
                context.checkpoint()
        return volume


@pytest.fixture
def decoder(monkeypatch):
    decoder = Decoder()
    import medviewer.io.series_loader as series_loader

    monkeypatch.setattr(series_loader, "load_image", decoder)
    yield decoder
    decoder.may_go_on.set()


@pytest.fixture
def desk(qtbot, decoder, tmp_path):
    runner, session, store = JobRunner(), Session(), ViewStore()
    loading = Loading(session, runner, store)
    session.merge(IndexResult((study_of("a", "b", "c", tmp_path=tmp_path),)))
    yield loading, session, store
    assert runner.shutdown(5000)
    runner.deleteLater()
    session.deleteLater()


def show(store, index, volume_id):
    store.update_grid(layout="2x2")
    store.show(index, volume_id)


def test_an_image_arrives_with_its_first_slice_grows_and_ends(desk, qtbot, decoder):
    loading, session, store = desk
    decoder.may_go_on.clear()
    show(store, 0, "a")
    with qtbot.waitSignal(session.image_added) as added:
        loading.request_image("a")
    assert added.args == ["a"]
    assert loading.is_loading("a")
    with qtbot.waitSignal(session.image_completed) as completed:
        decoder.may_go_on.set()
    assert completed.args == ["a"]
    assert session.image("a").is_loaded.all()
    assert not loading.is_loading("a")


def test_asking_twice_decodes_once(desk, qtbot, decoder):
    loading, session, store = desk
    show(store, 0, "a")
    with qtbot.waitSignal(session.image_completed):
        loading.request_image("a")
        loading.request_image("a")
    loading.request_image("a")
    assert decoder.calls == ["a"]


def test_a_cancelled_image_leaves_nothing_half_decoded(desk, qtbot, decoder):
    loading, session, store = desk
    decoder.may_go_on.clear()
    show(store, 0, "a")
    with qtbot.waitSignal(session.image_added):
        loading.request_image("a")
    with qtbot.waitSignal(session.image_removed):
        loading.cancel_image("a")
    assert session.image("a") is None
    decoder.may_go_on.set()
    with qtbot.waitSignal(session.image_completed):
        loading.request_image("a")


def test_a_failure_names_the_image_and_removes_what_was_decoded(desk, qtbot, decoder):
    loading, session, _store = desk
    decoder.error = PixelDataError("a: cut off")
    with qtbot.waitSignal(loading.image_failed) as failed:
        loading.request_image("a")
    assert failed.args[0] == "a"
    assert isinstance(failed.args[1], PixelDataError)
    assert session.image("a") is None


def test_what_nobody_looks_at_any_more_stops_decoding(desk, qtbot, decoder):
    loading, session, store = desk
    decoder.may_go_on.clear()
    show(store, 0, "a")
    with qtbot.waitSignal(session.image_added):
        loading.request_image("a")
    store.show(0, "b")
    with qtbot.waitSignal(session.image_removed) as removed:
        loading.request_image("b")
    assert removed.args == ["a"]
    assert loading.is_loading("b")


def test_the_least_recently_shown_image_is_dropped_first_and_shown_ones_never(desk, qtbot):
    loading, session, store = desk
    loading._budget_bytes = 2 * N_BYTES
    for volume_id in ("a", "b"):
        show(store, 0, volume_id)
        with qtbot.waitSignal(session.image_completed):
            loading.request_image(volume_id)
    store.show(0, "a")  # b was shown last before it, but a is on screen again
    store.show(1, "c")
    with qtbot.waitSignal(session.image_completed):
        loading.request_image("c")
    assert set(session.images) == {"a", "c"}
    store.show(2, "b")
    with qtbot.waitSignal(loading.image_failed) as failed:
        loading.request_image("b")
    assert isinstance(failed.args[1], MemoryBudgetError)
    assert set(session.images) == {"a", "c"}


def test_a_smaller_budget_is_kept_at_once(desk, qtbot):
    loading, session, store = desk
    for volume_id in ("a", "b"):
        show(store, 0, volume_id)
        with qtbot.waitSignal(session.image_completed):
            loading.request_image(volume_id)
    loading._budget_bytes = N_BYTES
    loading._make_room(0)
    assert set(session.images) == {"b"}


def test_an_image_asked_for_before_all_files_were_known_is_decoded_again(
    desk, qtbot, decoder, tmp_path, monkeypatch
):
    loading, session, store = desk
    show(store, 0, "a")
    with qtbot.waitSignal(session.image_completed):
        loading.request_image("a")
    grown = study_of("a", tmp_path=tmp_path, shape=(6, 64, 64))
    with qtbot.waitSignals([loading.opened, session.image_completed]):
        loading.open_with(lambda _context: IndexResult((grown,)))
    assert session.image("a").voxels.shape == (6, 64, 64)


def test_an_image_is_decoded_again_when_all_files_confirm_its_gap(desk, qtbot, decoder, tmp_path):
    loading, session, store = desk
    show(store, 0, "a")
    with qtbot.waitSignal(session.image_completed):
        loading.request_image("a")
    before, study = session.image("a"), study_of("a", tmp_path=tmp_path)
    series = study.series[0]
    confirmed = replace(series.volumes[0], warnings=(SeriesWarning("geometry.gap", "A gap."),))
    study = replace(study, series=(replace(series, volumes=(confirmed,)),))
    with qtbot.waitSignals([loading.opened, session.image_completed]):
        loading.open_with(lambda _context: IndexResult((study,)))
    assert session.image("a") is not before


def test_whatever_is_opened_the_reader_is_imported_first(desk, qtbot, monkeypatch):
    loading, _session, _store = desk
    package, _, name = READER.rpartition(".")
    reader = import_module(READER)
    monkeypatch.setattr(import_module(package), name, reader)  # other tests hold this one: put back
    monkeypatch.delitem(sys.modules, READER)
    found = []

    def make_demo(_context):
        found.append(READER in sys.modules)
        return IndexResult(())

    with qtbot.waitSignal(loading.opened, timeout=20_000):
        loading.open_with(make_demo, name="demo")
    assert found == [True]


def test_opening_streams_studies_and_can_be_cancelled(desk, qtbot, tmp_path):
    loading, session, _store = desk
    other = StudyRecord("9.9", PatientRecord("other"))
    go_on = threading.Event()

    def task(context):
        context.checkpoint(0.5, "index.files", IndexResult((other,)))
        while not go_on.wait(0.01):
            context.checkpoint()

    with qtbot.waitSignal(session.studies_changed):
        loading.open_with(task)
    assert "9.9" in {study.study_instance_uid for study in session.studies}
    assert loading.is_opening
    with qtbot.waitSignal(loading.opening_finished):
        loading.cancel_opening()
    assert not loading.is_opening


def test_progress_is_handed_on_at_most_twenty_times_a_second(desk, qtbot, tmp_path):
    loading, session, store = desk
    session.merge(IndexResult((study_of("long", tmp_path=tmp_path, shape=(400, 8, 8)),)))
    show(store, 0, "long")
    updates = []
    session.image_updated.connect(updates.append)
    with qtbot.waitSignal(session.image_completed):
        loading.request_image("long")
    assert loading_module._MIN_UPDATE_MS >= 50
    assert len(updates) < 100, "400 slices must not mean 400 repaints"
