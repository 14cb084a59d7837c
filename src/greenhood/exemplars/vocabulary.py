"""The topics and community types that practices and bases are sorted by.

Topics are the matters of 绿色社区创建行动方案 二(一)–(五), in its words; types are those that its texts tell apart
(老旧小区, 新建, 单位). Criteria are never listed here: they are the scheme's own.
"""

from __future__ import annotations

from django.db import models


class Topic(models.TextChoices):
    DELIBERATION = "deliberation", "居民议事协商"
    DESIGNERS = "designers", "设计师、工程师进社区"
    RENOVATION = "renovation", "老旧小区改造"
    WASTE = "waste", "生活垃圾分类"
    ENERGY = "energy", "节能节水"
    SPONGE = "sponge", "海绵化改造"
    ROADS = "roads", "道路整治和生命通道"
    GREEN = "green", "绿地和公共空间"
    AGEING = "ageing", "适老化和无障碍"
    PARKING = "parking", "停车和充电"
    PIPES = "pipes", "管线和架空线规整"
    NOISE = "noise", "噪声治理"
    SERVICES = "services", "社区服务设施"
    SMART = "smart", "智能化和信息平台"
    PROPERTY = "property", "物业服务"
    PUBLICITY = "publicity", "宣传教育和培训"
    CONVENTION = "convention", "绿色生活公约"
    SCHOOLS = "schools", "小手拉大手"
    HERITAGE = "heritage", "历史文化保护"
    VOLUNTEERS = "volunteers", "志愿服务"


class CommunityType(models.TextChoices):
    OLD = "old", "老旧小区为主"
    NEW = "new", "新建商品房为主"
    MIXED = "mixed", "新旧混合"
    UNIT = "unit", "单位大院、家属院"
    RESETTLED = "resettled", "安置小区"
    VILLAGE = "village", "城中村、村改居"
    HISTORIC = "historic", "历史街区"


def labels(choices: type[models.TextChoices], keys: list[str]) -> list[str]:
    """The words of some keys, in the order of the choices; keys of former choices are left out."""
    return [label for key, label in choices.choices if key in keys]
