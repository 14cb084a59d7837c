"""What an uploaded file really is, by its content. The name is only believed where the content agrees.

Nothing is unpacked or decoded before its size is known: a small file may claim billions of pixels or bytes.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO
from zipfile import BadZipFile, ZipFile

import puremagic
from PIL import Image, ImageFile, UnidentifiedImageError

# A phone of 200 million pixels is sold; a photo of more than that is none. Only JPEG can be decoded at a reduced size.
MOST_PIXELS = {"JPEG": 210_000_000, "MPO": 210_000_000, "PNG": 60_000_000, "WEBP": 60_000_000}
# Pillow's own limit lies below what phones take; ``open_image`` keeps ours, before anything is decoded.
Image.MAX_IMAGE_PIXELS = None
MOST_UNPACKED = 1_000 * 2**20
MOST_RATIO = 200
MOST_MEMBERS = 10_000
OLE_HEADER = bytes.fromhex("D0CF11E0A1B11AE1")


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file that is taken as evidence, and the name endings that go with it."""

    media_type: str
    title: str
    suffixes: tuple[str, ...]

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")


JPEG = FileType("image/jpeg", "JPEG 图片", (".jpg", ".jpeg", ".jpe", ".jfif"))
PNG = FileType("image/png", "PNG 图片", (".png",))
WEBP = FileType("image/webp", "WebP 图片", (".webp",))
PDF = FileType("application/pdf", "PDF 文件", (".pdf",))
_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = FileType(_OFFICE + "wordprocessingml.document", "Word 文档", (".docx",))
XLSX = FileType(_OFFICE + "spreadsheetml.sheet", "Excel 表格", (".xlsx",))
PPTX = FileType(_OFFICE + "presentationml.presentation", "PowerPoint 演示文稿", (".pptx",))
DOC = FileType("application/msword", "Word 文档（97-2003）", (".doc", ".wps"))
XLS = FileType("application/vnd.ms-excel", "Excel 表格（97-2003）", (".xls", ".et"))
PPT = FileType("application/vnd.ms-powerpoint", "PowerPoint 演示文稿（97-2003）", (".ppt", ".dps"))

TYPES = (JPEG, PNG, WEBP, PDF, DOCX, XLSX, PPTX, DOC, XLS, PPT)
SUFFIXES = tuple(suffix for kind in TYPES for suffix in kind.suffixes)
# Named types rather than image/*: an iPhone then hands over a JPEG and not a HEIC.
ACCEPT = ",".join(["image/jpeg", "image/png", "image/webp", *(suffix for suffix in SUFFIXES)])
WELCOME = "照片（JPG、PNG、WebP）、PDF 和 Office 文件（Word、Excel、PowerPoint，含 WPS）"

_IMAGES = {"JPEG": JPEG, "MPO": JPEG, "PNG": PNG, "WEBP": WEBP}
_OOXML_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX}
_OLE_STREAMS = {"WordDocument": DOC, "Workbook": XLS, "Book": XLS, "PowerPoint Document": PPT}


class Refused(Exception):
    """The file isn't taken; the text says why and what to do."""


def identify(file: IO[bytes], name: str) -> FileType:
    """The type that the content has, checked against the name's ending. Raises Refused."""
    file.seek(0)
    head = file.read(4096)
    if not head:
        raise Refused("文件是空的（0 字节）。请确认文件已保存完整后重新选择。")
    found = _by_content(file, head)
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    if suffix not in found.suffixes:
        raise Refused(
            f"文件名的后缀是“{suffix or '（无）'}”，内容却是{found.title}。"
            f"请不要改后缀，直接上传原文件（后缀应为 {'、'.join(found.suffixes[:2])}）。"
        )
    file.seek(0)
    return found


def _by_content(file: IO[bytes], head: bytes) -> FileType:
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return _image(file)
    if b"%PDF-" in head[:1024]:
        return _pdf(file)
    if head.startswith(b"PK"):
        return _ooxml(file)
    if head.startswith(OLE_HEADER):
        return _ole(file)
    raise Refused(f"不接受这种文件（{_said_to_be(head)}）。可以上传{WELCOME}。{_advice(head)}")


