"""Renovation projects, what they cover and when, and the ledger of their money: nothing in it is changed or removed.

Money is in 元 with two decimals. ``Source`` carries the sums of its movements, kept by the database itself as each movement comes in.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from greenhood.accounts.models import Post, User
from greenhood.divisions.models import Division
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion

FIRST_YEAR, LAST_YEAR = 2000, 2100
NOTHING = Decimal(0)


def _person() -> models.ForeignKey[User | None, User | None]:
    return models.ForeignKey(User, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+")


def _money(title: str, **options: object) -> models.DecimalField:
    return models.DecimalField(title, max_digits=16, decimal_places=2, **options)  # type: ignore[arg-type]


class Kind(models.TextChoices):
    """What a project renovates; the first names are those of the schemes' own lists of funds and facilities."""

    OLD_ESTATE = "old-estate", "老旧小区改造"
    ENERGY = "energy", "既有建筑节能改造"
    GREEN_BUILDING = "green-building", "绿色建筑"
    SPONGE = "sponge", "海绵化改造"
    PIPES = "pipes", "市政管线改造"
    ROADS = "roads", "道路整治"
    LIFT = "lift", "加装电梯"
    BARRIER_FREE = "barrier-free", "无障碍和适老化改造"
    CHARGING = "charging", "充电设施"
    PARKING = "parking", "停车设施"
    WASTE = "waste", "生活垃圾分类设施"
    GREENING = "greening", "绿化和公共空间"
    SAFETY = "safety", "消防和安全设施"
    FACILITIES = "facilities", "公共服务设施"
    SMART = "smart", "智慧社区和信息设施"
    HERITAGE = "heritage", "历史文化保护"
    OTHER = "other", "其他"


class State(models.TextChoices):
    DRAFT = "draft", "草稿"
    PLANNED = "planned", "已列入计划"
    UNDER_WAY = "under-way", "实施中"
    FINISHED = "finished", "已完工"
    ACCEPTED = "accepted", "已验收"
    SUSPENDED = "suspended", "已暂停"
    CANCELLED = "cancelled", "已取消"


DONE = (State.FINISHED, State.ACCEPTED)
ACTIVE = (State.PLANNED, State.UNDER_WAY)


