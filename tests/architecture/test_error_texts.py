"""Every error code has a sentence for the reader, and the sentence only names known facts."""

import ast
from pathlib import Path
from string import Formatter

from medviewer.core import errors
from medviewer.ui.error_text import error_text, sentences

PACKAGE = Path(errors.__file__).resolve().parents[1]


def _family(root=errors.MedviewerError):
    for child in root.__subclasses__():
        yield child
        yield from _family(child)


def _classes():
    return [errors.MedviewerError, *(e for e in _family() if e.__module__ == errors.__name__)]


def _facts_by_class():
    """Keyword arguments given to each error class anywhere in the program."""
    names = {e.__name__ for e in _classes()}
    facts = {name: set() for name in names}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                facts[node.func.id] |= {k.arg for k in node.keywords}
    return facts


def test_every_error_code_has_a_sentence_and_no_sentence_is_without_a_code():
    assert set(sentences()) == {e.code for e in _classes()}


def test_sentences_name_only_facts_that_are_given_somewhere():
    facts = _facts_by_class()
    for error in _classes():
        given = set().union(*(facts[e.__name__] for e in _classes() if issubclass(e, error)))
        for sentence in sentences()[error.code]:
            named = {field for _, field, _, _ in Formatter().parse(sentence) if field}
            assert named <= given, f"{error.code}: {sentence}"


def test_an_error_without_its_facts_still_reads_as_a_sentence():
    for error in _classes():
        shown = error_text(error("Thing, value, rule."))
        assert shown.title
        assert "{" not in shown.title + shown.remedy
        assert "Thing, value, rule." in shown.detail
