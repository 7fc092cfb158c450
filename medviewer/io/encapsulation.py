"""Where the frames of encapsulated pixel data lie in the file (PS3.5 A.4)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from medviewer.core.errors import PixelDataError
from medviewer.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

Span: TypeAlias = tuple[int, int]
"""Start and stop of bytes in the file."""

MAX_FRAGMENTS = 1_000_000
_STARTS = (b"\xff\xd8", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP", b"\xff\x0a", b"\0\0\0\x0cJXL")


def find_frames(
    file: BinaryIO, start: int, size: int, n_frames: int, offsets: Sequence[int] = ()
) -> list[list[Span]]:
    """Return the fragments of every frame.

    Parameters
    ----------
    file : binary file
    start : int
        Offset of the basic offset table's item.
    size : int
        Bytes of the file.
    n_frames : int
        NumberOfFrames.
    offsets : sequence of int
        The extended offset table, empty where there is none.

    Raises
    ------
    PixelDataError
        The file ends inside the pixel data, or its fragments do not make ``n_frames`` frames.
    """
    items = _items(file, start, size)
    if len(items) < 2:
        raise PixelDataError(Message("The compressed pixel data hold no fragment."))
    table, fragments = items[0], items[1:]
    if n_frames == 1:
        return [fragments]
    if not offsets:
        file.seek(table[0])
        raw = file.read(min(table[1] - table[0], 4 * MAX_FRAGMENTS))
        offsets = struct.unpack(f"<{len(raw) // 4}L", raw[: len(raw) // 4 * 4])
    frames = _by_offsets(fragments, offsets) if len(offsets) == n_frames else None
    if frames is None and len(fragments) == n_frames:
        frames = [[fragment] for fragment in fragments]
    if frames is None:
        frames = _by_first_bytes(file, fragments)
    if len(frames) != n_frames:
        msg = Message(
            "The pixel data hold {found} compressed frames in {n_fragments} fragments; the header "
            "announces {announced} frames.",
            found=len(frames),
            n_fragments=len(fragments),
            announced=n_frames,
        )
        raise PixelDataError(msg, hint="The file is damaged or was cut.")
    return frames


def _items(file: BinaryIO, start: int, size: int) -> list[Span]:
    spans: list[Span] = []
    pos = start
    while pos + 8 <= size and len(spans) <= MAX_FRAGMENTS:
        file.seek(pos)
        group, element, length = struct.unpack("<HHL", file.read(8))
        if (group, element) != (0xFFFE, 0xE000):
            break  # the sequence delimiter, or damage after the last fragment
        stop = pos + 8 + length
        if stop > size:
            msg = Message(
                "The file is truncated: it has {has} of at least {needs} bytes.",
                has=size,
                needs=stop,
            )
            raise PixelDataError(msg, hint="Copy the file again from its source.")
        spans.append((pos + 8, stop))
        pos = stop
    return spans


def _by_offsets(fragments: list[Span], offsets: Sequence[int]) -> list[list[Span]] | None:
    """Group fragments by an offset table; ``None`` where the table does not fit them."""
    origin = fragments[0][0] - 8
    index = {start - 8 - origin: number for number, (start, _stop) in enumerate(fragments)}
    try:
        firsts = [index[offset] for offset in offsets]
    except KeyError:
        return None
    if firsts != sorted(set(firsts)) or firsts[0] != 0:
        return None
    ends = [*firsts[1:], len(fragments)]
    return [fragments[a:b] for a, b in zip(firsts, ends, strict=True)]


def _by_first_bytes(file: BinaryIO, fragments: list[Span]) -> list[list[Span]]:
    """Group fragments: a new frame begins where a codestream begins."""
    frames: list[list[Span]] = []
    for fragment in fragments:
        file.seek(fragment[0])
        if file.read(8).startswith(_STARTS) or not frames:
            frames.append([])
        frames[-1].append(fragment)
    return frames