class Project(models.Model):
    """One renovation project, run by a division (and one of its departments).

    ``investment`` is the total that was approved. ``done`` and ``next_due_on`` follow the stages: the weighted share that is done, and the
    earliest planned end of a stage that isn't. ``halted_from`` is where a suspended project goes back to.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    number = models.CharField("项目编号", max_length=40)
    name = models.CharField("项目名称", max_length=120)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name="实施区划", db_index=False)
    department = models.CharField("主管部门", max_length=120, default="", blank=True)
    kinds = ArrayField(models.CharField(max_length=20, choices=Kind), verbose_name="改造类型")
    first_year = models.SmallIntegerField("计划起始年度")
    last_year = models.SmallIntegerField("计划结束年度")
    content = models.TextField("建设内容", max_length=2000, default="", blank=True)
    investment = _money("批复总投资", default=NOTHING)
    owner = models.CharField("建设单位", max_length=120, default="", blank=True)
    contractor = models.CharField("施工单位", max_length=120, default="", blank=True)
    planned_start = models.DateField("计划开工", null=True, blank=True)
    planned_finish = models.DateField("计划完工", null=True, blank=True)
    actual_start = models.DateField("实际开工", null=True, blank=True)
    actual_finish = models.DateField("实际完工", null=True, blank=True)
    accepted_on = models.DateField("验收日期", null=True, blank=True)
    halted_on = models.DateField("暂停或取消日期", null=True, blank=True)
    planned_on = models.DateField("列入计划日期", null=True, blank=True)
    halted_from = models.CharField(max_length=10, default="", blank=True)
    reason = models.CharField("暂停或取消的原因", max_length=300, default="", blank=True)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    scheme_id = models.CharField(max_length=80, default="", blank=True)
    criteria = ArrayField(models.SmallIntegerField(), verbose_name="对应的创建标准", default=list)
    notes = models.TextField("备注", max_length=1000, default="", blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    done = models.DecimalField("完成比例", max_digits=5, decimal_places=4, default=NOTHING)
    next_due_on = models.DateField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField("登记时间")
    created_by = _person()
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        indexes = [
            models.Index("division", "state", "next_due_on", name="project_division_state"),
            GinIndex(fields=["criteria"], name="project_criteria"),
        ]
        constraints = [
            models.UniqueConstraint("division", "number", name="project_number_once"),
            models.CheckConstraint(name="project_named", condition=~Q(name="") & ~Q(number="") & Q(kinds__len__gte=1)),
            models.CheckConstraint(
                name="project_years",
                condition=Q(first_year__gte=FIRST_YEAR, last_year__lte=LAST_YEAR, last_year__gte=F("first_year")),
            ),
            models.CheckConstraint(name="project_investment", condition=Q(investment__gte=0)),
            models.CheckConstraint(name="project_done", condition=Q(done__gte=0, done__lte=1)),
            models.CheckConstraint(
                name="project_planned_days",
                condition=Q(planned_start=None) | Q(planned_finish=None) | Q(planned_finish__gte=F("planned_start")),
            ),
            models.CheckConstraint(
                name="project_actual_days",
                condition=Q(actual_finish=None) | Q(actual_start__isnull=False, actual_finish__gte=F("actual_start")),
            ),
            models.CheckConstraint(
                name="project_state",
                condition=Q(state="draft", planned_on=None)
                | Q(state="planned", planned_on__isnull=False)
                | Q(state="under-way", actual_start__isnull=False, actual_finish=None)
                | Q(state="finished", actual_finish__isnull=False, accepted_on=None)
                | Q(state="accepted", actual_finish__isnull=False, accepted_on__gte=F("actual_finish"))
                | (Q(state__in=["suspended", "cancelled"], halted_on__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("works:project", args=[self.pk])

    @property
    def kind_titles(self) -> list[str]:
        return [Kind(each).label for each in self.kinds]

    @property
    def years(self) -> str:
        return f"{self.first_year}" if self.first_year == self.last_year else f"{self.first_year}—{self.last_year}"

    @property
    def is_done(self) -> bool:
        return self.state in DONE

    @property
    def is_over(self) -> bool:
        return self.state in (*DONE, State.CANCELLED)


class YearPlan(models.Model):
    """年度计划: what a project is to do in one year, how much of the whole stands at its end, what it is to cost that year."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    project = models.ForeignKey(Project, models.CASCADE, related_name="year_plans", db_index=False)
    year = models.SmallIntegerField("年度")
    content = models.CharField("当年建设内容", max_length=500, default="", blank=True)
    amount = _money("当年计划投资", default=NOTHING)
    share = models.DecimalField("年底累计完成", max_digits=5, decimal_places=4, default=NOTHING)

    class Meta:
        ordering = ["year"]
        constraints = [
            models.UniqueConstraint("project", "year", name="year_plan_once"),
            models.CheckConstraint(name="year_plan_bounds", condition=Q(amount__gte=0, share__gte=0, share__lte=1)),
        ]


