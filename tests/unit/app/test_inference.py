"""The queue of model runs goes on whatever one run does."""

import os
import sys
import threading

import numpy as np
import pytest

from medviewer.ai import registry, runner
from medviewer.ai.model_result import RunOptions, RunStatus
from medviewer.app import inference as inference_module
from medviewer.app.inference import Inference
from medviewer.app.jobs import JobRunner
from medviewer.app.results_store import ResultsStore
from medviewer.app.session import Session
from medviewer.core.errors import InferenceError
from medviewer.core.tasks import TaskContext
from tests.opened import index_of
from tests.unit.ai.planted import planted_volume, standard_volume


@pytest.mark.skipif(sys.platform != "linux", reason="priorities of threads are Linux's")
def test_a_model_runs_behind_whoever_reads(desk, qtbot, monkeypatch):
    _, inference, results = desk
    real, priorities = runner.run_model, []

    def watched(*arguments):
        priorities.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return real(*arguments)

    monkeypatch.setattr(runner, "run_model", watched)
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    inference.run("ellipsoid-mr", "one", RunOptions())
    qtbot.waitUntil(lambda: bool(results.of_image("one")), timeout=60_000)
    qtbot.waitUntil(lambda: inference.running is None)
    assert priorities[0] > before or before >= 5, "nor does it take back what it was not given"
    assert priorities[0] >= before
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


@pytest.fixture
def desk(qapp, tmp_path, monkeypatch, models_folder):
    monkeypatch.setattr(registry, "bundled_folder", lambda: models_folder)
    session, jobs = Session(), JobRunner()
    results = ResultsStore(session, tmp_path / "results")
    inference = Inference(session, jobs, results, lambda _id: None, tmp_path / "models")
    values = planted_volume(np.random.default_rng(8))[0]
    for name in ("one", "two"):
        volume = standard_volume(values, modality="MR")
        volume = type(volume)(name, volume.voxels, volume.geometry, modality="MR")
        session.merge(index_of(volume, patient_id=name))
        session.put_image(volume, is_complete=True)
    yield session, inference, results
    assert jobs.shutdown()


def test_a_cancelled_run_is_over_at_once_and_the_next_waits_for_what_cannot_be_stopped(
    desk, qtbot, monkeypatch
):
    _, inference, results = desk
    real, begun, release, asked = runner.run_model, threading.Event(), threading.Event(), []

    def deaf(model, image, context, options):
        asked.append(image.id)
        if image.id == "one":
            begun.set()
            assert release.wait(30)
            return real(model, image, TaskContext(), options)
        return real(model, image, context, options)

    monkeypatch.setattr(runner, "run_model", deaf)
    inference.run("ellipsoid-mr", "one", RunOptions())
    qtbot.waitUntil(begun.is_set, timeout=60_000)
    inference.cancel("ellipsoid-mr", "one")
    assert inference.running is None
    assert not inference.is_pending("ellipsoid-mr", "one")
    inference.run("ellipsoid-mr", "two", RunOptions())
    assert asked == ["one"]
    release.set()
    qtbot.waitUntil(lambda: bool(results.of_image("two")), timeout=60_000)
    assert asked == ["one", "two"]
    assert not results.of_image("one")


def test_a_run_that_fails_is_told_and_the_next_one_runs(desk, qtbot, monkeypatch):
    _, inference, results = desk
    real, asked, failures = runner.run_model, [], []

    def flaky(model, image, context, options):
        asked.append(model)
        if len(asked) == 1:
            message = "The model failed on Test card (cuda): CUDA error: launch failure"
            raise InferenceError(message)
        return real(model, image, context, options)

    monkeypatch.setattr(runner, "run_model", flaky)
    inference.failed.connect(failures.append)
    inference.run("ellipsoid-mr", "one", RunOptions())
    inference.run("ellipsoid-mr", "two", RunOptions())
    qtbot.waitUntil(lambda: bool(results.of_image("two")), timeout=60_000)
    qtbot.waitUntil(lambda: inference.running is None)
    assert [type(f) for f in failures] == [InferenceError]
    assert results.of_image("two")[0].status is RunStatus.OK
    assert asked[0] is not asked[1], "a model that failed is loaded anew"
    inference.run("ellipsoid-mr", "one", RunOptions())
    qtbot.waitUntil(lambda: bool(results.of_image("one")), timeout=60_000)
    assert asked[2] is asked[1], "a model that works stays loaded"


def test_models_are_read_on_a_worker_and_not_again_for_the_first_image(desk, qtbot, monkeypatch):
    _, inference, _ = desk
    real, threads = registry.scan, []

    def watched(folders):
        threads.append(threading.current_thread())
        return real(folders)

    monkeypatch.setattr(inference_module, "scan", watched)
    inference.rescan()
    inference.read_ahead()
    qtbot.waitUntil(lambda: inference._entries is not None, timeout=20_000)
    assert [entry.id for entry in inference.fitting("one")]
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()
