"""Presentation states written by another program (highdicom) about a series on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import highdicom as hd
import numpy as np
from highdicom.pr import GraphicAnnotation, GraphicLayer, GraphicObject, TextObject
from highdicom.pr.content import SoftcopyVOILUTTransformation
from pydicom import dcmread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LINE = ((2.0, 3.0), (20.0, 3.0), (20.0, 12.0))
CENTRE, RADIUS = (12.0, 14.0), 5.0


def write_state(folder: Path, path: Path, marked: Sequence[int] = (), **fields: Any) -> list[str]:
    """Write a state about all images of a folder; drawings lie on the marked ones.

    Returns
    -------
    list of str
        SOPInstanceUIDs in the order of the files' names.
    """
    images = [dcmread(file) for file in sorted(folder.glob("*.dcm"))]
    layer = GraphicLayer("MARKS", 1)
    annotations = marked and [
        GraphicAnnotation(
            [images[number] for number in marked],
            layer,
            graphic_objects=[
                GraphicObject("POLYLINE", np.array(LINE), "PIXEL"),
                GraphicObject(
                    "CIRCLE", np.array([CENTRE, (CENTRE[0] + RADIUS, CENTRE[1])]), "PIXEL"
                ),
                GraphicObject("POINT", np.array([[0.5, 0.25]]), "DISPLAY"),
            ],
            text_objects=[TextObject("seen\r\nbefore", "PIXEL", bounding_box=(4.0, 5.0, 9.0, 8.0))],
        )
    ]
    state = hd.pr.GrayscaleSoftcopyPresentationState(
        referenced_images=images,
        series_instance_uid=hd.UID(),
        series_number=77,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="Elsewhere",
        manufacturer_model_name="Reader",
        software_versions="1",
        device_serial_number="1",
        content_label="NODULE",
        content_creator_name="Doe^Jane",
        graphic_layers=[layer] if marked else None,
        graphic_annotations=annotations or None,
        voi_lut_transformations=[SoftcopyVOILUTTransformation(-600.0, 1500.0)],
        concept_name=None,
    )
    state.PresentationCreationDate = "20200203"
    for keyword, value in fields.items():
        setattr(state, keyword, value)
    state.save_as(path)
    return [str(image.SOPInstanceUID) for image in images]
