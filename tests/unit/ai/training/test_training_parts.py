"""Splits, movements, maps, files: the parts the training loop stands on."""

import pickle

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file
from scipy import ndimage

from medviewer.ai.detection import apart, peaks
from medviewer.ai.networks import build_network, network_names
from medviewer.ai.networks.lung_crop import crop, lung_boxes
from medviewer.ai.networks.subpixel_unet import fold, unfold
from medviewer.ai.training.affine import (
    AffineRange,
    WarpRange,
    identity_affines,
    random_affines,
    random_warps,
    sample,
)
from medviewer.ai.training.box_maps import STRIDE, encode_boxes
from medviewer.ai.training.checkpoints import read_checkpoint, write_checkpoint
from medviewer.ai.training.chest_ct import (
    add_effusion,
    add_surroundings,
    classical_lungs,
    continue_below,
)
from medviewer.ai.training.config import read_config
from medviewer.ai.training.fracture import FractureRecipe
from medviewer.ai.training.intensity import blank_outside, vary_intensity
from medviewer.ai.training.kept import read_predictions, write_predictions
from medviewer.ai.training.losses import IGNORED, box_overlap, dice_cross_entropy, heatmap_focal
from medviewer.ai.training.recipe import Case
from medviewer.ai.training.splits import VALIDATION, fold_of, split_hash
from medviewer.ai.training.weights_file import write_weights
from medviewer.core.errors import TrainingError

SIDES = torch.tensor([0.0, 0.0, 1.0, 1.0])[None, :, None, None]


def test_the_split_is_a_function_of_the_patient_alone():
    folds = [fold_of(f"p{n}", 5) for n in range(4000)]
    assert fold_of("p7", 5) == folds[7]
    assert folds.count(VALIDATION) / 4000 == pytest.approx(0.18, abs=0.03)
    for number in range(5):
        assert folds.count(number) / 4000 == pytest.approx(0.82 / 5, abs=0.03)
    assert split_hash(["a", "b"], 5) == split_hash(["b", "a", "a"], 5)
    assert split_hash(["a", "b"], 5) != split_hash(["a", "c"], 5)


def test_the_validation_part_does_not_depend_on_the_number_of_folds():
    names = [f"p{n}" for n in range(300)]
    assert [fold_of(n, 3) == VALIDATION for n in names] == [
        fold_of(n, 5) == VALIDATION for n in names
    ]


@pytest.mark.parametrize("sizes", [(6, 8), (4, 6, 8)])
def test_folding_pixels_is_undone(sizes):
    values = torch.randn(2, 3, *sizes)
    folded = fold(values, len(sizes))
    assert folded.shape[1] == 3 * 2 ** len(sizes)
    assert torch.equal(unfold(folded, len(sizes)), values)


@pytest.mark.parametrize("sizes", [(9, 12), (6, 8, 10)])
def test_a_movement_of_nothing_changes_nothing(sizes):
    values = torch.randn(2, 1, *sizes)
    moved = sample(values, identity_affines(2, len(sizes)), sizes)
    assert torch.allclose(moved, values, atol=1e-4)


def test_a_shift_is_measured_in_pixels_of_the_axis():
    values = torch.zeros(1, 1, 9, 13)
    values[0, 0, 4, 6] = 1
    affine = identity_affines(1, 2)
    affine[0, :, 2] = torch.tensor([2.0, -3.0])
    moved = sample(values, affine, (9, 13))
    assert moved[0, 0, 2, 9] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("sizes", [(19, 26), (14, 18, 23)])
def test_a_warp_reads_each_pixel_from_where_it_points_smoothly(sizes):
    warps = random_warps(WarpRange(1.5, node_px=6), sizes, 2, np.random.default_rng(3))
    values = torch.randn(2, 1, *sizes)
    bent = sample(values, identity_affines(2, len(sizes)), sizes, warps=warps)
    for image, moved, field in zip(values, bent, warps.numpy(), strict=True):
        places = np.indices(sizes) + field
        expected = ndimage.map_coordinates(image[0].numpy(), places, order=1, mode="grid-constant")
        assert moved[0].numpy() == pytest.approx(expected, abs=1e-3)
    steps = [np.abs(np.diff(warps.numpy(), axis=axis + 2)).max() for axis in range(len(sizes))]
    assert 0.5 < warps.std() < 1.5
    assert max(steps) < 1.5  # pixels: neighbours keep their order but for rare extremes


