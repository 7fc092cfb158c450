from medviewer.core import errors
from medviewer.core.errors import MedviewerError


def _family(root=MedviewerError):
    for child in root.__subclasses__():
        yield child
        yield from _family(child)


def test_every_error_has_a_code_of_its_own():
    named = [e for e in _family() if e.__module__ == errors.__name__]
    codes = [e.code for e in named]
    assert len(set(codes)) == len(codes)
    assert all("code" in vars(e) for e in named)


def test_an_error_reads_as_message_then_remedy_and_keeps_its_facts():
    error = errors.SeriesGeometryError("Gap of 5 mm.", hint="Open it as a stack.", gap_mm=5.0)
    assert str(error) == "Gap of 5 mm. Open it as a stack."
    assert error.facts == {"gap_mm": 5.0}


def test_an_error_without_a_remedy_reads_as_its_message():
    assert str(errors.ExportError("Nothing to write.")) == "Nothing to write."
