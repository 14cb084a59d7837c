"""Stored files, what they look like, and what they are attached to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast

from greenhood.accounts.models import User
from greenhood.divisions.models import Division
from greenhood.kit.ids import uuid7


def _third(shift: int, bits: int) -> models.GeneratedField:
    """So many bits of the perceptual hash, as the database computes them."""
    return models.GeneratedField(
        expression=Cast(models.F("perceptual_hash").bitrightshift(shift).bitand(2**bits - 1), models.IntegerField()),
        output_field=models.IntegerField(null=True),
        db_persist=True,
    )


class Blob(models.Model):
    """A stored file under its SHA-256. The same bytes are stored once, whoever uploads them."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    taken_at = models.DateTimeField("拍摄时间", null=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    # 64 bits of the look of a photo, and the thirds of them by which nearly same ones are found (``likenesses``).
    perceptual_hash = models.BigIntegerField(null=True)
    look_high = _third(42, 22)
    look_middle = _third(21, 21)
    look_low = _third(0, 21)
    processed_at = models.DateTimeField(null=True)
    stored_at = models.DateTimeField()

    class Meta:
        # With the hash beside the third, a search is answered from the index alone.
        indexes = [
            models.Index(
                third, "perceptual_hash", name=f"blob_{third}", condition=models.Q(perceptual_hash__isnull=False)
            )
            for third in ("look_high", "look_middle", "look_low")
        ]

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")


class Likeness(models.Model):
    """Two stored photos that look nearly the same: kept in both directions, found once, when the later one comes in."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    blob = models.ForeignKey(Blob, models.CASCADE, related_name="likenesses", db_index=False)
    other = models.ForeignKey(Blob, models.CASCADE, related_name="+", db_index=False)
    distance = models.PositiveSmallIntegerField("不同的位数")

    class Meta:
        constraints = [
            models.UniqueConstraint("blob", "other", name="likeness_once"),
            models.CheckConstraint(name="likeness_differs", condition=~models.Q(blob=models.F("other"))),
        ]
        indexes = [models.Index("other", name="likeness_other")]


class How(models.TextChoices):
    """How time and place of taking are known."""

    CAPTURE = "capture", "现场拍摄"
    EXIF = "exif", "照片自带信息"
    NONE = "none", "无拍摄时间和位置"


class Provenance(models.Model):
    """When and where a file was taken, as far as known: on its use, since the same bytes may be given twice in two ways.

    Degrees are CGCS2000, which phones' WGS 84 equals within centimetres; the accuracy is the radius in metres that the
    device gave. ``is_queued`` says that a capture waited on the device for a connection: its time is the device's word.
    """

    how = models.CharField("拍摄信息的来源", max_length=10, choices=How, default=How.NONE)
    captured_at = models.DateTimeField("拍摄时间", null=True)
    captured_latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True)
    captured_longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True)
    captured_accuracy = models.PositiveIntegerField("位置误差（米）", null=True)
    is_queued = models.BooleanField("离线拍摄", default=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_place_whole",
                condition=Q(captured_latitude=None, captured_longitude=None, captured_accuracy=None)
                | Q(captured_latitude__isnull=False, captured_longitude__isnull=False),
            ),
            models.CheckConstraint(
                name="%(class)s_provenance_said",
                condition=Q(how=How.NONE, captured_at=None, captured_latitude=None)
                | Q(how=How.EXIF, captured_accuracy=None, is_queued=False)
                | Q(how=How.CAPTURE, captured_at__isnull=False),
            ),
        ]


class Attachment(Provenance):
    """A file attached to a record of any room: the record's kind (``room.model``) and its id."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    community = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="attachments")
    name = models.CharField("文件名", max_length=200)
    caption = models.CharField("说明", max_length=300, default="")
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(Provenance.Meta):
        constraints = [
            *Provenance.Meta.constraints,
            models.UniqueConstraint(
                "community",
                "subject_kind",
                "subject_id",
                "blob",
                name="attachment_once",
                condition=Q(removed_at=None),
            ),
        ]
        indexes = [models.Index("community", "subject_kind", "subject_id", name="attachment_subject")]

    def __str__(self) -> str:
        return self.name


class Seal(models.Model):
    """Which files a record rested on at one moment, kept for good: the database refuses to change or remove it.

    ``entries`` are rows of text as ``sealing.Entry`` has them; ``digest`` is over all of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    community = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    occasion = models.CharField("缘由", max_length=40)
    sealed_at = models.DateTimeField("封存时间")
    sealed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    entries = models.JSONField("清单")
    count = models.PositiveIntegerField("件数")
    digest = models.CharField("校验值", max_length=100)

    class Meta:
        indexes = [models.Index("community", "subject_kind", "subject_id", name="seal_subject")]

    def __str__(self) -> str:
        return f"材料封存清单（{self.count} 件）"