def test_random_movements_stay_within_their_limits_and_repeat():
    limits = AffineRange(rotation_degrees=10, scale=0.2, shift=0.1)
    first = random_affines(limits, (20, 20), 50, np.random.default_rng(1))
    assert torch.equal(first, random_affines(limits, (20, 20), 50, np.random.default_rng(1)))
    sizes = first[:, :, :2].det().abs().sqrt()
    assert sizes.max() <= 1.2001
    assert sizes.min() >= 1 / 1.2001
    assert first[:, :, 2].abs().max() <= 1.0


def test_boxes_come_back_from_their_maps():
    boxes = np.array([[40.0, 60.0, 20.0, 32.0], [100.0, 30.0, 40.0, 16.0]])
    heatmap, targets, weights = encode_boxes(boxes, 16)
    assert (heatmap == 1).sum() == 2
    assert weights.max() <= 1
    logits = torch.logit(torch.from_numpy(heatmap * (weights > 0)).clamp(1e-6, 1 - 1e-6))
    found = peaks(logits[None], torch.from_numpy(targets), STRIDE, 2)
    expected = [(30, 44, 50, 76), (80, 22, 120, 38)]
    assert np.asarray(sorted(box for _, _, box in found)) == pytest.approx(
        np.asarray(expected), abs=0.1
    )


def test_the_cells_around_a_peak_agree_on_its_box():
    """Each is wrong by its own amount, the weaker ones by more: their mean is nearer."""
    rng = np.random.default_rng(5)
    truth = np.array([20.0, 36.0, 52.0, 76.0])
    centre, size = (truth[:2] + truth[2:]) / 16, np.log((truth[2:] - truth[:2]) / 8)
    rows, columns = np.mgrid[:12, :12]
    errors = {"alone": [], "agreed": []}
    for _ in range(40):
        boxes = np.stack(
            [centre[0] - columns, centre[1] - rows, *(0 * rows + side for side in size)]
        ) + rng.normal(0, 0.2, (4, 12, 12))
        heatmap = np.full((12, 12), -9.0)
        heatmap[6:9, 3:6] = 1.0
        heatmap[7, 4] = 2.0
        (box,) = (b for _, _, b in peaks(*map(torch.from_numpy, (heatmap[None], boxes)), 8, 1))
        heatmap[6:9, 3:6] = -9.0
        heatmap[7, 4] = 2.0
        (lone,) = (b for _, _, b in peaks(*map(torch.from_numpy, (heatmap[None], boxes)), 8, 1))
        errors["agreed"].append(np.abs(box - truth).mean())
        errors["alone"].append(np.abs(lone - truth).mean())
    assert np.mean(errors["agreed"]) < 0.5 * np.mean(errors["alone"])
    # At the border of the map only the cells that exist count.
    corner = torch.full((1, 4, 4), -9.0)
    corner[0, 0, 0] = 3.0
    (edge,) = peaks(corner, torch.zeros(4, 4, 4), 8, 1)
    assert edge[2] == pytest.approx((-4.0, -4.0, 4.0, 4.0), abs=0.1)


def test_of_boxes_of_a_class_that_overlap_the_strongest_stays():
    first, near, far = (0.0, 0.0, 10.0, 10.0), (1.0, 0.0, 11.0, 10.0), (8.0, 0.0, 18.0, 10.0)
    # 90 of 110 pixels are shared with the neighbour, 20 of 180 with the far one.
    found = [(0, 3.0, first), (0, 2.0, near), (1, 1.5, near), (0, 1.0, far)]
    assert apart(found, 0.3) == [found[0], found[2], found[3]]
    assert apart(found, 0.1) == [found[0], found[2]]
    assert apart(found, 0.9) == found


def test_the_fracture_recipe_keeps_the_boxes_that_the_engine_would(tmp_path):
    true = np.array(
        [[100.0, 60.0, 40.0, 24.0], [120.0, 60.0, 40.0, 24.0], [30.0, 120.0, 16.0, 16.0]]
    )
    heatmap, boxes, weights = encode_boxes(true, 52)

    class Detector(torch.nn.Module):
        def forward(self, values):
            peaked = torch.from_numpy(np.where(weights > 0, heatmap * 8 - 4, -20).astype("f"))
            peaked[7, 15] -= 1
            return {
                "heatmap": peaked[None, None],
                "boxes": torch.from_numpy(boxes)[None],
                "image": torch.tensor([[0.5]]),
            }

    case = Case("a", "p", {"image": np.zeros((416, 416), np.uint8)})
    (kept,) = FractureRecipe(tmp_path).predict(Detector(), [case])
    strong = kept["boxes"][kept["logits"] > 2].astype(float)
    # The middle one overlaps the first by more than 0.3.
    expected = np.array([[22.0, 112, 38, 128], [80, 48, 120, 72]])
    assert strong[np.argsort(strong[:, 0])] == pytest.approx(expected, abs=0.1)


