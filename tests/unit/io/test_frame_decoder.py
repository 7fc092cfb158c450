"""Stored values of every layout and compression, and clear refusals of what is damaged."""

from __future__ import annotations

import struct
import zlib

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.pixels import get_encoder
from pydicom.uid import (
    ExplicitVRBigEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from medviewer.core.errors import DataError, PixelDataError, UnsupportedTransferSyntaxError
from medviewer.io.frame_decoder import FrameReader
from medviewer.io.pixel_values import ImageReader

JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
HTJ2K_LOSSLESS = "1.2.840.10008.1.2.4.201"
JPEG_XL_LOSSLESS = "1.2.840.10008.1.2.4.110"
DEFLATED_FRAME = "1.2.840.10008.1.2.8.1"
EXACT = [
    "CT_small.dcm", "MR_small.dcm", "MR_small_bigendian.dcm", "MR_small_expb.dcm",
    "MR_small_implicit.dcm", "MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "MR_small_padded.dcm",
    "MR_small_jpeg_ls_lossless.dcm", "image_dfl.dcm", "rtdose.dcm", "rtdose_expb.dcm",
    "rtdose_rle.dcm", "liver_1frame.dcm", "liver_expb_1frame.dcm", "JPEG2000.dcm", "693_J2KI.dcm",
    "J2K_pixelrep_mismatch.dcm", "JPEGLSNearLossless_08.dcm", "JPEGLSNearLossless_16.dcm",
    "SC_rgb_rle.dcm", "SC_rgb_rle_16bit_2frame.dcm", "SC_rgb_rle_32bit_2frame.dcm",
    "SC_rgb_small_odd.dcm", "SC_rgb_small_odd_big_endian.dcm", "SC_rgb_jpeg_gdcm.dcm",
    "SC_rgb_gdcm_KY.dcm", "SC_rgb_jls_lossy_line.dcm", "SC_rgb_jls_lossy_sample.dcm",
    "SC_rgb_jpeg_dcmtk.dcm", "SC_ybr_full_422_uncompressed.dcm", "GDCMJ2K_TextGBR.dcm",
    "examples_palette.dcm", "examples_ybr_color.dcm", "examples_rgb_color.dcm",
    "examples_overlay.dcm", "examples_jpeg2k.dcm",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", EXACT)
def test_a_bundled_file_decodes_to_what_pydicom_decodes(pydicom_file, name):
    path = pydicom_file(name)
    dataset = pydicom.dcmread(path)
    expected = pydicom.pixels.pixel_array(dataset, raw=True)
    reader = FrameReader(path)
    frames = np.stack([reader.stored(index) for index in range(reader.n_frames)])
    assert frames.dtype == expected.dtype.newbyteorder("=")
    np.testing.assert_array_equal(frames.reshape(expected.shape), expected)


@pytest.mark.parametrize("bits", range(1, 33))
@pytest.mark.parametrize("is_signed", [False, True])
def test_every_depth_keeps_its_values_and_drops_unused_bits(write_image, bits, is_signed):
    if bits == 1:
        return  # stored packed: its own test
    allocated = 8 if bits <= 8 else 16 if bits <= 16 else 32
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if is_signed else (0, (1 << bits) - 1)
    kind = "i" if is_signed else "u"
    values = np.linspace(low, high, 24).astype(np.int64).reshape(4, 6)
    stored = values.astype(f"{kind}{allocated // 8}")
    if bits < allocated:  # rubbish above BitsStored, as old overlays are
        mask = (1 << bits) - 1
        rubbish = (stored.view(f"u{allocated // 8}") & mask) | (1 << allocated - 1)
        stored = rubbish.astype(f"u{allocated // 8}")
    path = write_image(
        stored, BitsStored=bits, HighBit=bits - 1, PixelRepresentation=int(is_signed)
    )
    decoded = FrameReader(path).stored(0)
    assert decoded.dtype == np.dtype(f"{kind}{allocated // 8}")
    np.testing.assert_array_equal(decoded, values)


def test_single_bits_of_several_frames_are_unpacked_without_alignment(write_image, make_dataset):
    frames = np.random.default_rng(0).integers(0, 2, (3, 5, 7), np.uint8)
    packed = np.packbits(frames.reshape(-1), bitorder="little").tobytes()
    packed += b"\0" * (len(packed) % 2)
    path = write_image(frames, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=packed)
    reader = FrameReader(path)
    for index in range(3):
        np.testing.assert_array_equal(reader.stored(index), frames[index])


def test_twelve_bits_packed_into_three_bytes_are_unpacked(write_image):
    values = np.array([[0x123, 0xABC, 0x001], [0xFFF, 0x800, 0x7FF]], np.uint16)
    packed = b""
    for first, second in values.reshape(-1, 2):
        packed += bytes((first & 0xFF, (first >> 8) | (second & 0x0F) << 4, second >> 4))
    packed += b"\0" * (len(packed) % 2)
    path = write_image(values, BitsAllocated=12, BitsStored=12, HighBit=11, PixelData=packed)
    np.testing.assert_array_equal(FrameReader(path).stored(0), values)


def test_planes_become_pixels(write_image):
    rgb = np.random.default_rng(1).integers(0, 256, (2, 4, 6, 3), np.uint8)
    planes = np.moveaxis(rgb, -1, 1)
    path = write_image(rgb, PlanarConfiguration=1, PixelData=planes.tobytes())
    reader = FrameReader(path)
    np.testing.assert_array_equal(reader.stored(1), rgb[1])


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_float_pixel_data_are_read(write_image, make_dataset, tmp_path, dtype):
    values = np.linspace(-1.5, 2.5, 12).reshape(3, 4).astype(dtype)
    dataset = make_dataset(np.zeros((3, 4), np.uint16))
    del dataset.PixelData
    keyword = "FloatPixelData" if dtype == "f4" else "DoubleFloatPixelData"
    setattr(dataset, keyword, values.tobytes())
    path = tmp_path / "float.dcm"
    dataset.save_as(path, enforce_file_format=True)
    np.testing.assert_array_equal(FrameReader(path).stored(0), values)


def test_eight_bit_words_of_big_endian_files_are_swapped_back(tmp_path, make_dataset):
    frames = np.arange(2 * 3 * 5, dtype=np.uint8).reshape(2, 3, 5)  # odd frames, displaced bytes
    swapped = np.frombuffer(frames.tobytes(), ">u2").astype("<u2").tobytes()
    dataset = make_dataset(frames, PixelData=swapped)
    dataset["PixelData"].VR = "OW"
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    path = tmp_path / "big.dcm"
    dataset.save_as(path, enforce_file_format=True)
    reader = FrameReader(path)
    for index in range(2):
        np.testing.assert_array_equal(reader.stored(index), frames[index])


def test_the_private_syntax_with_big_endian_pixels_is_read(tmp_path, make_dataset):
    values = np.arange(12, dtype=np.uint16).reshape(3, 4)
    dataset = make_dataset(values, PixelData=values.astype(">u2").tobytes())
    dataset.file_meta.TransferSyntaxUID = "1.2.840.113619.5.2"
    path = tmp_path / "ge.dcm"
    dataset.save_as(path, implicit_vr=True, little_endian=True, enforce_file_format=True)
    np.testing.assert_array_equal(FrameReader(path).stored(0), values)


def ramp(dtype: str = "u2", n_frames: int = 1) -> np.ndarray:
    """Smooth frames with a little noise."""
    rows, columns = np.mgrid[0:48, 0:40]
    noise = np.random.default_rng(3).integers(0, 9, (n_frames, 48, 40))
    frames = rows * 20 + columns * 30 + noise
    if dtype == "i2":
        frames = frames - 1000
    return (frames // (8 if dtype == "u1" else 1)).astype(dtype)


def codestream(uid: str, frame: np.ndarray) -> bytes:
    """One frame compressed without loss."""
    unsigned = frame.view(f"u{frame.dtype.itemsize}")
    if uid == JPEGLSLossless:
        return imagecodecs.jpegls_encode(unsigned)
    if uid == JPEG2000Lossless:
        return imagecodecs.jpeg2k_encode(frame, level=0, codecformat="j2k", reversible=True)
    if uid == HTJ2K_LOSSLESS:
        return imagecodecs.htj2k_encode(frame, reversible=True)
    if uid == JPEG_LOSSLESS:
        return imagecodecs.ljpeg_encode(unsigned, bitspersample=frame.dtype.itemsize * 8)
    if uid == JPEG_XL_LOSSLESS:
        return imagecodecs.jpegxl_encode(unsigned, lossless=True)
    if uid == DEFLATED_FRAME:
        squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
        return squeeze.compress(frame.tobytes()) + squeeze.flush()
    signs = {"pixel_representation": int(frame.dtype.kind == "i")}
    return get_encoder(RLELossless).encode(
        frame, rows=frame.shape[0], columns=frame.shape[1], samples_per_pixel=1, number_of_frames=1,
        bits_allocated=frame.dtype.itemsize * 8, bits_stored=frame.dtype.itemsize * 8,
        photometric_interpretation="MONOCHROME2", encoding_plugin="pydicom", **signs,
    )  # fmt: skip


@pytest.fixture
def write_compressed(tmp_path, make_dataset):
    """Write encapsulated pixel data of frames of a given shape."""

    def write(uid: str, frames: np.ndarray, pixel_data: bytes):
        dataset = make_dataset(frames if len(frames) > 1 else frames[0], PixelData=pixel_data)
        dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
        dataset.file_meta.TransferSyntaxUID = RLELossless
        path = tmp_path / "compressed.dcm"
        dataset.save_as(path, enforce_file_format=True)
        # pydicom refuses to write transfer syntaxes that it does not know: put them in afterwards
        written, wanted = (text.encode() + b"\0" * (len(text) % 2) for text in (RLELossless, uid))
        element = b"\x02\0\x10\0UI"
        path.write_bytes(
            path.read_bytes().replace(
                element + struct.pack("<H", len(written)) + written,
                element + struct.pack("<H", len(wanted)) + wanted,
            )
        )
        return path

    return write


COMPRESSIONS = [JPEGLSLossless, JPEG2000Lossless, HTJ2K_LOSSLESS, JPEG_LOSSLESS, JPEG_XL_LOSSLESS,
                DEFLATED_FRAME, RLELossless]  # fmt: skip


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2"])
@pytest.mark.parametrize("uid", COMPRESSIONS)
def test_a_lossless_compression_gives_back_what_went_in(write_compressed, uid, dtype):
    frames = ramp(dtype, 2)
    streams = [codestream(uid, frame) for frame in frames]
    path = write_compressed(uid, frames, encapsulate(streams))
    reader = FrameReader(path)
    for index in range(2):
        assert reader.stored(index).dtype == frames.dtype
        np.testing.assert_array_equal(reader.stored(index), frames[index])


def test_a_lossy_jpeg_of_twelve_bits_is_read_in_all_of_them(write_compressed):
    frame = ramp("u2")
    assert frame.max() > 2047
    stream = imagecodecs.jpeg8_encode(frame[0], level=99, bitspersample=12)
    found = FrameReader(write_compressed(JPEG_EXTENDED, frame, encapsulate([stream]))).stored(0)
    assert found.dtype == np.uint16
    assert np.abs(found.astype(int) - frame[0]).max() <= 8


@pytest.mark.parametrize("has_bot", [True, False])
def test_frames_of_several_fragments_are_put_together(write_compressed, has_bot):
    frames = ramp("u2", 3)
    streams = [codestream(JPEG2000Lossless, frame) for frame in frames]
    data = encapsulate(streams, fragments_per_frame=3, has_bot=has_bot)
    path = write_compressed(JPEG2000Lossless, frames, data)
    reader = FrameReader(path)
    np.testing.assert_array_equal(reader.stored(2), frames[2])


def test_the_extended_offset_table_is_followed(write_image, make_dataset, tmp_path):
    frames = ramp("u2", 2)
    streams = [codestream(JPEGLSLossless, frame) for frame in frames]
    data, offsets, lengths = encapsulate_extended(streams)
    dataset = make_dataset(frames, PixelData=data)
    dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = offsets, lengths
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
    path = tmp_path / "extended.dcm"
    dataset.save_as(path, enforce_file_format=True)
    np.testing.assert_array_equal(FrameReader(path).stored(1), frames[1])


@pytest.mark.parametrize("declared", [RLELossless, JPEGBaseline8Bit, "1.2.840.10008.1.2.1"])
def test_the_codestream_decides_where_the_transfer_syntax_is_wrong(write_compressed, declared):
    frame = ramp("u2", 1)
    data = encapsulate([codestream(JPEGLSLossless, frame[0])])
    path = write_compressed(declared, frame, data)
    np.testing.assert_array_equal(FrameReader(path).stored(0), frame[0])


def test_a_jpeg_xl_frame_of_another_size_is_refused_and_of_fewer_bits_is_widened(write_compressed):
    large = encapsulate([codestream(JPEG_XL_LOSSLESS, np.zeros((512, 512), np.uint16))])
    with pytest.raises(PixelDataError, match="JPEG XL frame is damaged"):
        FrameReader(write_compressed(JPEG_XL_LOSSLESS, ramp("u2"), large)).stored(0)
    narrow = encapsulate([codestream(JPEG_XL_LOSSLESS, ramp("u1")[0])])
    frame = FrameReader(write_compressed(JPEG_XL_LOSSLESS, ramp("u2"), narrow)).stored(0)
    assert frame.dtype == np.uint16
    np.testing.assert_array_equal(frame, ramp("u1")[0])


def test_native_pixels_declared_as_compressed_are_read(write_image, make_dataset):
    frame = ramp("u2")[0]
    meta = make_dataset(frame).file_meta
    path = write_image(frame, file_meta=meta)
    data = path.read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0")
    path.write_bytes(data)
    assert FrameReader(path).header.transfer_syntax_uid == RLELossless
    np.testing.assert_array_equal(FrameReader(path).stored(0), frame)


def test_truncated_pixels_are_refused_with_both_sizes(write_image):
    path = write_image(np.zeros((100, 100), np.uint16))
    path.write_bytes(path.read_bytes()[:-15_000])
    with pytest.raises(PixelDataError, match="truncated: it has 5000 bytes of 20000 bytes"):
        FrameReader(path)


def test_a_truncated_deflated_file_is_refused(pydicom_file, tmp_path):
    path = tmp_path / "deflated.dcm"
    path.write_bytes(pydicom_file("image_dfl.dcm").read_bytes()[:-3000])
    with pytest.raises(PixelDataError, match="truncated"):
        FrameReader(path).stored(0)


def test_shared_colours_of_an_odd_row_are_refused(write_image):
    ybr = np.zeros((3, 5, 3), np.uint8)
    path = write_image(ybr, PhotometricInterpretation="YBR_FULL_422")
    with pytest.raises(PixelDataError, match="even number of columns, not 5"):
        FrameReader(path).stored(0)


@pytest.mark.parametrize("name", ["CT_small.dcm", "image_dfl.dcm", "examples_palette.dcm"])
def test_damage_to_a_header_never_raises_anything_but_a_data_error(pydicom_file, tmp_path, name):
    good = pydicom_file(name).read_bytes()
    rng = np.random.default_rng(11)
    path = tmp_path / "damaged.dcm"
    n_read = 0
    for _ in range(80):
        bad = bytearray(good)
        for place in rng.integers(132, min(len(bad), 5000), 3):
            bad[place] = rng.choice((0, 1, 127, 255))
        path.write_bytes(bad[: len(bad) - int(rng.integers(0, 2)) * 700])
        try:
            reader = ImageReader(path)
            reader.read(0)
            reader.vois(0)
            n_read += 1
        except DataError:
            pass
    assert 0 < n_read < 80


def test_a_truncated_codestream_is_refused(write_compressed):
    frame = ramp("u2", 1)
    data = encapsulate([codestream(JPEG2000Lossless, frame[0])])
    path = write_compressed(JPEG2000Lossless, frame, data)
    path.write_bytes(path.read_bytes()[:-600])
    with pytest.raises(PixelDataError, match="truncated"):
        FrameReader(path).stored(0)


@pytest.mark.parametrize("uid", [JPEGLSLossless, JPEG2000Lossless, JPEG_LOSSLESS])
def test_a_codestream_without_its_end_is_refused_rather_than_shown_half_gray(write_compressed, uid):
    frame = ramp("u2", 1)
    stream = codestream(uid, frame[0])
    path = write_compressed(uid, frame, encapsulate([stream[: len(stream) * 3 // 4]]))
    with pytest.raises(PixelDataError):
        FrameReader(path).stored(0)


def test_missing_frames_are_refused_with_both_counts(write_compressed):
    frames = ramp("u2", 3)
    data = encapsulate([codestream(JPEGLSLossless, frame) for frame in frames[:2]])
    path = write_compressed(JPEGLSLossless, frames, data)
    with pytest.raises(PixelDataError, match=r"2 compressed frames .* announces 3"):
        FrameReader(path).stored(0)


@pytest.mark.parametrize("uid", [JPEGLSLossless, JPEG2000Lossless, JPEG_LOSSLESS])
def test_a_codestream_larger_than_announced_is_refused_before_it_is_decoded(write_compressed, uid):
    stream = codestream(uid, np.zeros((512, 512), np.uint16))
    path = write_compressed(uid, ramp("u2", 1), encapsulate([stream]))
    with pytest.raises(PixelDataError, match=r"512 rows, 512 columns .* announces 48, 40"):
        FrameReader(path).stored(0)


@pytest.mark.parametrize("uid", [JPEGLSLossless, JPEG2000Lossless, JPEG_LOSSLESS, RLELossless])
def test_damage_inside_a_codestream_raises_or_decodes_but_never_ends_the_program(
    write_compressed, uid
):
    frame = ramp("u2", 1)
    good = codestream(uid, frame[0])
    rng = np.random.default_rng(7)
    n_refused = 0
    for _ in range(60):
        bad = bytearray(good)
        for place in rng.integers(0, len(bad), 4):
            bad[place] = rng.integers(0, 256)
        bad = bad[: rng.integers(len(bad) // 2, len(bad))]
        path = write_compressed(uid, frame, encapsulate([bytes(bad)]))
        try:
            assert FrameReader(path).stored(0).shape == (48, 40)
        except (PixelDataError, UnsupportedTransferSyntaxError):
            n_refused += 1
    assert n_refused > 10


@pytest.mark.parametrize(
    ("attributes", "rule"),
    [
        ({"Rows": 0}, "no image size"),
        ({"SamplesPerPixel": 2}, "2 samples per pixel"),
        ({"BitsAllocated": 9}, "allocates 9 bits"),
        ({"Rows": 65535, "Columns": 65535}, "needs .* GB"),
        ({"NumberOfFrames": 60000}, "truncated"),
    ],
)
def test_impossible_numbers_are_refused(write_image, attributes, rule):
    path = write_image(np.zeros((4, 4), np.uint16))
    dataset = pydicom.dcmread(path)
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)
    with pytest.raises(PixelDataError, match=rule):
        FrameReader(path)


def test_a_file_without_pixels_and_a_frame_that_is_not_there_are_refused(write_image, pydicom_file):
    with pytest.raises(PixelDataError, match="no pixel data"):
        FrameReader(pydicom_file("rtplan.dcm"))
    with pytest.raises(PixelDataError, match="has 1 frames"):
        FrameReader(write_image(np.zeros((4, 4), np.uint16))).stored(1)
