"""Text in every character set a header may name, or fail to name."""

from __future__ import annotations

import pytest

from medviewer.io.charset import decode_text, person_name_text

ISO_58 = ("", "ISO 2022 IR 58")


@pytest.mark.parametrize(
    ("raw", "charsets", "expected"),
    [
        (b"Plain", ("",), "Plain"),
        ("Jérôme".encode("latin-1"), ("ISO_IR 100",), "Jérôme"),
        ("Łukasz".encode("iso8859-2"), ("ISO_IR 101",), "Łukasz"),
        ("Люкceмбypг".encode("iso8859-5"), ("ISO_IR 144",), "Люкceмбypг"),
        ("Διονυσιος".encode("iso8859-7"), ("ISO_IR 126",), "Διονυσιος"),
        ("שרון".encode("iso8859-8"), ("ISO_IR 138",), "שרון"),
        ("قباني".encode("iso8859-6"), ("ISO_IR 127",), "قباني"),
        ("สมชาย".encode("tis-620"), ("ISO_IR 166",), "สมชาย"),
        ("张小东".encode(), ("ISO_IR 192",), "张小东"),
        ("张小东".encode("gb18030"), ("GB18030",), "张小东"),
        ("㐂".encode("gb18030"), ("GB18030",), "㐂"),
        ("張".encode("gbk"), ("GBK",), "張"),
        ("ﾔﾏﾀﾞ".encode("shift_jis"), ("ISO_IR 13",), "ﾔﾏﾀﾞ"),
        (b"\x1b$)A" + "张小东".encode("gb2312"), ISO_58, "张小东"),
        (b"\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", ("", "ISO 2022 IR 87"), "山田^太郎"),
        (b"\x1b$B;3ED\x1b(J", ("ISO 2022 IR 13", "ISO 2022 IR 87"), "山田"),
        (b"\x1b$)C" + "김희중".encode("euc_kr"), ("", "ISO 2022 IR 149"), "김희중"),
        (b"\x1b-F" + "Δι".encode("iso8859-7"), ("", "ISO 2022 IR 126"), "Δι"),
        ("Jérôme".encode("latin-1"), ("ISO-IR 100",), "Jérôme"),
        ("Łukasz".encode("iso8859-2"), ("iso_ir 101",), "Łukasz"),
    ],
)
def test_a_text_is_read_in_its_declared_character_set(raw, charsets, expected):
    assert decode_text(raw, charsets) == expected


@pytest.mark.parametrize("name", ["张小东", "王^昊", "李鑫", "欧阳^婷婷", "CT胸部平扫", "张 伟"])
@pytest.mark.parametrize("charsets", [("ISO_IR 100",), ("",), ("ISO_IR 6",)])
@pytest.mark.parametrize("codec", ["gbk", "utf-8"])
def test_chinese_labelled_as_latin_is_recognised(name, charsets, codec):
    assert decode_text(name.encode(codec), charsets) == name


@pytest.mark.parametrize(
    "name", ["Jérôme", "Müller", "größer", "Åse", "Nuñez", "Øystein", "Zoë", "Süß", "Façade"]
)
def test_accented_latin_stays_latin(name):
    assert decode_text(name.encode("latin-1"), ("ISO_IR 100",)) == name


@pytest.mark.parametrize("charsets", [(), ("",), ("ISO_IR 192",), ("nonsense",), ISO_58, ("GBK",)])
def test_any_bytes_become_some_text(charsets):
    assert isinstance(decode_text(bytes(range(256)) * 3, charsets), str)
    assert isinstance(person_name_text(b"\x1b$)A\xff\x1b$B\x81=^\x1b(\\" * 3, charsets), str)


@pytest.mark.parametrize(
    ("raw", "charsets", "expected"),
    [
        (b"Doe^Jane", ("",), "Doe, Jane"),
        (b"Doe^Jane^Mary^Dr^MD", ("",), "Doe, Jane Mary"),
        (b"Doe", ("",), "Doe"),
        (b"^Jane", ("",), "Jane"),
        (b"", ("",), ""),
        (b"^^^^", ("",), ""),
        (b"Doe^Jane\\Roe^Richard ", ("",), "Doe, Jane; Roe, Richard"),
        (
            b"Zhang^XiaoDong=\x1b$)A" + "张".encode("gb2312") + b"^\x1b$)A"
            + "小东".encode("gb2312") + b"=",
            ISO_58,
            "Zhang, XiaoDong (张小东)",
        ),
        ("Wang^XiaoDong=王^小东=".encode(), ("ISO_IR 192",), "Wang, XiaoDong (王小东)"),
        ("=张^小东".encode(), ("ISO_IR 192",), "张小东"),
        (
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^",
            ("", "ISO 2022 IR 87"),
            "Yamada, Tarou (山田太郎)",
        ),
    ],
)  # fmt: skip
def test_a_person_name_is_written_as_people_do(raw, charsets, expected):
    assert person_name_text(raw, charsets) == expected
