"""Corner text facts and tag browser rows say what the header says, as people read it."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from medviewer.io.dicom_attributes import (
    age_text,
    date_text,
    image_attributes,
    number_text,
    slice_attributes,
    time_text,
    value_unit,
)
from medviewer.io.header_dump import MAX_LEVEL, header_rows
from medviewer.io.pixel_values import ImageReader

IMAGE = np.zeros((4, 4), np.int16)


def test_facts_are_formatted_for_people(write_image):
    path = write_image(
        IMAGE, PatientName="Zhang^XiaoDong", PatientBirthDate="19700203", PatientAge="045Y",
        StudyDate="20260102", StudyTime="130501.25", SliceThickness="2.50", EchoTime="12.000",
        ImageType=["ORIGINAL", "PRIMARY"], ContrastBolusAgent="", SeriesNumber=3,
        AcquisitionTime="1305", InstanceNumber=17,
    )  # fmt: skip
    header = ImageReader(path).header
    facts = image_attributes(header)
    assert facts["patient_name"] == "Zhang, XiaoDong"
    assert (facts["patient_birth_date"], facts["patient_age"]) == ("1970-02-03", "45 Y")
    assert (facts["study_date"], facts["study_time"]) == ("2026-01-02", "13:05:01")
    assert (facts["slice_thickness"], facts["echo_time"]) == ("2.5", "12")
    assert facts["series_number"] == "3"
    assert "contrast_bolus_agent" not in facts
    assert "lossy" not in facts
    own = slice_attributes(header)
    assert (own["instance_number"], own["acquisition_time"]) == ("17", "13:05")


def test_facts_of_enhanced_objects_come_from_their_groups(write_image):
    frame, measures, echo = Dataset(), Dataset(), Dataset()
    measures.SliceThickness, echo.EffectiveEchoTime = "3.5", 98.25
    frame.PixelMeasuresSequence = Sequence([measures])
    frame.MREchoSequence = Sequence([echo])
    path = write_image(
        np.zeros((2, 4, 4), np.int16), PerFrameFunctionalGroupsSequence=Sequence([frame, Dataset()])
    )
    reader = ImageReader(path)
    facts = image_attributes(reader.header, reader.functional_groups(0))
    assert (facts["slice_thickness"], facts["echo_time"]) == ("3.5", "98.25")
    assert "slice_thickness" not in image_attributes(reader.header, reader.functional_groups(1))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"LossyImageCompression": "00"}, None),
        ({"LossyImageCompression": "01"}, "yes"),
        (
            {
                "LossyImageCompression": "01",
                "LossyImageCompressionMethod": "ISO_10918_1",
                "LossyImageCompressionRatio": "12.04",
            },
            "JPEG 12:1",
        ),
        (
            {
                "LossyImageCompression": "01",
                "LossyImageCompressionMethod": ["ISO_10918_1", "ISO_15444_1"],
                "LossyImageCompressionRatio": ["4", "7.5"],
            },
            "JPEG 2000 7.5:1",
        ),
        (
            {
                "LossyImageCompression": "01",
                "LossyImageCompressionMethod": "ISO_15444_1",
                "LossyImageCompressionRatio": "2097.152",
            },
            "JPEG 2000 2097:1",
        ),
    ],
)
def test_lossy_compression_is_named_with_method_and_ratio(write_image, attributes, expected):
    facts = image_attributes(ImageReader(write_image(IMAGE, **attributes)).header)
    assert facts.get("lossy") == expected


@pytest.mark.parametrize(
    ("attributes", "unit"),
    [
        ({"RescaleSlope": 1, "RescaleIntercept": -1024}, "HU"),
        ({"RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "US"}, "HU"),
        ({}, ""),
        ({"Modality": "PT", "Units": "BQML", "RescaleSlope": 2, "RescaleIntercept": 0}, "Bq/ml"),
        ({"Modality": "MR", "RescaleSlope": 2, "RescaleIntercept": 0, "RescaleType": "US"}, ""),
    ],
)
def test_the_unit_of_values(write_image, attributes, unit):
    reader = ImageReader(write_image(IMAGE, **attributes))
    assert value_unit(reader.header, reader.modality_lut()) == unit


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        (date_text, "2004.01.19", "2004-01-19"),
        (date_text, "unknown", "unknown"),
        (time_text, "07", "07"),
        (time_text, "10:11:12", "10:11:12"),
        (time_text, "noon", "noon"),
        (age_text, "003W", "3 W"),
        (age_text, "old", "old"),
        (number_text, "1.50\\2", "1.5, 2"),
        (number_text, "thick", "thick"),
    ],
)
def test_odd_values_are_shown_as_they_are(function, value, expected):
    assert function(value) == expected


def test_the_tag_browser_lists_every_element_with_its_level(write_image):
    inner = Dataset()
    inner.SeriesDescription = "inside"
    path = write_image(
        IMAGE, ReferencedSeriesSequence=Sequence([inner, Dataset()]), PixelSpacing=["0.5", "0.25"]
    )
    rows = header_rows(path)
    by_name = {row.name: row for row in rows}
    assert rows[0].tag.startswith("(0002,")
    assert by_name["Pixel Spacing"].value == "0.5\\0.25"
    assert by_name["Transfer Syntax UID"].value.endswith("   Explicit VR Little Endian")
    assert by_name["Referenced Series Sequence"].value == "2 items"
    assert (by_name["Item 1"].level, by_name["Item 2"].level) == (1, 1)
    assert (by_name["Series Description"].level, by_name["Series Description"].value) == (
        1,
        "inside",
    )
    assert (rows[-1].name, rows[-1].vr, rows[-1].value) == ("Pixel Data", "OW", "32 bytes")


def test_the_tag_browser_stops_at_a_level(write_image):
    inner = Dataset()
    for _ in range(MAX_LEVEL + 10):
        outer = Dataset()
        outer.ReferencedSeriesSequence = Sequence([inner])
        inner = outer
    path = write_image(IMAGE, ReferencedSeriesSequence=Sequence([inner]))
    assert max(row.level for row in header_rows(path)) == MAX_LEVEL


def test_the_tag_browser_shows_every_bundled_file(pydicom_file):
    paths = sorted(pydicom_file("").glob("*.dcm"))
    assert len(paths) > 60
    shown = [len(header_rows(path)) for path in paths if path.name != "no_meta.dcm"]
    assert min(shown) > 3
