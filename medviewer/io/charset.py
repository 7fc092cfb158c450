"""Text of DICOM elements: character sets of PS3.3 C.12.1.1.2 and PS3.5 6.1, never raising."""

from __future__ import annotations

import re

DEFAULT_CHARSETS = ("",)

_SINGLE = {
    "": "latin-1", "ISO_IR 6": "latin-1", "ISO_IR 100": "latin-1", "ISO_IR 101": "iso8859-2",
    "ISO_IR 109": "iso8859-3", "ISO_IR 110": "iso8859-4", "ISO_IR 144": "iso8859-5",
    "ISO_IR 127": "iso8859-6", "ISO_IR 126": "iso8859-7", "ISO_IR 138": "iso8859-8",
    "ISO_IR 148": "iso8859-9", "ISO_IR 203": "iso8859-15", "ISO_IR 166": "tis-620",
    "ISO_IR 13": "shift_jis", "ISO_IR 192": "utf-8", "GB18030": "gb18030", "GBK": "gb18030",
    "ISO_IR 58": "gb18030", "ISO_IR 149": "euc_kr", "ISO_IR 87": "latin-1",
    "ISO_IR 159": "latin-1",
}  # fmt: skip
_LATIN = ("", "ISO_IR 6", "ISO_IR 100")
"""Character sets other texts are commonly mislabelled as."""

_G1 = {
    b"-A": "latin-1", b"-B": "iso8859-2", b"-C": "iso8859-3", b"-D": "iso8859-4",
    b"-L": "iso8859-5", b"-G": "iso8859-6", b"-F": "iso8859-7", b"-H": "iso8859-8",
    b"-M": "iso8859-9", b"-b": "iso8859-15", b"-T": "tis-620", b")I": "shift_jis",
    b"$)C": "euc_kr", b"$)A": "gb2312",
}  # fmt: skip
_G0 = {b"(B": "ascii", b"(J": "ascii", b"$B": "jisx0208", b"$@": "jisx0208", b"$(D": "jisx0212"}
_ESCAPES = re.compile(
    b"\x1b(" + b"|".join(re.escape(key) for key in sorted({**_G0, **_G1}, key=len)[::-1]) + b")"
)
_HIGH_RUN = re.compile(b"[\x80-\xff]+")


def decode_text(raw: bytes, charsets: tuple[str, ...] = DEFAULT_CHARSETS) -> str:
    """Decode the text of an element.

    Parameters
    ----------
    raw : bytes
        The element's value.
    charsets : tuple of str
        The values of SpecificCharacterSet (0008,0005).

    Returns
    -------
    str
        Bytes that no rule covers become U+FFFD; nothing is raised.
    """
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii")
    first = _normalised(charsets[0]) if charsets else ""
    if b"\x1b" in raw:
        return _decode_escaped(raw, first)
    if len(charsets) == 1 and first in _LATIN:
        return _decode_latin_or_mislabelled(raw)
    codec = _SINGLE.get(first, "utf-8")
    if codec == "latin-1" and len(charsets) > 1:
        codec = _g1_of(charsets[1:])
    return _decode(raw, codec)


def person_name_text(raw: bytes, charsets: tuple[str, ...] = DEFAULT_CHARSETS) -> str:
    """Decode a person name (PN) and write it as people do.

    Returns
    -------
    str
        ``"Family, Given Middle"``; an ideographic form follows in parentheses where the name has
        both, ``"Zhang, XiaoDong (张小东)"``. Several names are separated by ``"; "``.
    """
    text = decode_text(raw, charsets)
    names = (_one_name(name) for name in text.split("\\"))
    return "; ".join(name for name in names if name)


def _one_name(text: str) -> str:
    groups = [_name_group(group) for group in text.split("=")[:3]]
    groups = [group for group in groups if group]
    if not groups:
        return ""
    if len(groups) > 1 and groups[1] != groups[0]:
        return f"{groups[0]} ({groups[1]})"
    return groups[0]


def _name_group(text: str) -> str:
    """Return one of the alphabetic, ideographic and phonetic groups (PS3.5 6.2.1)."""
    parts = [part.strip(" \0\r\n\t") for part in text.split("^")]
    family, given = parts[0], " ".join(part for part in parts[1:3] if part)
    if family and given and _is_ideographic(family) and _is_ideographic(given):
        return family + given  # no comma, no space: 张小东
    return ", ".join(part for part in (family, given) if part)


def _is_ideographic(text: str) -> bool:
    return all("⺀" <= char <= "鿿" or "가" <= char <= "힯" for char in text)


def _normalised(charset: str) -> str:
    """Return a defined term from its usual misspellings (``ISO-IR 100``, ``ISO 2022 IR 100``)."""
    name = charset.strip().upper().replace("ISO 2022 IR", "ISO_IR").replace("ISO 2022", "ISO_IR")
    return re.sub(r"^ISO[ _-]*IR[ _-]*", "ISO_IR ", name)


def _g1_of(charsets: tuple[str, ...]) -> str:
    """Return the codec for bytes above 127 where no escape sequence announces one."""
    for charset in charsets:
        codec = _SINGLE.get(_normalised(charset), "")
        if codec not in ("", "latin-1"):
            return codec
    return "latin-1"


def _decode(raw: bytes, codec: str) -> str:
    return raw.decode(codec, "replace")


def _decode_escaped(raw: bytes, first: str) -> str:
    """Follow the escape sequences of ISO 2022 (PS3.5 6.1.2.5)."""
    g0, g1 = "ascii", _SINGLE.get(first, "latin-1")
    out = []
    pieces = _ESCAPES.split(raw)
    for index, piece in enumerate(pieces):
        if index % 2:
            g0, g1 = _G0.get(piece, g0), _G1.get(piece, g1)
        elif g0 == "ascii":
            out.append(_decode(piece, g1))
        else:
            escape = b"\x1b$B" if g0 == "jisx0208" else b"\x1b$(D"
            out.append(_decode(escape + piece, "iso2022_jp_2"))
    return "".join(out).replace("\x1b", "")


def _decode_latin_or_mislabelled(raw: bytes) -> str:
    """Decode text labelled Latin-1, or not labelled at all, that may be UTF-8 or GBK."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if _looks_like_gbk(raw):
        return _decode(raw, "gb18030")
    return _decode(raw, "latin-1")


def _looks_like_gbk(raw: bytes) -> bool:
    """Whether the bytes above 127 are Chinese characters rather than accented letters.

    True where each run of them is whole GB 2312 characters, one of them among the 3755 frequent
    ones, and no run touches a small Latin letter (as the accents of European words do).
    """
    has_frequent = False
    for run in _HIGH_RUN.finditer(raw):
        text, before, after = run.group(), raw[run.start() - 1 : run.start()], raw[run.end() :][:1]
        if len(text) % 2 or before.islower() or after.islower():
            return False
        for lead, trail in zip(text[::2], text[1::2], strict=True):
            if not (0xA1 <= lead <= 0xF7 and 0xA1 <= trail <= 0xFE):
                return False
            has_frequent |= 0xB0 <= lead <= 0xD7
    return has_frequent
