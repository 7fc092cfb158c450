"""Headers read as pydicom reads them, and everything that is no header refused."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from medviewer.core.errors import FileUnavailableError, NotDicomError
from medviewer.io.dicom_elements import MAX_COUNT, MAX_DEPTH
from medviewer.io.dicom_header import Header, tag_of
from medviewer.io.dicom_read import read_index_header

IMAGE = np.arange(12, dtype=np.uint16).reshape(3, 4)
BUNDLED = [
    "CT_small.dcm", "MR_small.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm",
    "MR_small_expb.dcm", "image_dfl.dcm", "rtdose.dcm", "rtplan.dcm", "rtstruct.dcm",
    "liver_1frame.dcm", "examples_palette.dcm", "examples_ybr_color.dcm", "reportsi.dcm",
    "test-SR.dcm", "waveform_ecg.dcm", "UN_sequence.dcm", "priv_SQ.dcm", "nested_priv_SQ.dcm",
    "ExplVR_BigEndNoMeta.dcm", "ExplVR_LitEndNoMeta.dcm", "no_meta_group_length.dcm",
    "empty_charset_LEI.dcm", "JPEG2000.dcm", "SC_rgb_jpeg_gdcm.dcm", "693_J2KI.dcm",
]  # fmt: skip
NUMERIC = ("US", "SS", "UL", "SL", "FL", "FD", "IS", "DS")


def plain(value):
    """A pydicom value in the types of Header.get."""
    if isinstance(value, MultiValue | list | tuple):
        return [plain(part) for part in value]
    return float(value)


def compare(dataset: Dataset, header: Header, path: str = "") -> int:
    """Compare the elements, and the values of numbers, codes, sequences and bytes, of two readers.

    Returns how many values that are no sequences were compared.
    """
    assert set(header.tags()) == {int(element.tag) for element in dataset}, path
    n_compared = 0
    for element in dataset:
        tag = int(element.tag)
        if element.VR == "SQ":
            items = header.items(tag)
            assert len(items) == len(element.value), f"{path}{element.tag}"
            for item, other in zip(element.value, items, strict=True):
                n_compared += compare(item, other, f"{path}{element.tag}/")
        elif element.VR in NUMERIC and element.value not in (None, "", []):
            found = header.value(tag)
            found = found if isinstance(found, list) else [found]
            expected = plain(element.value)
            expected = expected if isinstance(expected, list) else [expected]
            assert found == pytest.approx(expected), f"{path}{element.tag}"
            n_compared += 1
        elif element.VR in ("UI", "CS", "DA", "SH") and isinstance(element.value, str):
            expected_text = element.value.strip(" \0") or None
            assert header.value(tag) == expected_text, f"{path}{element.tag}"
            n_compared += 1
        elif element.VR == "UN":
            assert header.raw(tag) == element.value, f"{path}{element.tag}"
            n_compared += 1
    return n_compared


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", BUNDLED)
def test_numbers_codes_and_bytes_of_a_bundled_file_are_what_pydicom_reads(pydicom_file, name):
    path = pydicom_file(name)
    dataset = pydicom.dcmread(path, stop_before_pixels=True, force=True)
    assert compare(dataset, read_index_header(path)) > 0


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small_expb.dcm", "image_dfl.dcm"])
def test_pixel_data_are_found_where_they_lie(pydicom_file, name):
    header = read_index_header(pydicom_file(name))
    dataset = pydicom.dcmread(pydicom_file(name))
    _tag, _vr, start, length = header.pixel_data
    assert length == len(dataset.PixelData)
    found = header.read_bytes(start, start + length)
    if found is None:
        found = pydicom_file(name).read_bytes()[start : start + length]
    assert found == dataset.PixelData


def test_a_file_without_preamble_and_meta_is_read(tmp_path, make_dataset):
    buffer = io.BytesIO()
    dataset = make_dataset(IMAGE)
    del dataset.file_meta
    pydicom.dcmwrite(buffer, dataset, implicit_vr=True, little_endian=True)
    path = tmp_path / "bare"
    path.write_bytes(buffer.getvalue())
    header = read_index_header(path)
    assert header.transfer_syntax_uid == ""
    assert (header.get("Rows"), header.get("Columns")) == (3, 4)
    assert header.get("PatientName") == "Doe, Jane"


@pytest.mark.parametrize("declared", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_the_bytes_decide_where_the_declared_encoding_is_wrong(write_image, declared):
    path = write_image(IMAGE)
    data = path.read_bytes()
    right, wrong = b"1.2.840.10008.1.2.1\0", str(declared).encode().ljust(20, b"\0")
    assert data.count(right) == 1
    path.write_bytes(data.replace(right, wrong))
    header = read_index_header(path)
    assert (header.get("Rows"), header.get("Modality")) == (3, "CT")


def test_an_empty_file_is_refused_with_its_reason(tmp_path):
    path = tmp_path / "empty.dcm"
    path.write_bytes(b"")
    with pytest.raises(NotDicomError, match=r"empty\.dcm is not a DICOM file"):
        read_index_header(path)


@pytest.mark.parametrize("content", [b"hello world " * 50, bytes(range(256)) * 4, b"\x89PNG" * 90])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(NotDicomError):
        read_index_header(path)


def test_a_missing_file_is_refused_with_the_systems_reason(tmp_path):
    with pytest.raises(FileUnavailableError, match="No such file"):
        read_index_header(tmp_path / "absent.dcm")


def nested_file(depth: int, is_defined: bool) -> bytes:
    """A file whose sequences are nested ``depth`` deep."""
    inner = b""
    for _ in range(depth):
        if is_defined:
            item = struct.pack("<HHL", 0xFFFE, 0xE000, len(inner)) + inner
            inner = struct.pack("<HH2sHL", 0x0008, 0x1140, b"SQ", 0, len(item)) + item
        else:
            item = struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF) + inner
            item += struct.pack("<HHL", 0xFFFE, 0xE00D, 0)
            inner = struct.pack("<HH2sHL", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + item
            inner += struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    modality = struct.pack("<HH2sH", 0x0008, 0x0060, b"CS", 2) + b"CT"
    return b"\0" * 128 + b"DICM" + modality + inner


def test_sequences_nested_without_end_are_refused(tmp_path):
    path = tmp_path / "deep.dcm"
    path.write_bytes(nested_file(20_000, is_defined=False))
    with pytest.raises(NotDicomError, match="nests sequences"):
        read_index_header(path)


def test_items_without_number_are_refused(tmp_path):
    item = struct.pack("<HHL", 0xFFFE, 0xE000, 0)
    modality = struct.pack("<HH2sH", 0x0008, 0x0060, b"CS", 2) + b"CT"
    sequence = struct.pack("<HH2sHL", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF)
    path = tmp_path / "items.dcm"
    path.write_bytes(b"\0" * 128 + b"DICM" + modality + sequence + item * (MAX_COUNT + 2))
    with pytest.raises(NotDicomError, match="more than 100000 items"):
        read_index_header(path)


@pytest.mark.parametrize("is_defined", [True, False])
def test_sequences_nested_as_deep_as_allowed_are_read(tmp_path, is_defined):
    path = tmp_path / "deep.dcm"
    path.write_bytes(nested_file(MAX_DEPTH, is_defined))
    header: Header = read_index_header(path)
    depth = 0
    while items := header.get("ReferencedImageSequence"):
        header, depth = items[0], depth + 1
    # the last one has no elements, so that it is an item all the same
    assert depth == MAX_DEPTH


def test_a_header_cut_inside_an_element_keeps_what_came_before(write_image):
    path = write_image(IMAGE)
    data = path.read_bytes()
    cut = data.index(b"1.2.3.4") + 3
    path.write_bytes(data[:cut])
    header = read_index_header(path)
    assert header.is_truncated
    assert header.pixel_data is None
    assert header.get("StudyInstanceUID") == "1.2.3"


def test_a_deflated_file_that_grows_without_end_is_read_only_as_far_as_needed(tmp_path):
    body = nested_file(1, is_defined=False)[132:]
    pixels = struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OW", 0, 1 << 30)
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    stream = squeeze.compress(body + pixels + b"\0" * (64 << 20)) + squeeze.flush()
    uid = b"1.2.840.10008.1.2.1.99"
    meta = struct.pack("<HH2sH", 2, 0x10, b"UI", len(uid)) + uid
    path = tmp_path / "bomb.dcm"
    path.write_bytes(b"\0" * 128 + b"DICM" + meta + stream)
    header = read_index_header(path)
    assert header.get("Modality") == "CT"
    assert len(header._table.source.buffer) < 1 << 20


def test_damaged_deflated_data_are_refused(tmp_path):
    uid = b"1.2.840.10008.1.2.1.99"
    meta = struct.pack("<HH2sH", 2, 0x10, b"UI", len(uid)) + uid
    path = tmp_path / "damaged.dcm"
    path.write_bytes(b"\0" * 128 + b"DICM" + meta + b"\xff\xfe\xfd" * 40)
    with pytest.raises(NotDicomError):
        read_index_header(path)


def test_items_of_a_private_sequence_of_unknown_vr_are_implicit(tmp_path, make_dataset):
    dataset = make_dataset(IMAGE)
    item = Dataset()
    item.SeriesDescription = "inside"
    dataset.ReferencedSeriesSequence = Sequence([item])
    inner = struct.pack("<HHL", 0x0008, 0x103E, 6) + b"inside"
    data = struct.pack("<HHL", 0xFFFE, 0xE000, len(inner)) + inner
    data += struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    unknown = struct.pack("<HH2sHL", 0x0029, 0x1010, b"UN", 0, 0xFFFFFFFF) + data
    modality = struct.pack("<HH2sH", 0x0008, 0x0060, b"CS", 2) + b"CT"
    after = struct.pack("<HH2sHH", 0x0028, 0x0010, b"US", 2, 77)
    path = tmp_path / "private.dcm"
    path.write_bytes(b"\0" * 128 + b"DICM" + modality + unknown + after)
    header = read_index_header(path)
    assert header.get("Rows") == 77
    assert [i.get("SeriesDescription") for i in header.items(0x00291010)] == ["inside"]


@pytest.mark.parametrize(
    ("keyword", "text", "expected"),
    [
        ("PixelSpacing", "0.5\\0.75", [0.5, 0.75]),
        ("SliceThickness", " 2.50 ", 2.5),
        ("SliceThickness", "2,5", 2.5),
        ("PixelSpacing", "0.5\\0.75\\", [0.5, 0.75]),
        ("InstanceNumber", "12 ", 12),
        ("ImageType", "ORIGINAL\\PRIMARY", ["ORIGINAL", "PRIMARY"]),
        ("StudyDescription", "  a b ", "a b"),
    ],
)
def test_values_are_what_the_text_means(tmp_path, keyword, text, expected):
    assert value_of(tmp_path, keyword, text) == expected


@pytest.mark.parametrize("text", ["abc", "", "nan", "inf", "1e999"])
def test_a_number_that_is_none_gives_the_default(tmp_path, text):
    assert value_of(tmp_path, "SliceThickness", text) is None


def value_of(folder, keyword, text):
    tag = tag_of(keyword)
    raw = text.encode().ljust(len(text) + len(text) % 2)
    modality = struct.pack("<HH2sH", 0x0008, 0x0060, b"CS", 2) + b"CT"
    vr = {"PixelSpacing": b"DS", "SliceThickness": b"DS", "InstanceNumber": b"IS"}.get(keyword)
    vr = vr or (b"CS" if keyword == "ImageType" else b"LO")
    element = struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(raw)) + raw
    path = folder / "value.dcm"
    path.write_bytes(b"\0" * 128 + b"DICM" + modality + element)
    return read_index_header(path).get(keyword)
