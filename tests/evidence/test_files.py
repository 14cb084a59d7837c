from __future__ import annotations

import io
import random

import pytest
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from greenhood.evidence import filetypes, likenesses, photos
from greenhood.evidence.models import Blob
from greenhood.kit.uploads import clean_name
from tests.evidence import files


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (files.jpeg(), "a.JPG", "image/jpeg"),
        (files.png(), "a.png", "image/png"),
        (files.png(mode="P"), "p.png", "image/png"),
        (files.pdf(), "计划.pdf", "application/pdf"),
        (files.office(), "纪要.docx", filetypes.DOCX.media_type),
        (files.office("xl/workbook.xml"), "名单.xlsx", filetypes.XLSX.media_type),
        (
            filetypes.OLE_HEADER + b"\0" * 512 + "WordDocument".encode("utf-16-le") + b"\0\0",
            "旧.doc",
            "application/msword",
        ),
    ],
)
def test_honest_files_are_taken(content: bytes, name: str, kind: str) -> None:
    assert filetypes.identify(io.BytesIO(content), name).media_type == kind


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "a.jpg", "空的"),
        (b"MZ\x90\x00" + b"\0" * 100, "a.jpg", "不接受这种文件"),
        (b"<html><script>alert(1)</script>", "a.pdf", "不接受这种文件"),
        (files.png(), "a.jpg", "内容却是PNG"),
        (files.pdf(), "a.jpg", "内容却是PDF"),
        (files.jpeg(), "无后缀", "后缀"),
        (files.jpeg()[:4000], "a.jpg", None),
        (files.png()[:-200], "a.png", "不完整"),
        (files.pdf()[:-8], "a.pdf", "不完整"),
        (files.office("readme.txt"), "a.docx", "压缩包"),
        (files.office(more={"word/vbaProject.bin": b"x"}), "a.docx", "宏"),
        (files.office()[:-30], "a.docx", "打不开"),
        (files.office(more={"word/media/zeros": b"\0" * (60 * 2**20)}), "a.docx", "大得不正常"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 64, "a.heic", "HEIC"),
        (b"RIFF\x24\0\0\0WEBPVP8 junk", "a.webp", "打不开"),
        (filetypes.OLE_HEADER + b"\0" * 512, "a.doc", "不接受"),
    ],
)
def test_lying_or_broken_files_are_refused(content: bytes, name: str, says: str | None) -> None:
    with pytest.raises(filetypes.Refused, match=says):
        examine(io.BytesIO(content), name)


def examine(file: io.BytesIO, name: str) -> None:
    """What an upload goes through before it is stored."""
    if filetypes.identify(file, name).is_image:
        photos.read(file)


def test_pixel_bomb_is_refused_before_it_is_decoded() -> None:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")

    with pytest.raises(filetypes.Refused, match="像素"):
        filetypes.identify(out, "a.png")


def test_name_keeps_its_end_and_loses_its_path() -> None:
    clean = clean_name
    assert clean("C:\\照片\\楼道.jpg") == "楼道.jpg"
    assert clean("../../etc/passwd.jpg") == "passwd.jpg"
    assert clean("甲\x00乙\u202e.jpg") == "甲乙.jpg"
    assert len(clean("长" * 300 + ".jpg")) == 200
    assert clean("长" * 300 + ".jpg").endswith(".jpg")


def test_blank_pictures_have_no_look() -> None:
    assert photos.look_of(Image.new("RGB", (400, 300), "white")) is None


@pytest.mark.parametrize("bits", range(photos.NEAR + 1))
def test_every_hash_within_reach_shares_a_third(bits: int) -> None:
    chance = random.Random(bits)
    for _ in range(200):
        look = chance.getrandbits(64) - 2**63
        other = look & (1 << 64) - 1
        for bit in chance.sample(range(64), bits):
            other ^= 1 << bit
        other = other - 2**64 if other >= 2**63 else other
        assert photos.distance(look, other) == bits
        unsigned = other & (1 << 64) - 1
        assert any(
            (unsigned >> shift & (1 << size) - 1) in near
            for (shift, size), near in zip(photos.THIRDS, photos.near_thirds(look), strict=True)
        )


def test_search_finds_what_plain_comparison_finds(db: None) -> None:
    chance = random.Random(5)
    base = chance.getrandbits(64) - 2**63
    looks = []
    for number in range(60):
        other = base & (1 << 64) - 1
        for bit in chance.sample(range(64), number % 12):
            other ^= 1 << bit
        looks.append(other - 2**64 if other >= 2**63 else other)
    Blob.objects.bulk_create(
        Blob(
            f"{number:064x}",
            size=1,
            media_type="image/jpeg",
            perceptual_hash=look,
            stored_at=timezone.now(),
        )
        for number, look in enumerate(looks)
    )

    found = likenesses.near(base)

    expected = sorted((photos.distance(base, look), f"{number:064x}") for number, look in enumerate(looks))
    assert [(distance, sha256) for sha256, distance in found] == [pair for pair in expected if pair[0] <= photos.NEAR]


def test_sweep_command_says_what_it_would_do(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("evidence", "sweep", "--dry-run")

    assert "可清理" in capsys.readouterr().out
