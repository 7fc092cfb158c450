"""What a model looks at: a volume or one frame, and that on the model's grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from medviewer.ai.preparation import gray_values, prepare_image, prepare_volume
from medviewer.core.errors import InputMismatchError
from medviewer.core.messages import Message
from medviewer.core.volume import Frame, ImageStack, Volume

if TYPE_CHECKING:
    from medviewer.ai.model_card import ModelCard
    from medviewer.ai.task_answer import Prepared
    from medviewer.core.tasks import TaskContext

Image: TypeAlias = Volume | ImageStack


def source_of(card: ModelCard, image: Image, frame_index: int) -> Volume | Frame:
    """Return the volume or the frame that the model looks at.

    Raises
    ------
    InputMismatchError
        The model reads the other kind.
    """
    if card.input.dimensions == 3:
        if isinstance(image, Volume):
            return image
        message = Message(
            "'{model}' reads volumes; this image is two-dimensional.", model=card.name
        )
        raise InputMismatchError(message, hint="Choose a CT or MR series.", model=card.id)
    if isinstance(image, Volume):
        if image.voxels.shape[0] == 1:
            return Frame(image.voxels[0], vois=image.vois, is_inverted=image.is_inverted,
                         attributes=image.attributes)  # fmt: skip
        message = Message(
            "'{model}' reads radiographs; this is a volume of {n_slices} slices.",
            model=card.name,
            n_slices=image.voxels.shape[0],
        )
        raise InputMismatchError(message, hint="Choose a radiograph.", model=card.id)
    frame = image.frames[frame_index] if frame_index < len(image.frames) else None
    if frame is None:
        message = Message(
            "Frame {number} of {count} is not loaded.",
            number=frame_index + 1,
            count=len(image.frames),
        )
        raise InputMismatchError(message, hint="Load the image first.", model=card.id)
    return frame


def prepare(card: ModelCard, source: Volume | Frame, context: TaskContext) -> Prepared:
    """Put a volume or a frame on a model's grid."""
    if isinstance(source, Volume):
        return prepare_volume(source, card.input, context)
    return prepare_image(gray_values(source), card.input)
