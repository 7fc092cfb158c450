"""Bundles of the MONAI Model Zoo become model folders; nothing in them is ever evaluated."""

import json

import numpy as np
import pytest
import torch
from monai.networks.nets import UNet
from monai.transforms import ScaleIntensity

from medviewer import cli
from medviewer.ai.bundle_import import import_bundle
from medviewer.ai.device import choose
from medviewer.ai.loaded_model import load_model
from medviewer.ai.model_result import RunOptions, RunStatus
from medviewer.ai.normalisation import normalise
from medviewer.ai.registry import scan
from medviewer.ai.runner import run_model
from medviewer.app.paths import data_path
from medviewer.core.errors import ModelCardError
from medviewer.core.tasks import TaskContext
from tests.unit.ai.planted import standard_volume

NETWORK = {
    "_target_": "monai.networks.nets.UNet", "spatial_dims": 3, "in_channels": 1,
    "out_channels": 2, "channels": [4, 8, 16], "strides": [2, 2], "num_res_units": 1,
    "norm": "batch",
}  # fmt: skip
PREPROCESSING = [
    {"_target_": "LoadImaged", "keys": "image"},
    {"_target_": "EnsureChannelFirstd", "keys": "image"},
    {"_target_": "Orientationd", "keys": "image", "axcodes": "RAS"},
    {"_target_": "Spacingd", "keys": "image", "pixdim": [1.5, 1.5, 2.0], "mode": "bilinear"},
    {"_target_": "ScaleIntensityRanged", "keys": "image", "a_min": -57, "a_max": 164,
     "b_min": 0, "b_max": 1, "clip": True},
    {"_target_": "EnsureTyped", "keys": "image"},
]  # fmt: skip


def write_bundle(folder, weights=None, **changes):
    inference = {
        "imports": ["$import os"],
        "device": "$torch.device('cpu')",
        "network_def": NETWORK,
        "preprocessing": {"_target_": "Compose", "transforms": PREPROCESSING},
        "inferer": {"_target_": "SlidingWindowInferer", "roi_size": [32, 32, 32], "overlap": 0.5},
        "postprocessing": {
            "_target_": "Compose",
            "transforms": [
                {"_target_": "Activationsd", "keys": "pred", "softmax": True},
                {"_target_": "AsDiscreted", "keys": "pred", "argmax": True},
            ],
        },
    } | changes  # fmt: skip
    channels = {"0": "background", "1": "spleen"}
    metadata = {
        "version": "0.5.3", "name": "Spleen CT", "intended_use": "Research.",
        "network_data_format": {
            "inputs": {"image": {"modality": "CT"}},
            "outputs": {"pred": {"channel_def": channels}},
        },
    }  # fmt: skip
    (folder / "configs").mkdir(parents=True)
    (folder / "models").mkdir()
    (folder / "configs" / "inference.json").write_text(json.dumps(inference))
    (folder / "configs" / "metadata.json").write_text(json.dumps(metadata))
    if weights is None:
        torch.manual_seed(3)
        arguments = {k: v for k, v in NETWORK.items() if k != "_target_"}
        weights = UNet(**arguments).eval().state_dict()
    torch.save(weights, folder / "models" / "model.pt")
    return folder


def test_an_imported_bundle_says_what_monai_says(tmp_path):
    bundle = write_bundle(tmp_path / "spleen_ct_segmentation")
    folder = import_bundle(bundle, tmp_path / "models")
    assert folder.name == "spleen-ct-segmentation"
    assert sorted(p.name for p in folder.iterdir()) == ["card.json", "weights.safetensors"]
    (entry,) = scan([tmp_path / "models"], bundled=tmp_path / "none")
    grid = entry.card.input
    assert (grid.orientation, grid.spacing_mm, grid.multiple) == ("RAS", (1.5, 1.5, 2.0), 4)
    assert (grid.normalisation.lower, grid.normalisation.upper) == (-57, 164)
    assert grid.window.size == (32, 32, 32)
    assert [(x.number, x.name) for x in entry.card.labels] == [(1, "spleen")]
    model = load_model(entry.id, [entry], choose("cpu"))
    values = torch.rand(1, 1, 16, 16, 16)
    arguments = {k: v for k, v in NETWORK.items() if k != "_target_"}
    original = UNet(**arguments).eval()
    original.load_state_dict(torch.load(bundle / "models" / "model.pt", weights_only=True))
    with torch.inference_mode():
        assert torch.allclose(model.forward(values), original(values), atol=1e-5)
    voxels = np.random.default_rng(0).normal(50, 60, (20, 30, 24)).astype(np.float32)
    result = run_model(model, standard_volume(voxels), TaskContext(), RunOptions())
    assert result.status is RunStatus.OK
    assert result.segmentations[0].labels.shape == voxels.shape


