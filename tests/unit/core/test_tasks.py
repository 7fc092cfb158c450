import pytest

from medviewer.core.errors import MedviewerError
from medviewer.core.tasks import Progress, TaskCancelled, TaskContext


def test_a_checkpoint_reports_what_it_is_given():
    seen = []
    TaskContext(on_progress=seen.append).checkpoint(0.25, "load.slices", payload="partial")
    assert seen == [Progress(0.25, "load.slices", "partial")]


def test_a_cancelled_task_stops_at_its_next_checkpoint_without_a_report():
    seen = []
    context = TaskContext(on_progress=seen.append)
    context.cancel()
    assert context.is_cancelled
    with pytest.raises(TaskCancelled):
        context.checkpoint(0.5)
    assert seen == []


def test_cancellation_is_not_an_error_of_the_program():
    assert not issubclass(TaskCancelled, MedviewerError)