class Covered(models.Model):
    """What a project covers in a community: the whole of it, an estate or a building, as recorded in the room of facts.

    ``thing`` is that of the fact and None for the whole community; the name is kept as it was. ``recorded`` is the version of the fact
    that was written when the finished work was taken over, ``before`` what it said until then.
    """

    class Thing(models.TextChoices):
        COMMUNITY = "community", "整个社区"
        ESTATE = "estates", "小区"
        BUILDING = "buildings", "楼栋"

    id = models.UUIDField(primary_key=True, default=uuid7)
    project = models.ForeignKey(Project, models.CASCADE, related_name="covered", db_index=False)
    community = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField("范围", max_length=10, choices=Thing, default=Thing.COMMUNITY)
    thing = models.UUIDField(null=True)
    name = models.CharField("名称", max_length=120, default="")
    buildings_planned = models.PositiveIntegerField("计划改造楼栋", null=True)
    buildings_done = models.PositiveIntegerField("已改造楼栋", null=True)
    recorded = models.UUIDField(null=True)
    recorded_on = models.DateField("记入社区信息的日期", null=True)
    before = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index("community", "project", name="covered_community"),
            models.Index("thing", name="covered_thing", condition=Q(thing__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint("project", "community", "kind", "thing", name="covered_once", nulls_distinct=False),
            models.CheckConstraint(
                name="covered_thing_named",
                condition=Q(kind="community", thing=None) | (~Q(kind="community") & Q(thing__isnull=False)),
            ),
            models.CheckConstraint(
                name="covered_buildings",
                condition=Q(buildings_done=None)
                | Q(buildings_planned__isnull=False, buildings_done__lte=F("buildings_planned")),
            ),
            models.CheckConstraint(
                name="covered_recorded",
                condition=Q(recorded=None, recorded_on=None) | Q(recorded__isnull=False, recorded_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.community.name


class Stage(models.Model):
    """阶段: one step of the work with planned and actual days and its weight in the whole.

    ``before`` and ``after`` are the ids under which photos of before and after are attached; ``share`` is how far it is while it isn't over.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    project = models.ForeignKey(Project, models.CASCADE, related_name="stages", db_index=False)
    place = models.SmallIntegerField("次序")
    title = models.CharField("阶段", max_length=40)
    weight = models.SmallIntegerField("权重")
    planned_start = models.DateField("计划开始", null=True, blank=True)
    planned_finish = models.DateField("计划完成", null=True, blank=True)
    actual_start = models.DateField("实际开始", null=True, blank=True)
    actual_finish = models.DateField("实际完成", null=True, blank=True)
    share = models.DecimalField("已完成比例", max_digits=5, decimal_places=4, default=NOTHING)
    note = models.CharField("说明", max_length=300, default="", blank=True)
    before = models.UUIDField(default=uuid7)
    after = models.UUIDField(default=uuid7)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint("project", "place", name="stage_place_once"),
            models.CheckConstraint(name="stage_titled", condition=~Q(title="")),
            models.CheckConstraint(
                name="stage_bounds", condition=Q(weight__gte=0, weight__lte=100, share__gte=0, share__lte=1)
            ),
            models.CheckConstraint(
                name="stage_planned_days",
                condition=Q(planned_start=None) | Q(planned_finish=None) | Q(planned_finish__gte=F("planned_start")),
            ),
            models.CheckConstraint(
                name="stage_actual_days",
                condition=Q(actual_finish=None) | Q(actual_start__isnull=False, actual_finish__gte=F("actual_start")),
            ),
        ]
        indexes = [models.Index("before", name="stage_before"), models.Index("after", name="stage_after")]

    def __str__(self) -> str:
        return f"{self.project.name}：{self.title}"

    def get_absolute_url(self) -> str:
        return reverse("works:stage", args=[self.project_id, self.pk])

    def is_late(self, today: dt.date) -> bool:
        return self.actual_finish is None and self.planned_finish is not None and self.planned_finish < today


class Procurement(models.Model):
    """绿色采购: what was bought for a project, with the certificate or standard by which it counts as green."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    project = models.ForeignKey(Project, models.CASCADE, related_name="procurements")
    product = models.CharField("产品或服务", max_length=120)
    standard = models.CharField("认证或标准", max_length=200, default="", blank=True)
    quantity = models.CharField("数量", max_length=60, default="", blank=True)
    amount = _money("金额")
    supplier = models.CharField("供应单位", max_length=120, default="", blank=True)
    dated = models.DateField("采购日期")
    is_green = models.BooleanField("绿色产品", default=False)
    removed_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = _person()

    class Meta:
        ordering = ["dated", "id"]
        constraints = [
            models.CheckConstraint(name="procurement_counts", condition=Q(amount__gt=0) & ~Q(product="")),
            models.CheckConstraint(name="procurement_green_proven", condition=Q(is_green=False) | ~Q(standard="")),
        ]

    def __str__(self) -> str:
        return self.product


class Origin(models.TextChoices):
    """Where money comes from."""

    CENTRAL = "central", "中央财政"
    PROVINCIAL = "provincial", "省级财政"
    CITY = "city", "市级财政"
    COUNTY = "county", "区县财政"
    STREET = "street", "街道（乡镇）财政"
    BANK = "bank", "银行信贷"
    SOCIAL = "social", "社会资本"
    RESIDENTS = "residents", "居民出资"
    PAID_USE = "paid-use", "新增设施有偿使用"
    ASSETS = "assets", "落实资产权益"
    OTHER = "other", "其他"


class Source(models.Model):
    """One source of a project's money. ``budget``, ``arrived`` and ``paid`` are the sums of its movements, kept by a trigger.

    ``short`` is the most by which payments ran ahead of arrivals on any day, ``arrived_on`` the day of the last arrival, ``budgeted_on``
    that of the first budget.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    project = models.ForeignKey(Project, models.CASCADE, related_name="sources", db_index=False)
    origin = models.CharField("资金来源", max_length=12, choices=Origin)
    channel = models.CharField("资金渠道", max_length=120, default="", blank=True)
    budget = _money("下达", default=NOTHING)
    arrived = _money("到位", default=NOTHING)
    paid = _money("支付", default=NOTHING)
    short = _money("先于到位支付", default=NOTHING)
    budgeted_on = models.DateField(null=True, blank=True)
    arrived_on = models.DateField(null=True, blank=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("project", "origin", "channel", name="source_once"),
            models.CheckConstraint(
                name="source_sums", condition=Q(budget__gte=0, arrived__gte=0, paid__gte=0, paid__lte=F("arrived"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_origin_display()}·{self.channel}" if self.channel else self.get_origin_display()

    @property
    def balance(self) -> Decimal:
        """What has arrived and isn't paid."""
        return self.arrived - self.paid

    @property
    def outstanding(self) -> Decimal:
        """What was granted and hasn't arrived."""
        return self.budget - self.arrived


class Movement(models.Model):
    """下达、到位、支付: one line of the ledger. A mistake is reversed by a line of the opposite amount; a budget is cut by a negative one."""

    class Kind(models.TextChoices):
        BUDGET = "budget", "下达"
        ARRIVAL = "arrival", "到位"
        PAYMENT = "payment", "支付"

    id = models.UUIDField(primary_key=True, default=uuid7)
    source = models.ForeignKey(Source, models.CASCADE, related_name="movements", db_index=False)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    dated = models.DateField("日期")
    amount = _money("金额")
    document = models.CharField("文号或凭证号", max_length=80, default="", blank=True)
    payee = models.CharField("收款单位", max_length=120, default="", blank=True)
    purpose = models.CharField("用途", max_length=200, default="", blank=True)
    reason = models.CharField("原因", max_length=300, default="", blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    recorded_at = models.DateTimeField("登记时间")
    recorded_by = _person()

    class Meta:
        indexes = [
            models.Index("source", "kind", "dated", name="movement_source"),
            models.Index("document", "amount", name="movement_document", condition=~Q(document="")),
        ]
        constraints = [
            models.CheckConstraint(name="movement_counts", condition=~Q(amount=0)),
            models.CheckConstraint(
                name="movement_sign",
                condition=Q(amount__gt=0) | Q(kind="budget") | Q(reverses__isnull=False),
            ),
            models.CheckConstraint(name="movement_reasoned", condition=Q(amount__gt=0, reverses=None) | ~Q(reason="")),
            models.CheckConstraint(
                name="movement_said",
                condition=Q(kind="budget")
                | (Q(kind="arrival") & ~Q(document=""))
                | (Q(kind="payment") & ~Q(payee="") & ~Q(purpose="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} 元"


class Explanation(models.Model):
    """说明: why a flag is in order. It holds as long as the figures are those that were explained; ``digest`` is of them."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    project = models.ForeignKey(Project, models.CASCADE, related_name="explanations", db_index=False)
    code = models.CharField(max_length=20)
    about = models.UUIDField()
    digest = models.CharField(max_length=120)
    reason = models.CharField("说明", max_length=300)
    at = models.DateTimeField()
    by = _person()
    person = models.CharField(max_length=100, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint("project", "code", "about", "digest", name="explanation_once"),
            models.CheckConstraint(name="explanation_reasoned", condition=~Q(reason="")),
        ]


class Import(models.Model):
    """A workbook of projects and money that somebody sent: judged first, taken over when the person says so, once."""

    class State(models.TextChoices):
        REFUSED = "refused", "有错误，未导入"
        READY = "ready", "核对无误，等待导入"
        APPLIED = "applied", "已导入"

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    name = models.CharField("文件名", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State)
    report = models.JSONField("核对结果", default=dict)
    sent_at = models.DateTimeField("上传时间")
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", db_index=False)
    applied_at = models.DateTimeField("导入时间", null=True)

    class Meta:
        indexes = [models.Index(fields=["sent_by", "-sent_at"], name="works_import_of_person")]
        constraints = [
            models.CheckConstraint(
                name="works_import_applied",
                condition=Q(state="applied", applied_at__isnull=False) | (~Q(state="applied") & Q(applied_at=None)),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("works:import", args=[self.pk])

    @property
    def path(self) -> str:
        """Where its file waits in the storage."""
        return f"works-imports/{self.pk}.xlsx"
