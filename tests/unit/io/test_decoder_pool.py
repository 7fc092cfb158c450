"""A decoder child may crash, hang or eat memory; the program is told and goes on."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest

from medviewer.core.errors import PixelDataError
from medviewer.io.decoder_pool import DecoderPool
from medviewer.io.frame_decoder import FrameReader
from medviewer.io.pixel_format import PixelFormat

FORMAT = PixelFormat(64, 64)


def crash(connection, _limit):
    connection.recv()
    os.abort()


def hang(connection, _limit):
    connection.recv()
    time.sleep(60)


def eat_memory(connection, limit):
    import resource

    from medviewer.io import decoder_child

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    decoder_child._decode = lambda *_request: str(len(bytearray(4 << 30)))
    decoder_child.serve(connection, limit)


@pytest.fixture
def pool_of():
    pools = []

    def make(**arguments) -> DecoderPool:
        pools.append(DecoderPool(**arguments))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


@pytest.mark.parametrize(
    "name", ["MR_small_jpeg_ls_lossless.dcm", "MR_small_jp2klossless.dcm", "693_J2KI.dcm"]
)
def test_a_child_decodes_to_the_same_stored_values(pydicom_file, pool_of, name):
    reader = FrameReader(pydicom_file(name))
    frames = pool_of().decode(reader.path, reader.pixel_format)
    np.testing.assert_array_equal(frames[0], reader.stored(0))


def test_a_crash_is_an_error_and_the_next_file_gets_a_new_child(pydicom_file, pool_of, tmp_path):
    pool = pool_of(serve=crash)
    for _ in range(2):
        with pytest.raises(PixelDataError, match="its decoder crashed"):
            pool.decode(tmp_path / "bad.dcm", FORMAT)


def test_no_child_is_asked_after_many_were_lost(pool_of, tmp_path, monkeypatch):
    monkeypatch.setattr("medviewer.io.decoder_pool.MAX_LOSSES", 1)
    pool = pool_of(serve=crash)
    with pytest.raises(PixelDataError, match="its decoder crashed"):
        pool.decode(tmp_path / "bad.dcm", FORMAT)
    with pytest.raises(PixelDataError, match="1 decoders were lost"):
        pool.decode(tmp_path / "bad.dcm", FORMAT)


def test_a_damaged_file_asks_the_child_once_and_not_for_every_frame(pydicom_file, monkeypatch):
    asked = []

    def refuse(*arguments):
        asked.append(arguments)
        raise PixelDataError("not read here")

    reader = FrameReader(pydicom_file("MR_small_jpeg_ls_lossless.dcm"))
    monkeypatch.setattr("medviewer.io.frame_decoder.decode_compressed", refuse)
    monkeypatch.setattr("medviewer.io.frame_decoder.decode_in_child", refuse)
    for _ in range(3):
        with pytest.raises(PixelDataError, match="not read here"):
            reader.stored(0)
    assert len(asked) == 4


def test_a_child_that_hangs_is_ended(pool_of, tmp_path):
    pool = pool_of(serve=hang, time_limit_s=0.5)
    with pytest.raises(PixelDataError, match=r"did not finish within 0\.5 s"):
        pool.decode(tmp_path / "bad.dcm", FORMAT)


def test_a_child_that_asks_for_too_much_memory_is_told_so(pool_of, tmp_path):
    pool = pool_of(serve=eat_memory, time_limit_s=60)
    with pytest.raises(PixelDataError, match="more memory than a decoder is given"):
        pool.decode(tmp_path / "bad.dcm", FORMAT)


def test_a_file_that_is_no_image_is_refused_by_the_child(pydicom_file, pool_of):
    with pytest.raises(PixelDataError, match="GDCM"):
        pool_of().decode(pydicom_file("rtplan.dcm"), FORMAT)


def test_a_result_beyond_the_limit_is_refused_before_a_child_is_asked(pool_of, tmp_path):
    with pytest.raises(PixelDataError, match="MB of pixels"):
        pool_of(serve=crash).decode(tmp_path / "huge.dcm", PixelFormat(65535, 65535))


def test_a_frame_that_no_decoder_here_reads_comes_from_the_child(pydicom_file, monkeypatch):
    reader = FrameReader(pydicom_file("MR_small_jpeg_ls_lossless.dcm"))
    expected = reader.stored(0)

    def refuse(*_arguments):
        raise PixelDataError("not read here")

    monkeypatch.setattr("medviewer.io.frame_decoder.decode_compressed", refuse)
    np.testing.assert_array_equal(reader.stored(0), expected)


def test_closing_ends_a_child_somebody_waits_for(pool_of, tmp_path):
    pool = pool_of(serve=hang, time_limit_s=60)
    path = tmp_path / "any.dcm"
    path.touch()
    failures = []

    def ask():
        try:
            pool.decode(path, FORMAT)
        except PixelDataError as error:
            failures.append(error)

    waiting = threading.Thread(target=ask)
    waiting.start()
    while pool._process is None:
        time.sleep(0.01)
    pool.close()
    waiting.join(20)
    assert not waiting.is_alive()
    assert "crashed" in str(failures[0])
    assert pool._process is None
