"""Small DICOM files made for one test each."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.data import DATA_ROOT
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid


@pytest.fixture(scope="session")
def pydicom_file():
    """Path of a file that pydicom itself brings along."""

    def find(name: str) -> Path:
        return Path(DATA_ROOT) / "test_files" / name

    return find


@pytest.fixture
def make_dataset():
    """Data set of an image of given stored values; keyword arguments replace attributes."""

    def make(stored: np.ndarray, **attributes: Any) -> Dataset:
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SOPClassUID = CTImageStorage
        dataset.SOPInstanceUID = generate_uid()
        dataset.StudyInstanceUID = "1.2.3"
        dataset.SeriesInstanceUID = "1.2.3.4"
        dataset.Modality = "CT"
        dataset.PatientName = "Doe^Jane"
        is_color = stored.ndim > 2 and stored.shape[-1] == 3
        dataset.Rows, dataset.Columns = stored.shape[-3:-1] if is_color else stored.shape[-2:]
        dataset.SamplesPerPixel = 3 if is_color else 1
        if is_color:
            dataset.PlanarConfiguration = 0
        if stored.ndim - is_color > 2:
            dataset.NumberOfFrames = stored.shape[0]
        dataset.PhotometricInterpretation = "RGB" if is_color else "MONOCHROME2"
        dataset.BitsAllocated = stored.dtype.itemsize * 8
        dataset.BitsStored = dataset.BitsAllocated
        dataset.HighBit = dataset.BitsStored - 1
        dataset.PixelRepresentation = int(stored.dtype.kind == "i")
        data = np.ascontiguousarray(stored).tobytes()
        dataset.PixelData = data + b"\0" * (len(data) % 2)
        dataset["PixelData"].VR = "OB" if stored.dtype.itemsize == 1 else "OW"
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
        return dataset

    return make


@pytest.fixture
def write_image(tmp_path, make_dataset):
    """Write an image of given stored values; returns its path."""
    numbers = itertools.count()

    def write(stored: np.ndarray, **attributes: Any) -> Path:
        path = tmp_path / f"image{next(numbers)}.dcm"
        make_dataset(stored, **attributes).save_as(path, enforce_file_format=True)
        return path

    return write
