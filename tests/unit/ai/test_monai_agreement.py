"""An imported bundle says here what MONAI itself says, voxel by voxel, on the image's own grid."""

import json
from dataclasses import replace

import nibabel
import numpy as np
import pytest
import SimpleITK
import torch
from monai.bundle import ConfigParser
from scipy import ndimage
from torch import nn

from medviewer.ai.bundle_import import import_bundle
from medviewer.ai.device import choose
from medviewer.ai.loaded_model import load_model
from medviewer.ai.model_result import RunOptions
from medviewer.ai.preparation import prepare_volume
from medviewer.ai.registry import scan
from medviewer.ai.runner import run_model
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.tasks import TaskCancelled, TaskContext
from medviewer.core.volume import Volume
from tests.unit.ai.planted import dice
from tests.unit.ai.test_bundle_import import write_bundle

pytestmark = pytest.mark.filterwarnings("ignore")  # MONAI's and torch's own

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
READING = [
    {"_target_": "LoadImaged", "keys": "image"},
    {"_target_": "EnsureChannelFirstd", "keys": "image"},
    {"_target_": "Orientationd", "keys": "image", "axcodes": "RAS"},
]
SPLEEN_CT = [
    *READING,
    {"_target_": "Spacingd", "keys": "image", "pixdim": [1.5, 1.5, 2.0], "mode": "bilinear"},
    {"_target_": "ScaleIntensityRanged", "keys": "image", "a_min": -57, "a_max": 164,
     "b_min": 0, "b_max": 1, "clip": True},
    {"_target_": "EnsureTyped", "keys": "image"},
]  # fmt: skip
BRAIN_MR = [
    *READING,
    {"_target_": "Spacingd", "keys": "image", "pixdim": [1.0, 1.0, 1.0], "mode": "bilinear"},
    {"_target_": "NormalizeIntensityd", "keys": "image"},
    {"_target_": "EnsureTyped", "keys": "image"},
]
POSTPROCESSING = [
    {"_target_": "Activationsd", "keys": "pred", "softmax": True},
    {"_target_": "Invertd", "keys": "pred", "transform": "@preprocessing", "orig_keys": "image",
     "nearest_interp": False, "to_tensor": True},
    {"_target_": "AsDiscreted", "keys": "pred", "argmax": True},
]  # fmt: skip


def network_def(classes):
    return {
        "_target_": "UNet", "spatial_dims": 3, "in_channels": 1, "out_channels": classes,
        "channels": [8, 16, 32, 64], "strides": [2, 2, 2], "num_res_units": 1, "norm": "batch",
    }  # fmt: skip


def inference_of(steps, roi, classes, mode):
    inferer = {"_target_": "SlidingWindowInferer", "roi_size": roi, "sw_batch_size": 1,
               "overlap": 0.5, "mode": mode}  # fmt: skip
    return {
        "network_def": network_def(classes),
        "preprocessing": {"_target_": "Compose", "transforms": steps},
        "inferer": inferer,
        "postprocessing": {"_target_": "Compose", "transforms": POSTPROCESSING},
    }


