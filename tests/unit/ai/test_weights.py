import hashlib
import pickle
from dataclasses import replace

import pytest
import torch

from medviewer.ai.device import CPU, Device, choose, memory_errors
from medviewer.ai.model_card import NetworkSpec, WeightsFile
from medviewer.ai.weights import load_network, read_tensors
from medviewer.core.errors import (
    DeviceMemoryError,
    InferenceError,
    ModelCardError,
    WeightsError,
)
from tests.unit.ai.planted import base_card


class Payload:
    def __reduce__(self):
        return (print, ("executed",))


@pytest.mark.parametrize("content", [pickle.dumps(Payload()), b"", b"\x00" * 64, b"{}"])
def test_what_is_no_safetensors_file_is_refused_and_never_executed(tmp_path, capsys, content):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="safetensors"):
        read_tensors(path, hashlib.sha256(content).hexdigest())
    assert "executed" not in capsys.readouterr().out


def test_a_torch_checkpoint_is_refused_under_its_right_hash(tmp_path):
    path = tmp_path / "weights.safetensors"
    torch.save({"a": torch.zeros(3)}, path)
    with pytest.raises(WeightsError):
        read_tensors(path, hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_wrong_hash_and_a_missing_file_are_named(tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"x")
    with pytest.raises(WeightsError, match="SHA-256"):
        read_tensors(path, "0" * 64)
    with pytest.raises(WeightsError, match="cannot be read"):
        read_tensors(tmp_path / "absent.safetensors", "0" * 64)


def test_a_network_that_is_not_on_the_allow_list_is_refused(tmp_path):
    card = base_card(network=NetworkSpec("os.system", {"command": "true"}))
    with pytest.raises(ModelCardError, match=r"os\.system"):
        load_network(card, tmp_path)


def test_weights_of_another_architecture_are_refused(models_folder):
    card = base_card()
    path = models_folder / "disc-xray" / "weights.safetensors"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    wrong = replace(card, weights=WeightsFile(digest))
    with pytest.raises(WeightsError, match="do not fit"):
        load_network(wrong, models_folder / "disc-xray")


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (RuntimeError("CUDA out of memory. Tried to allocate"), DeviceMemoryError),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), DeviceMemoryError),
        (MemoryError(), DeviceMemoryError),
        (torch.OutOfMemoryError("full"), DeviceMemoryError),
        (RuntimeError("CUDA error: device-side assert triggered"), InferenceError),
    ],
)
def test_what_torch_raises_becomes_an_error_with_a_remedy(raised, expected):
    device = Device(CPU, "processor", has_fast_bf16=False)
    with pytest.raises(expected) as caught, memory_errors(device):
        raise raised
    assert caught.value.hint


def test_a_device_that_is_not_there_is_named():
    assert choose("cpu").kind == "cpu"
    if not torch.cuda.is_available():
        with pytest.raises(InferenceError, match="cuda"):
            choose("cuda")
