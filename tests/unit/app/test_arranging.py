"""What the panes show after the layout was changed."""

from dataclasses import replace

import pytest

from medviewer.app.arranging import Arranging
from medviewer.app.session import Session
from medviewer.app.view_store import PaneState, ViewStore
from medviewer.core.windowing import VoiWindow
from tests.opened import index_of
from tests.phantoms import sphere_volume


@pytest.fixture
def store(qapp):
    """The first of three series of a study is in the only pane; another study is open too."""
    session, store = Session(), ViewStore()
    store.arranging = Arranging(session, store)
    names = ("thin", "thick", "bone")
    session.merge(index_of(*(replace(sphere_volume(), id=name) for name in names)))
    session.merge(index_of(replace(sphere_volume(), id="stranger"), patient_id="P2"))
    store.show(0, "thin", PaneState())
    return store


def shown(store, n):
    return [store.pane(index).volume_id for index in range(n)]


def test_more_panes_take_the_other_series_of_the_study_and_nobody_elses(store):
    store.update_grid(layout="2x2")
    assert shown(store, 4) == ["thin", "thick", "bone", ""]


def test_what_is_in_a_pane_already_stays_there_and_is_not_shown_twice(store):
    store.update_grid(layout="1x2")
    store.show(1, "bone", PaneState())
    store.update_grid(layout="1x3")
    assert shown(store, 3) == ["thin", "bone", "thick"]


def test_gray_and_colours_go_along_into_the_planes_and_back(store):
    window = VoiWindow(-600.0, 1500.0)
    store.update_slice(0, voi=window, color_table="hot_iron", is_inverted=True)
    store.update_grid(layout="mpr")
    looks = [store.pane(index).slice for index in range(3)]
    assert {(s.voi, s.color_table, s.is_inverted) for s in looks} == {(window, "hot_iron", True)}
    store.update_slice(0, color_table="viridis")
    store.update_grid(layout="1x1")
    assert store.pane(0).slice.color_table == "viridis"
