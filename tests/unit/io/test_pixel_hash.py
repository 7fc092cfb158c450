"""Fingerprints are those of the stored values, whatever file holds them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from medviewer.core.errors import PixelDataError
from medviewer.io.pixel_hash import px_sha256, rgb_sha256


def test_the_hash_is_that_of_the_little_endian_values_of_all_frames(write_image):
    frames = np.random.default_rng(0).integers(-900, 900, (3, 8, 6), np.int16)
    path = write_image(frames, RescaleSlope=2, RescaleIntercept=-5)
    assert px_sha256(path) == hashlib.sha256(frames.astype("<i2").tobytes()).hexdigest()


@pytest.mark.parametrize(
    "twins",
    [
        ("MR_small.dcm", "MR_small_bigendian.dcm", "MR_small_RLE.dcm", "MR_small_expb.dcm",
         "MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR_small_implicit.dcm"),
        ("rtdose.dcm", "rtdose_expb.dcm", "rtdose_rle.dcm"),
        ("rtdose_1frame.dcm", "rtdose_expb_1frame.dcm", "rtdose_rle_1frame.dcm", "badVR.dcm"),
        ("liver_1frame.dcm", "liver_expb_1frame.dcm"),
    ],
)  # fmt: skip
def test_the_same_image_in_different_encodings_has_one_hash(pydicom_file, twins):
    assert len({px_sha256(pydicom_file(name)) for name in twins}) == 1


def test_colours_are_hashed_before_and_after_they_become_rgb(write_image):
    ybr = np.full((4, 4, 3), (76, 85, 255), np.uint8)  # red
    path = write_image(ybr, PhotometricInterpretation="YBR_FULL")
    assert px_sha256(path) == hashlib.sha256(ybr.tobytes()).hexdigest()
    red = np.full((4, 4, 3), (254, 0, 0), np.uint8)
    assert rgb_sha256(path) == hashlib.sha256(red.tobytes()).hexdigest()


def test_a_file_without_pixels_has_no_hash(pydicom_file):
    with pytest.raises(PixelDataError):
        px_sha256(pydicom_file("rtplan.dcm"))