def test_the_ignored_part_of_a_reference_has_no_gradient():
    labels = torch.zeros(1, 8, 8, dtype=torch.long)
    labels[:, 4:] = 1
    labels[:, :, 6:] = IGNORED
    logits = torch.randn(1, 2, 8, 8, requires_grad=True)
    dice_cross_entropy(logits, labels).backward()
    assert logits.grad[..., 6:].abs().max() == 0
    assert logits.grad[..., :6].abs().min() > 0


def test_the_focal_loss_vanishes_for_a_perfect_map():
    heatmap = torch.zeros(1, 5, 5)
    heatmap[0, 2, 2] = 1
    perfect = torch.where(heatmap > 0.5, 20.0, -20.0)
    assert heatmap_focal(perfect, heatmap) < 1e-6
    assert heatmap_focal(-perfect, heatmap) > 10
    # Where it does not count, a wrong answer costs nothing.
    wrong = perfect.clone()
    wrong[0, 0, 0] = 20.0
    counted = (wrong == perfect).float()
    assert heatmap_focal(wrong, heatmap) > 10
    assert heatmap_focal(wrong, heatmap, counted) < 1e-6


def test_the_loss_of_boxes_is_one_minus_their_generalized_overlap():
    true = torch.zeros(1, 4, 2, 2)
    true[:, 2:] = np.log(4)
    weights = torch.zeros(1, 2, 2)
    weights[0, 0, 1] = 1
    assert box_overlap(true, true, weights) == pytest.approx(0, abs=1e-6)
    # Half a width away: they share 2 x 4 of 6 x 4, and their hull has no other part.
    moved = true.clone()
    moved[:, 0] = 2
    assert box_overlap(moved, true, weights) == pytest.approx(1 - 1 / 3, abs=1e-5)
    # Two widths away: nothing is shared, and a third of the hull lies between them.
    moved[:, 0] = 8
    assert box_overlap(moved, true, weights) == pytest.approx(1 + 1 / 3, abs=1e-5)
    # Twice the size costs the same for a small box and for a large one.
    for side in (2.0, 20.0):
        true[:, 2:] = np.log(side)
        assert box_overlap(true + np.log(2) * SIDES, true, weights) == pytest.approx(0.75, abs=1e-5)
    assert box_overlap(moved, true, 0 * weights) == 0


def test_weights_beyond_half_precision_are_kept(tmp_path):
    network = torch.nn.BatchNorm1d(2)
    network.running_var[:] = torch.tensor([3.0, 150_000.0])
    write_weights(tmp_path / "weights.safetensors", network)
    stored = load_file(tmp_path / "weights.safetensors")
    assert stored["running_var"].tolist() == [3.0, 150_000.0]
    assert stored["running_mean"].dtype == torch.float16


def test_only_networks_of_the_list_are_built():
    assert "ensemble" in network_names()
    with pytest.raises(ValueError, match="allow-list"):
        build_network("os.system", {})


def test_the_lung_box_holds_the_lungs_and_crops_to_them():
    probability = torch.zeros(1, 64, 64)
    probability[0, 16:48, 8:40] = 1
    boxes = lung_boxes(probability)
    x, y, half_width, half_height = boxes[0].tolist()
    assert (x, y) == pytest.approx(((8 + 40) / 64 - 1, 0.0), abs=0.04)
    assert half_width >= 0.5
    assert half_height < 0.65
    inside = crop(probability[:, None], boxes, 32)
    assert inside.mean() > 0.7
    assert lung_boxes(torch.zeros(1, 8, 8)).tolist() == [[0, 0, 1, 1]]


def test_features_of_a_crop_lie_where_the_crop_lies():
    network = build_network("efficientnet_classifier", {"classes": 2, "stages": 2}).eval()
    seen = []
    network.features.register_forward_hook(lambda *call: seen.append(call[2]))
    placement = torch.tensor([[-0.5, 0.5, 0.25, 0.25]])
    with torch.no_grad():
        assert network(torch.randn(1, 1, 64, 64), placement).shape == (1, 2)
    filled = seen[0][0].abs().sum(0) > 0
    rows, columns = torch.nonzero(filled, as_tuple=True)
    assert (rows.min(), rows.max()) == (20, 27)
    assert (columns.min(), columns.max()) == (4, 11)