def settle(network, values, roi):
    """Give a network fixed random weights that smooth, and BatchNorm the statistics of an image."""
    generator = torch.Generator().manual_seed(5)
    line = torch.tensor([1.0, 2.0, 1.0])
    kernel = line[:, None, None] * line[:, None] * line
    for module in network.modules():
        if isinstance(module, nn.Conv3d | nn.ConvTranspose3d):
            weights = torch.randn(module.weight.shape[:2], generator=generator)
            spread = kernel / kernel.sum() if module.kernel_size[0] == 3 else torch.ones(1, 1, 1)
            module.weight.data.copy_(weights[..., None, None, None] * spread)
            if module.bias is not None:
                module.bias.data.zero_()
        if isinstance(module, nn.BatchNorm3d):
            module.momentum = None  # the mean over what it saw
    first = [(n - min(n, r)) // 2 for n, r in zip(values.shape[2:], roi, strict=True)]
    size = [min(n, r) // 8 * 8 for n, r in zip(values.shape[2:], roi, strict=True)]
    window = tuple(slice(a, a + n) for a, n in zip(first, size, strict=True))
    with torch.no_grad():
        network.train()(values[(slice(None), slice(None), *window)])
    return network.eval()


def labels_of_monai(inference, path, bundle_folder, channels):
    """What MONAI's own parser, transforms and inferer make of a bundle; writes the bundle."""
    parser = ConfigParser(inference)
    data = parser.get_parsed_content("preprocessing")({"image": str(path)})
    values = data["image"][None]
    network = parser.get_parsed_content("network_def")
    settle(network, values.as_tensor(), inference["inferer"]["roi_size"])
    write_bundle(bundle_folder, network.state_dict(), **inference)
    metadata = json.loads((bundle_folder / "configs" / "metadata.json").read_text())
    metadata["network_data_format"] = channels
    (bundle_folder / "configs" / "metadata.json").write_text(json.dumps(metadata))
    with torch.no_grad():
        data["pred"] = parser.get_parsed_content("inferer")(values, network)[0]
        data = parser.get_parsed_content("postprocessing")(data)
    return np.asarray(data["pred"][0]).astype(np.uint8)


def volume_of(path):
    image = nibabel.load(path)
    voxels = np.asarray(image.dataobj, np.float32).transpose(2, 1, 0)
    geometry = VolumeGeometry(voxels.shape, RAS_TO_LPS @ image.affine)
    return Volume("image", np.ascontiguousarray(voxels), geometry, "1.2")


def imported(tmp_path):
    import_bundle(tmp_path / "bundle", tmp_path / "models")
    (entry,) = scan([tmp_path / "models"], bundled=tmp_path / "none")
    return load_model(entry.id, [entry], choose("cpu"))


def assert_agreement(tmp_path, path, steps, roi, classes=2, modality="CT", mode="constant"):
    names = {str(n): f"class{n}" for n in range(classes)} | {"0": "background"}
    channels = {"inputs": {"image": {"modality": modality}},
                "outputs": {"pred": {"channel_def": names}}}  # fmt: skip
    inference = inference_of(steps, roi, classes, mode)
    expected = labels_of_monai(inference, path, tmp_path / "bundle", channels)
    result = run_model(imported(tmp_path), volume_of(path), TaskContext(), RunOptions(True))
    found = result.segmentations[0].labels.transpose(2, 1, 0)
    assert found.shape == expected.shape
    for number in range(classes):
        assert 0.03 < (expected == number).mean() < 0.97, "the network tells nothing apart"
        assert dice(found == number, expected == number) >= 0.99


def write_phantom(path, degrees, flips=(1, 1, 1)):
    """Blobs on an anisotropic grid turned about the patient's left-right axis."""
    rng, angle = np.random.default_rng(0), np.deg2rad(degrees)
    values = ndimage.gaussian_filter(rng.normal(0, 1, (86, 78, 34)), (4, 4, 1.6))
    values = values / values.std() * 80 + 50 + rng.normal(0, 10, values.shape)
    affine = np.eye(4)
    turn = [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    affine[:3, :3] = np.asarray(turn) * np.array([0.8, 0.9, 2.6]) * flips
    affine[:3, 3] = (-30, 12, 70)
    nibabel.save(nibabel.Nifti1Image(values.astype(np.float32), affine), path)
    return path


@pytest.mark.parametrize(
    ("degrees", "flips", "mode"),
    [(0, (1, 1, 1), "constant"), (9, (-1, 1, 1), "gaussian"), (24, (-1, -1, 1), "constant")],
)
def test_a_generated_oblique_anisotropic_volume_is_labelled_as_by_monai(
    tmp_path, degrees, flips, mode
):
    path = write_phantom(tmp_path / "image.nii.gz", degrees, flips)
    assert_agreement(tmp_path, path, SPLEEN_CT, [32, 32, 32], mode=mode)


def test_a_volume_smaller_than_the_window_is_labelled_as_by_monai(tmp_path):
    path = write_phantom(tmp_path / "image.nii.gz", 12)
    assert_agreement(tmp_path, path, BRAIN_MR, [96, 96, 96], 3, "MRI")


UNCLIPPED = {"_target_": "ScaleIntensityRanged", "keys": "image", "a_min": 0, "a_max": 90}
SCALED_FIRST = {
    "clipped window": [SPLEEN_CT[4]],
    "z-scores": [BRAIN_MR[4]],
    "window made void by the image's own range": [
        UNCLIPPED, {"_target_": "ScaleIntensityd", "keys": "image", "minv": -1, "maxv": 1}
    ],
}  # fmt: skip


@pytest.mark.parametrize("scaling", SCALED_FIRST.values(), ids=SCALED_FIRST)
def test_values_that_are_scaled_before_the_spacing_changes_are_those_of_monai(tmp_path, scaling):
    path = write_phantom(tmp_path / "image.nii.gz", 9, (-1, 1, 1))
    steps = [*READING, *scaling, SPLEEN_CT[3]]
    assert_agreement(tmp_path, path, steps, [32, 32, 32])
    reading = ConfigParser({"steps": {"_target_": "Compose", "transforms": steps}})
    expected = reading.get_parsed_content("steps")({"image": str(path)})["image"][0]
    grid = load_again(tmp_path).card.input
    found = prepare_volume(volume_of(path), grid).values
    assert np.abs(found - np.asarray(expected)).max() < 1e-3
    later = prepare_volume(volume_of(path), replace(grid, is_normalised_first=False)).values
    assert np.abs(later - np.asarray(expected)).max() > 0.02, "the order makes no difference"


@pytest.mark.slow
def test_a_chest_ct_is_labelled_as_by_monai_with_the_spleen_bundles_configuration(
    tmp_path, data_folder
):
    reader = SimpleITK.ImageSeriesReader()
    folder = str(data_folder / "lung-ct" / "LIDC-IDRI-0001")
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(folder))
    path = tmp_path / "image.nii.gz"
    SimpleITK.WriteImage(reader.Execute()[150:330, 180:350, 10:70], str(path))
    assert_agreement(tmp_path, path, SPLEEN_CT, [96, 96, 64])


def test_a_brain_mr_is_labelled_as_by_monai(tmp_path, data_folder):
    path = sorted((data_folder / "hippocampus-mr" / "images").glob("*.nii.gz"))[0]
    assert_agreement(tmp_path, path, BRAIN_MR, [32, 32, 32], 3, "MRI")


def test_a_run_in_monais_tiles_can_be_cancelled(tmp_path):
    path = write_phantom(tmp_path / "image.nii.gz", 0)
    assert_agreement(tmp_path, path, SPLEEN_CT, [32, 32, 32])
    model, context, seen = load_again(tmp_path), TaskContext(), []

    def forward(values):
        seen.append(values.shape)
        if len(seen) == 2:
            context.cancel()
        return torch.zeros(1, 2, *values.shape[2:])

    model.network.forward = forward
    with pytest.raises(TaskCancelled):
        run_model(replace(model), volume_of(path), context, RunOptions(True))
    assert len(seen) == 2


def load_again(tmp_path):
    (entry,) = scan([tmp_path / "models"], bundled=tmp_path / "none")
    return load_model(entry.id, [entry], choose("cpu"))
