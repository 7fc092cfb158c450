"""Turn a bundle of the MONAI Model Zoo into a model folder, without running anything of it."""

from __future__ import annotations

import hashlib
import pickle
import re
import shutil
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save

from medviewer.ai.bundle_config import network_name, read_facts, read_json
from medviewer.ai.bundle_facts import BundleFacts, refusal
from medviewer.ai.card_file import CARD_FILE, write_card
from medviewer.ai.model_card import (
    CardLabel,
    DataSource,
    Licences,
    ModelCard,
    NetworkSpec,
    TrainingFacts,
    WeightsFile,
)
from medviewer.ai.networks import build_network
from medviewer.ai.user_models import new_model

if TYPE_CHECKING:
    from pathlib import Path

_MAXIMUM_BYTES = 1 << 30
_MODALITIES = {"CT": "CT", "MR": "MR", "MRI": "MR"}


def import_bundle(bundle: Path, models: Path, name: str = "") -> Path:
    """Import a bundle into the user's models.

    Parameters
    ----------
    bundle : Path
        Folder with ``configs/inference.json``, ``configs/metadata.json`` and ``models/model.pt``.
    models : Path
        Folder of the user's models; made if needed.
    name : str
        What the model is called by; the folder's name unless given.

    Returns
    -------
    Path
        The new model's folder.

    Raises
    ------
    ModelCardError
        The bundle is not what can be imported, or a model of its name is there; with the reason.
    """
    metadata = read_json(bundle / "configs" / "metadata.json")
    facts = read_facts(read_json(bundle / "configs" / "inference.json"), metadata)
    named = name or bundle.resolve().name
    identity = re.sub(r"[^a-z0-9]+", "-", named.lower()).strip("-")
    if not identity:
        raise refusal(f"its name '{named}' has neither letters nor digits.")
    with new_model(identity, models) as folder:
        weights = _weights(bundle / "models" / "model.pt", facts)
        digest = hashlib.sha256(weights).hexdigest()
        card = _card(identity, facts, metadata, WeightsFile(digest))
        (folder / card.weights.file).write_bytes(weights)
        write_card(card, folder / CARD_FILE)
        for document in ("LICENSE", "docs/README.md", "docs/data_license.txt"):
            if (bundle / document).is_file():
                shutil.copyfile(bundle / document, folder / (bundle / document).name)
    return models / identity


def _weights(path: Path, facts: BundleFacts) -> bytes:
    """Read a state dict, tensors alone, and return it as safetensors if it fits the network."""
    try:
        if path.stat().st_size > _MAXIMUM_BYTES:
            raise refusal(f"{path.name} is larger than {_MAXIMUM_BYTES >> 20} MiB.")
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise refusal(
            f"{path.name} holds more than tensors, or is damaged: {error}"[:300]
        ) from error
    tensors = _tensors(stored)
    try:
        network = build_network(network_name(facts), facts.arguments)
        network.load_state_dict(tensors)
    except (RuntimeError, TypeError, ValueError, KeyError) as error:
        raise refusal(f"the weights do not fit the network: {error}"[:300]) from error
    return save({name: value.contiguous().clone() for name, value in tensors.items()})


def _tensors(stored: Any) -> dict[str, torch.Tensor]:
    for key in ("state_dict", "model"):
        if isinstance(stored, dict) and isinstance(stored.get(key), dict):
            stored = stored[key]
    if not isinstance(stored, dict) or not all(
        isinstance(v, torch.Tensor) for v in stored.values()
    ):
        raise refusal("the weights are no table of tensors.")
    return {str(name): value for name, value in stored.items()}


def _card(
    identity: str, facts: BundleFacts, metadata: dict[str, Any], weights: WeightsFile
) -> ModelCard:
    modality = _MODALITIES.get(facts.modality)
    if modality is None:
        raise refusal(f"modality '{facts.modality}' is neither CT nor MR.")
    source = str(metadata.get("data_source", "") or "not stated")
    labels = tuple(
        CardLabel(name.replace(" ", "_"), number, name) for number, name in facts.labels.items()
    )
    return ModelCard(
        identity,
        str(metadata.get("version", "0")),
        str(metadata.get("name", "") or identity),
        "segmentation",
        (modality,),
        NetworkSpec(network_name(facts), facts.arguments),
        weights,
        facts.grid,
        labels,
        TrainingFacts((DataSource(source, "not stated"),)),
        (),
        Licences(str(metadata.get("copyright", "") or "see LICENSE"), "not stated"),
        str(metadata.get("intended_use", "") or "Not stated by the bundle."),
        ("Anything the bundle's own documents do not name.",),
        summary=str(metadata.get("description", "")),
        postprocessing=facts.postprocessing,
        limitations=("Imported: no quality was measured here, and no input is refused.",),
        references=tuple(str(r) for r in metadata.get("references", [])),
        is_experimental=True,
    )
