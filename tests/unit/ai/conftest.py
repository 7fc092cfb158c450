import pytest

from medviewer.ai.device import choose
from medviewer.ai.loaded_model import load_model
from medviewer.ai.registry import scan


@pytest.fixture(scope="session")
def segmenter(models_folder):
    return load_model("ellipsoid-mr", scan(bundled=models_folder), choose("cpu"))