def test_references_to_plain_values_are_followed(tmp_path):
    """Bundles of the Model Zoo name keys, sizes and devices once and refer to them."""
    keyed = [step | {"keys": "@image_key"} for step in PREPROCESSING]
    keyed[3] |= {"pixdim": "@spaces::fine"}
    bundle = write_bundle(
        tmp_path / "bundle",
        image_key="image",
        spaces={"fine": "@finest", "coarse": [3, 3, 3]},
        finest=[1.0, 1.5, 2.5],
        preprocessing={"_target_": "Compose", "transforms": keyed},
        inferer={
            "_target_": "SlidingWindowInferer", "roi_size": "@roi", "device": "$torch.device('x')"
        },
        roi=[32, 48, 32],
    )  # fmt: skip
    import_bundle(bundle, tmp_path / "models")
    (entry,) = scan([tmp_path / "models"], bundled=tmp_path / "none")
    assert entry.card.input.spacing_mm == (1.0, 1.5, 2.5)
    assert entry.card.input.window.size == (32, 48, 32)


def test_scaling_by_the_images_own_range_is_taken_over(tmp_path):
    scaling = {"_target_": "ScaleIntensityd", "keys": "image", "minv": -1, "maxv": 2}
    steps = [*PREPROCESSING[:4], scaling]
    bundle = write_bundle(
        tmp_path / "bundle", preprocessing={"_target_": "Compose", "transforms": steps}
    )
    import_bundle(bundle, tmp_path / "models")
    (entry,) = scan([tmp_path / "models"], bundled=tmp_path / "none")
    values = np.random.default_rng(0).normal(300, 50, (6, 7, 8)).astype(np.float32)
    found = normalise(values, entry.card.input.normalisation)
    expected = ScaleIntensity(-1, 2)(values)
    assert np.allclose(found, expected, atol=1e-4)


class Trap:
    """What a hostile pickle would run."""

    def __reduce__(self):
        return (pytest.fail, ("the pickle was executed",))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"network_def": NETWORK | {"_target_": "os.system"}}, "'system' is not one of"),
        ({"network_def": NETWORK | {"_target_": "AHNet"}}, "'AHNet' is not one of"),
        ({"network_def": NETWORK | {"out_channels": "$1+1"}}, "never evaluated"),
        ({"network_def": NETWORK | {"out_channels": "@classes"}}, "never evaluated"),
        ({"network_def": NETWORK | {"_requires_": "x"}}, "'_requires_'"),
        ({"network_def": NETWORK | {"in_channels": 4}}, "one channel"),
        ({"network_def": NETWORK | {"out_channels": 5}}, "the network has 5"),
        ({"network_def": "$make()"}, "names no '_target_'"),
        (
            {"preprocessing": {"_target_": "Compose", "transforms": [
                {"_target_": "Lambdad", "keys": "image", "func": "x"}]}},
            "'Lambdad' is not one of",
        ),
        (
            {"preprocessing": {"_target_": "Compose", "transforms": [
                {"_target_": "Spacingd", "keys": "image", "pixdim": "$__import__('os')"}]}},
            "never evaluated",
        ),
        ({"inferer": {"_target_": "SaliencyInferer"}}, "inferer"),
        (
            {"network_def": NETWORK | {"out_channels": "@one"}, "one": "@two", "two": "@one"},
            "in a circle",
        ),
        ({"network_def": NETWORK | {"out_channels": "@n"}, "n": "$1+1"}, "never evaluated"),
        (
            {"inferer": {"_target_": "SlidingWindowInferer", "roi_size": [8] * 3, "cval": -1}},
            "SlidingWindowInferer with cval=-1",
        ),
    ],
)  # fmt: skip
def test_what_is_not_on_the_list_is_refused_with_the_reason(tmp_path, changes, reason):
    bundle = write_bundle(tmp_path / "bundle", **changes)
    with pytest.raises(ModelCardError, match="cannot be imported") as caught:
        import_bundle(bundle, tmp_path / "models")
    assert reason in str(caught.value)
    assert not list(tmp_path.glob("models/*"))