def _said_to_be(head: bytes) -> str:
    try:
        return f"内容识别为 {puremagic.from_string(head)}"
    except (puremagic.PureError, ValueError):
        return "内容不是已知的文件格式"


def _advice(head: bytes) -> str:
    if head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"heif", b"msf1"}:
        return "这是 HEIC 照片：请在手机“设置→相机→格式”中选“兼容性最佳”，或先转换为 JPG。"
    return ""


def open_image(file: IO[bytes]) -> Image.Image:
    """The image with its size known and within bounds, not yet decoded. Raises Refused."""
    file.seek(0)
    try:
        image = Image.open(file, formats=("JPEG", "PNG", "WEBP"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Refused("图片打不开，文件可能已损坏或没有传完整。请重新拍摄或另存后再上传。") from error
    if image.width * image.height > MOST_PIXELS[image.format or "PNG"]:
        raise Refused(f"图片有 {image.width}×{image.height} 像素，超过上限。请缩小后再上传。")
    return image


def reduced(image: Image.Image, longest: int) -> Image.Image:
    """The whole picture decoded, at about ``longest`` pixels where the format can. Raises Refused when it is cut off."""
    image.draft("RGB", (longest, longest))
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        image.load()
    except (OSError, SyntaxError, ValueError, zlib.error) as error:
        raise Refused("图片不完整，可能没有传完或已损坏。请重新拍摄或另存后再上传。") from error
    return image


def _image(file: IO[bytes]) -> FileType:
    image = open_image(file)
    if image.format == "PNG":
        try:
            image.verify()
        except (OSError, SyntaxError, ValueError, zlib.error) as error:
            raise Refused("图片不完整，可能没有传完或已损坏。请重新拍摄或另存后再上传。") from error
    return _IMAGES[image.format or ""]


def _pdf(file: IO[bytes]) -> FileType:
    file.seek(0, 2)
    file.seek(max(0, file.tell() - 4096))
    if b"%%EOF" not in file.read():
        raise Refused("PDF 文件不完整（没有结尾标记），可能没有传完。请重新导出后再上传。")
    return PDF


def _ooxml(file: IO[bytes]) -> FileType:
    try:
        file.seek(0)
        with ZipFile(file) as archive:
            return _ooxml_kind(archive)
    except (BadZipFile, ValueError, NotImplementedError, EOFError, OSError, zlib.error) as error:
        raise Refused("Office 文件打不开，可能已损坏或没有传完整。请重新另存后再上传。") from error


def _ooxml_kind(archive: ZipFile) -> FileType:
    members = archive.infolist()
    names = {member.filename for member in members}
    if "[Content_Types].xml" not in names or not names & _OOXML_PARTS.keys():
        raise Refused("不接受压缩包。请解压后把其中的照片、PDF 或 Office 文件直接上传，可以一次选择多个。")
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    if (
        len(members) > MOST_MEMBERS
        or unpacked > MOST_UNPACKED
        or (unpacked > 50 * 2**20 and unpacked / packed > MOST_RATIO)
    ):
        raise Refused("Office 文件解压后大得不正常，不能接受。请用 Word、Excel 或 WPS 重新另存后再上传。")
    if any(member.flag_bits & 1 for member in members):
        raise Refused("Office 文件加了密码，审核人员无法打开。请去掉密码后再上传。")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused("Office 文件含有宏，不能接受。请另存为不含宏的 .docx、.xlsx 或 .pptx 后再上传。")
    archive.read("[Content_Types].xml")
    return next(kind for part, kind in _OOXML_PARTS.items() if part in names)


def _ole(file: IO[bytes]) -> FileType:
    """The old binary Office format: the names of its streams stand in its directory in UTF-16."""
    file.seek(0)
    content = file.read()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Refused("Office 文件加了密码，审核人员无法打开。请去掉密码后再上传。")
    for stream, kind in _OLE_STREAMS.items():
        if stream.encode("utf-16-le") + b"\0\0" in content:
            return kind
    raise Refused(f"不接受这种文件。可以上传{WELCOME}。")