def test_what_lies_outside_a_scan_becomes_air_or_tissue_and_the_scan_stays():
    hu = np.full((16, 16, 16), -850.0, np.float32)
    known = np.zeros(hu.shape, bool)
    known[4:12, 4:12, 4:12] = True
    outside = []
    for seed in range(12):
        filled = add_surroundings(hu, known, np.random.default_rng(seed))
        assert (filled[known] == -850).all()
        outside.append(float(filled[~known].mean()))
    assert min(outside) == -1024
    assert -150 < max(outside) < 150


def test_a_scan_that_ends_in_the_lungs_goes_on_below_with_organs_inside_the_ribs():
    hu = np.full((20, 30, 40), 60.0, np.float32)
    hu[:, :4] = -1000.0  # in front of the patient
    lungs = np.zeros(hu.shape, np.uint8)
    lungs[:, 8:24, 4:18], lungs[:, 8:24, 22:36] = 2, 1
    hu[lungs > 0] = -850.0
    has_gas = []
    for seed in range(12):
        more, labels = continue_below(hu, lungs, np.random.default_rng(seed))
        below = len(more) - len(hu)
        assert 5 <= below <= 10
        assert np.array_equal(more[below:], hu)
        assert np.array_equal(labels[below:], lungs)
        assert not labels[:below].any()
        assert (more[:below, :3] == -1000).all()
        inside = more[:below, 8:24, 4:36]
        has_gas.append(bool((inside < -900).any()))
        assert -100 < np.median(inside) < 200
        assert (inside < -300).mean() < 0.3
    assert 0 < sum(has_gas) < 12


def test_variations_follow_from_their_own_generator_alone():
    values = torch.rand(3, 1, 8, 8)
    first = vary_intensity(values, np.random.default_rng(4))
    torch.manual_seed(99)
    assert torch.equal(vary_intensity(values, np.random.default_rng(4)), first)
    assert not torch.equal(first[0], first[1])


def test_blanking_leaves_the_inside_alone():
    values, masks = torch.randn(6, 1, 40, 40), torch.zeros(6, 1, 40, 40)
    masks[..., 18:22, 18:22] = 1
    result = blank_outside(values, masks, np.random.default_rng(0), 1.0)
    assert torch.equal(result[..., 18:22, 18:22], values[..., 18:22, 18:22])
    assert all(entry.max() == entry.min() for entry in result[:, 0, :8, :8])


def test_a_checkpoint_survives_a_broken_write(tmp_path):
    path = tmp_path / "run" / "checkpoint.pt"
    assert read_checkpoint(path) is None
    write_checkpoint(path, {"step": 3, "network": {"a": torch.ones(2)}})
    with pytest.raises((pickle.PicklingError, AttributeError)):
        write_checkpoint(path, {"step": 4, "network": {"a": torch.ones(2)}, "broken": lambda: 0})
    assert list(path.parent.iterdir()) == [path]
    stored = read_checkpoint(path)
    assert stored["step"] == 3
    assert torch.equal(stored["network"]["a"], torch.ones(2))


def test_kept_predictions_come_back(tmp_path):
    kept = {"a.png": {"logits": np.arange(3.0)}, "b::c.png": {"label": np.ones((2, 2), np.uint8)}}
    write_predictions(tmp_path / "cv.npz", kept)
    back = read_predictions(tmp_path / "cv.npz")
    assert set(back) == set(kept)
    assert back["b::c.png"]["label"].dtype == np.uint8


def test_an_unknown_key_in_a_recipe_file_is_named(tmp_path):
    path = tmp_path / "train.yaml"
    path.write_text(yaml.safe_dump({"model": "m", "recipe": "hippocampus", "stepz": 3}))
    with pytest.raises(TrainingError, match="stepz"):
        read_config(path)


def test_classical_lungs_and_fluid_on_a_phantom():
    hu = np.full((40, 60, 80), -1000, np.float32)
    hu[:, 5:55, 5:75] = 40
    k, j, i = np.mgrid[:40, :60, :80]
    for centre in (22, 58):
        inside = ((k - 20) / 15) ** 2 + ((j - 30) / 18) ** 2 + ((i - centre) / 12) ** 2 < 1
        hu[inside] = -850
    lungs = classical_lungs(hu, 4.0)
    assert set(np.unique(lungs)) == {0, 1, 2}
    assert np.argwhere(lungs == 1)[:, 2].mean() > 50
    assert dice_of(lungs == 2, (hu == -850) & (i < 40)) > 0.95
    wet = add_effusion(hu, lungs, np.random.default_rng(2))
    changed = wet != hu
    assert changed.any()
    assert (lungs[changed] > 0).all()
    assert np.argwhere(changed)[:, 1].mean() > np.argwhere(lungs > 0)[:, 1].mean()


def dice_of(a, b):
    return 2 * (a & b).sum() / (a.sum() + b.sum())