def step(name, **arguments):
    return {"_target_": name, "keys": "image", **arguments}


TURN, SPACE, WINDOW = PREPROCESSING[2:5]
ZSCORE = step("NormalizeIntensityd")
LARGEST = step("KeepLargestConnectedComponentd")


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([TURN, WINDOW, ZSCORE], "ScaleIntensityRanged followed by NormalizeIntensityd"),
        ([TURN, ZSCORE, SPACE, WINDOW], "NormalizeIntensityd followed by ScaleIntensityRanged"),
        ([TURN, WINDOW, WINDOW], "ScaleIntensityRanged followed by ScaleIntensityRanged"),
        ([SPACE, TURN], "Spacingd before Orientationd"),
        ([TURN, SPACE, SPACE], "Spacingd more than once"),
        ([SPACE, WINDOW], "without Orientationd"),
        ([TURN | {"axcodes": "RAL"}], "the axes 'RAL'"),
        ([TURN, SPACE | {"mode": "nearest"}], "Spacingd with mode='nearest'"),
        ([TURN, SPACE | {"align_corners": True}], "Spacingd with align_corners=True"),
        ([TURN, SPACE | {"pixdim": [1.5, 1.5, -1]}], "three distances"),
        ([TURN, SPACE | {"pixdim": [1.5, "x", 2]}], "needs numbers"),
        ([TURN, WINDOW | {"a_max": -57}], "the empty range -57 to -57"),
        ([TURN, WINDOW | {"b_min": None}], "needs numbers"),
        ([TURN, ZSCORE | {"subtrahend": 3}], "NormalizeIntensityd with subtrahend=3"),
        ([TURN, ZSCORE | {"nonzero": True}], "NormalizeIntensityd with nonzero=True"),
        ([TURN, step("ScaleIntensityd", factor=2)], "ScaleIntensityd with factor=2"),
        ([TURN, step("Activationsd", other="tanh")], "Activationsd with other='tanh'"),
        ([TURN, step("AsDiscreted", threshold=0.3)], "AsDiscreted with threshold=0.3"),
        ([TURN, LARGEST | {"applied_labels": [2]}], "for the labels [2] alone"),
        ([TURN, LARGEST | {"independent": False}], "with independent=False"),
    ],
)
def test_what_would_be_computed_differently_here_is_refused_by_name(tmp_path, steps, reason):
    changes = {"preprocessing": {"_target_": "Compose", "transforms": steps}}
    bundle = write_bundle(tmp_path / "bundle", **changes)
    with pytest.raises(ModelCardError, match="cannot be imported") as caught:
        import_bundle(bundle, tmp_path / "models")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("steps", "is_first"),
    [
        ([TURN, WINDOW, SPACE], True),
        ([WINDOW, TURN, SPACE | {"mode": ["bilinear"]}], True),
        ([TURN, SPACE, WINDOW], False),
        ([TURN, WINDOW], False),
    ],
)
def test_the_card_says_whether_values_are_scaled_before_the_spacing_changes(
    tmp_path, steps, is_first
):
    changes = {"preprocessing": {"_target_": "Compose", "transforms": steps}}
    import_bundle(write_bundle(tmp_path / "bundle", **changes), tmp_path / "models")
    (entry,) = scan([tmp_path / "models"], bundled=tmp_path / "none")
    assert entry.card.input.is_normalised_first is is_first


@pytest.mark.parametrize("weights", [{"a": Trap()}, [1, 2], {"a": torch.zeros(2)}])
def test_weights_that_are_more_or_other_than_tensors_are_refused(tmp_path, weights):
    bundle = write_bundle(tmp_path / "bundle", weights)
    with pytest.raises(ModelCardError, match="cannot be imported"):
        import_bundle(bundle, tmp_path / "models")
    assert not (tmp_path / "models" / "bundle").exists()


def test_the_command_imports_and_lists_and_never_overwrites(tmp_path, capsys):
    bundle = write_bundle(tmp_path / "spleen")
    assert cli.main(["models", "import", str(bundle)]) == 0
    assert (data_path("models") / "spleen" / "card.json").is_file()
    assert cli.main(["models"]) == 0
    assert "spleen 0.5.3: Spleen CT (experimental)" in capsys.readouterr().out
    assert cli.main(["models", "import", str(bundle)]) == 1
    assert "already a model 'spleen'" in capsys.readouterr().err
