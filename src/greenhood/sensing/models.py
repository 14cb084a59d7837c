"""Devices that watch over a community, and measurements of noise. Simple records."""

from __future__ import annotations

from django.db import models

from greenhood.facts.fields import Amount
from greenhood.facts.kinds import Section, Shape, register
from greenhood.facts.models import Fact, Located


class DeviceKind(models.TextChoices):
    CAMERA = "camera", "视频监控"
    GATE = "gate", "门禁"
    PARKING = "parking", "停车管理"
    SMOKE = "smoke", "消防感知"
    ENVIRONMENT = "environment", "环境监测"
    FACILITY = "facility", "设施监管"
    OTHER = "other", "其他"


@register("devices", section=Section.DIGITAL, shape=Shape.POINT, required=("name", "device_kind"))
class Device(Located, Fact):
    """One device, and whether it works."""

    name = models.CharField("名称或位置", max_length=100, default="", blank=True)
    device_kind = models.CharField("类别", max_length=20, choices=DeviceKind, default="", blank=True)
    is_working = models.BooleanField("正常运行", null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = "感知设备"


class NoiseZone(models.TextChoices):
    """Functional areas for environmental noise, GB 3096-2008."""

    ZERO = "0", "0 类（康复疗养）"
    ONE = "1", "1 类（居住、医疗、文教）"
    TWO = "2", "2 类（商住混杂）"
    THREE = "3", "3 类（工业、仓储）"
    FOUR_A = "4a", "4a 类（交通干线两侧）"
    FOUR_B = "4b", "4b 类（铁路两侧）"


@register(
    "noise-measurements",
    section=Section.ENVIRONMENT,
    shape=Shape.POINT,
    required=("name", "zone"),
    is_event=True,
    help="数据日期填监测的日期。",
)
class NoiseMeasurement(Located, Fact):
    """Equivalent sound levels at one place by day and by night."""

    name = models.CharField("监测点", max_length=100, default="", blank=True)
    zone = models.CharField("声环境功能区", max_length=2, choices=NoiseZone, default="", blank=True)
    day_level = Amount("昼间等效声级", unit="dB(A)", most=150)
    night_level = Amount("夜间等效声级", unit="dB(A)", most=150)

    class Meta(Fact.Meta):
        verbose_name = "噪声监测"
