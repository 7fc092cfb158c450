import threading
import time

import pytest
from PySide6.QtCore import QThread

from medviewer.app.jobs import JobRunner, Lane


@pytest.fixture
def runner(qapp):
    runner = JobRunner()
    yield runner
    assert runner.shutdown(2000), "a job ignored cancellation"
    qapp.processEvents()


@pytest.mark.parametrize(
    "error", [ValueError("x"), RuntimeError("CUDA out of memory"), MemoryError()]
)
def test_every_exception_is_reported_and_followed_by_finished(qtbot, runner, error):
    def task(_context):
        raise error

    seen = []
    job = runner.submit(Lane.GPU, "boom", task)
    job.failed.connect(lambda e: seen.append(("failed", e)))
    job.finished.connect(lambda: seen.append(("finished", None)))
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert seen == [("failed", error), ("finished", None)]


def test_results_arrive_on_the_gui_thread(qtbot, runner, qapp):
    threads = {}

    def task(context):
        threads["work"] = QThread.currentThread()
        context.checkpoint(0.5)
        return 42

    job = runner.submit(Lane.IO, "answer", task)
    values = []
    job.progressed.connect(lambda _p: threads.update(progress=QThread.currentThread()))
    job.succeeded.connect(
        lambda v: (values.append(v), threads.update(done=QThread.currentThread()))
    )
    qtbot.waitUntil(lambda: bool(values))
    assert values == [42]
    assert threads["work"] is not qapp.thread()
    assert threads["done"] is threads["progress"] is qapp.thread()


def test_a_newer_job_with_the_same_key_supersedes_the_older(qtbot, runner):
    started, release = threading.Event(), threading.Event()

    def slow(_context):
        started.set()
        release.wait(2)
        return "stale"  # finishes without another checkpoint: must still not be delivered

    results, ends = [], []
    first = runner.submit(Lane.IO, "first", slow, key="view-1/slice")
    first.succeeded.connect(results.append)
    first.cancelled.connect(lambda: ends.append("cancelled"))
    assert started.wait(2)
    second = runner.submit(Lane.IO, "second", lambda _c: "fresh", key="view-1/slice")
    second.succeeded.connect(results.append)
    release.set()
    qtbot.waitUntil(lambda: bool(results) and bool(ends))
    assert (results, ends) == (["fresh"], ["cancelled"])


def test_cancel_stops_at_the_next_checkpoint_and_progress_is_monotonic(qtbot, runner):
    fractions = []

    def task(context):
        for i in range(1000):
            context.checkpoint(i / 1000, "infer.window")
            time.sleep(0.002)

    job = runner.submit(Lane.GPU, "long", task)
    job.progressed.connect(
        lambda p: (fractions.append(p.fraction), job.cancel() if p.fraction else None)
    )
    with qtbot.waitSignals([job.cancelled, job.finished], order="strict"):
        pass
    assert fractions == sorted(f for f in fractions if f is not None) or fractions[0] is None
    assert len(fractions) < 100


def test_submit_from_a_worker_is_refused(qtbot, runner):
    job = runner.submit(Lane.IO, "outer", lambda _c: runner.submit(Lane.IO, "inner", lambda _d: 1))
    errors = []
    job.failed.connect(errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert "must be called on the thread" in str(errors[0])


def test_gpu_lane_runs_one_job_at_a_time(qtbot, runner):
    live, peak, lock, done = [0], [0], threading.Lock(), []

    def task(_context):
        with lock:
            live[0] += 1
            peak[0] = max(peak[0], live[0])
        time.sleep(0.02)
        with lock:
            live[0] -= 1

    for i in range(5):
        runner.submit(Lane.GPU, str(i), task).finished.connect(lambda: done.append(1))
    qtbot.waitUntil(lambda: len(done) == 5)
    assert peak == [1]
