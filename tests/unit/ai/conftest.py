import pytest

from medviewer.ai.device import choose
from medviewer.ai.loaded_model import load_model
from medviewer.ai.registry import scan
from tests.unit.ai.planted import (
    base_card,
    disc_card,
    train_disc_segmenter,
    train_segmenter,
    write_model,
)


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory):
    """A models folder with two networks trained here, within seconds."""
    folder = tmp_path_factory.mktemp("models")
    write_model(folder / "ellipsoid-mr", train_segmenter(), base_card())
    write_model(folder / "disc-xray", train_disc_segmenter(), disc_card())
    return folder


@pytest.fixture(scope="session")
def segmenter(models_folder):
    return load_model("ellipsoid-mr", scan(bundled=models_folder), choose("cpu"))
