"""Who decided what, when and why: declarations on their way through the scheme's procedure, and what follows an award.

The steps themselves are the scheme's. A declaration only knows the key of the step at which it waits; every decision
moves it by compare-and-set on ``revision``, so that repeated or simultaneous clicks never make two decisions.
"""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from greenhood.accounts.models import Post, User
from greenhood.assessments.models import Assessment
from greenhood.divisions.models import Division, Level
from greenhood.evidence.models import Blob
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion


class Status(models.TextChoices):
    ACTIVE = "active", "办理中"
    RETURNED = "returned", "已退回修改"
    WITHDRAWN = "withdrawn", "已撤回"
    REJECTED = "rejected", "未通过"
    AWARDED = "awarded", "已命名"


LIVE = (Status.ACTIVE, Status.RETURNED)


class Declaration(models.Model):
    """A community's application for one title, and the step at which it now waits."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="declarations", db_index=False)
    community = models.ForeignKey(Division, models.PROTECT, related_name="declarations", db_index=False)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="declarations", db_index=False)
    scheme_id = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField("年度")
    title = models.CharField("拟创建称号", max_length=60)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.ACTIVE)
    step = models.CharField("所在环节", max_length=60)
    level = models.SmallIntegerField("办理层级", choices=Level)
    department = models.CharField("办理部门", max_length=120, default="")
    since = models.DateTimeField("到达时间")
    due_on = models.DateField("办理期限", null=True)
    revision = models.PositiveIntegerField(default=1)
    # The approval form's own fields; everything else on the form is live data.
    leader = models.CharField("社区负责人姓名", max_length=60, default="")
    phone = models.CharField("负责人联系电话", max_length=30, default="")
    address = models.CharField("社区居委会地址", max_length=200, default="")
    profile = models.TextField("社区基本情况", max_length=1000, default="")
    declared_at = models.DateTimeField("申报时间")
    declared_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    declared_total = models.DecimalField("申报时自评总分", max_digits=9, decimal_places=4, null=True)
    evidence_seal = models.CharField("证明材料清单校验值", max_length=100, default="")
    sampled = models.BooleanField("是否被抽中", null=True)
    is_simulated = models.BooleanField("模拟数据", default=False)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "community", "scheme_id", "title", name="declaration_one_live", condition=models.Q(status__in=LIVE)
            ),
        ]
        indexes = [
            models.Index("status", "level", "community", name="declaration_queue"),
            models.Index("community", "year", name="declaration_community"),
            models.Index("version", "step", "status", name="declaration_step"),
            models.Index("assessment", name="declaration_assessment"),
        ]

    def __str__(self) -> str:
        return f"{self.community.name} {self.year}年申报"

    def get_absolute_url(self) -> str:
        return reverse("declarations:detail", args=[self.pk])


class Outcome(models.TextChoices):
    DECLARE = "declare", "申报"
    PASS = "pass", "通过"
    RETURN = "return", "退回"
    REJECT = "reject", "不予通过"
    WITHDRAW = "withdraw", "撤回"
    RESUBMIT = "resubmit", "重新提交"
    SKIP = "skip", "未抽中，直接进入下一环节"


class Decision(models.Model):
    """One decision at one step: the outcome, the opinion, and the person and post that answer for it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="decisions", db_index=False)
    revision = models.PositiveIntegerField()
    step = models.CharField(max_length=60)
    step_title = models.CharField(max_length=100)
    outcome = models.CharField(max_length=10, choices=Outcome)
    opinion = models.TextField("意见", default="")
    seal_date = models.DateField("盖章日期", null=True)
    visited_on = models.DateField("实地考察日期", null=True)
    visitors = models.CharField("考察人员", max_length=200, default="")
    # What the departments said that decide together (会同): their name, opinion and day, each.
    joint = models.JSONField("会同部门意见", default=list)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", db_index=False)
    person_name = models.CharField(max_length=100, default="")
    post_title = models.CharField(max_length=200, default="")

    class Meta:
        ordering = ["revision"]
        constraints = [models.UniqueConstraint("declaration", "revision", name="decision_once")]
        indexes = [models.Index("by", "at", name="decision_by")]


class ReturnedItem(models.Model):
    """A single criterion sent back: it alone reopens, the rest stays locked."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="items")
    criterion = models.PositiveSmallIntegerField()
    reason = models.CharField("退回理由", max_length=1000)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["criterion"]
        constraints = [models.UniqueConstraint("decision", "criterion", name="returned_item_once")]


class Draw(models.Model):
    """A random draw for a spot check. Frame, seed and method are published, so that anyone can replay it.

    Frozen with the frame, and public with its hash, is where the seed will come from: a number that others draw later, or,
    where no source is announced, the system at the draw. Nobody can choose a frame to a known seed or a seed to a known
    frame.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="draws")
    step = models.CharField(max_length=60)
    division = models.ForeignKey(Division, models.PROTECT, related_name="draws")
    year = models.PositiveSmallIntegerField()
    frame_hash = models.CharField("抽样框校验值", max_length=100)
    frame_size = models.PositiveIntegerField("抽样框数量")
    method = models.JSONField("抽样方法")
    frozen_at = models.DateTimeField("抽样框固定时间")
    frozen_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    seed = models.CharField("随机种子", max_length=64, default="")
    seed_source = models.CharField("事先公布的种子来源", max_length=200, default="")
    drawn_at = models.DateTimeField("抽取时间", null=True)
    drawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    is_simulated = models.BooleanField("模拟数据", default=False)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        ordering = ["-frozen_at"]
        constraints = [
            models.CheckConstraint(
                name="draw_seed_dated",
                condition=models.Q(seed="", drawn_at=None) | ~models.Q(seed="") & models.Q(drawn_at__isnull=False),
            ),
            models.UniqueConstraint(
                "version", "step", "division", name="draw_one_open", condition=models.Q(drawn_at=None)
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("declarations:draw", args=[self.pk])


class DrawMember(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7)
    draw = models.ForeignKey(Draw, models.CASCADE, related_name="members", db_index=False)
    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="draws")
    position = models.PositiveIntegerField()
    community_code = models.BigIntegerField()
    community_name = models.CharField(max_length=100)
    stratum = models.CharField(max_length=20)
    stratum_name = models.CharField(max_length=100)
    times_sampled = models.PositiveSmallIntegerField(default=0)
    selected = models.BooleanField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint("draw", "declaration", name="draw_member_once")]


class Panel(models.Model):
    """A panel that scores declarations at a panel step: its seats by kind, open until it is closed."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="panels")
    step = models.CharField(max_length=60)
    division = models.ForeignKey(Division, models.PROTECT, related_name="panels")
    title = models.CharField("名称", max_length=120)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("declarations:panel", args=[self.pk])


class PanelSeat(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7)
    panel = models.ForeignKey(Panel, models.CASCADE, related_name="seats")
    user = models.ForeignKey(User, models.PROTECT, related_name="seats")
    kind = models.CharField("席位", max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint("panel", "user", name="panel_seat_once")]


class PanelCase(models.Model):
    """One declaration before a panel; it ends when the declaration leaves the panel's step."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    panel = models.ForeignKey(Panel, models.CASCADE, related_name="cases")
    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="cases")
    total = models.DecimalField("合议得分", max_digits=9, decimal_places=4, null=True)
    spread = models.DecimalField("离散度", max_digits=9, decimal_places=4, null=True)
    level = models.CharField("达到的等级", max_length=60, default="")
    scores = models.JSONField("各席总分", default=list)
    decided_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("panel", "declaration", name="panel_case_once"),
            models.UniqueConstraint("declaration", name="panel_case_one_open", condition=models.Q(ended_at=None)),
        ]


class Recusal(models.Model):
    """Why a member does not judge a case: found by the system or declared by the member."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    seat = models.ForeignKey(PanelSeat, models.CASCADE, related_name="recusals")
    case = models.ForeignKey(PanelCase, models.CASCADE, related_name="recusals")
    found_by = models.CharField(max_length=10, choices=[("system", "系统核查"), ("member", "本人申请")])
    reason = models.CharField("回避情形", max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("seat", "case", name="recusal_once")]


class ExpertDraw(models.Model):
    """Experts drawn by lot from the pool for a kind of seat on a panel: who could be drawn, who not and why, and the seed.

    ``declarations`` are the ids of the cases that the drawn must not be tied to. ``panel`` is empty until one is opened
    with them. The order is that of ``sampling``: SHA-256(seed:key), where a member's key is that of the entry in the pool.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="+", db_index=False)
    step = models.CharField(max_length=60)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    panel = models.ForeignKey(Panel, models.PROTECT, null=True, related_name="expert_draws")
    kind = models.CharField("席位", max_length=20)
    seats = models.PositiveSmallIntegerField("抽取人数")
    fields = models.JSONField("专业领域", default=list)
    region = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", db_index=False)
    declarations = models.JSONField("评审的申报", default=list)
    frame_hash = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)
    drawn_at = models.DateTimeField("抽取时间")
    drawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-drawn_at"]
        indexes = [models.Index("division", "step", name="expert_draw_division")]
        constraints = [models.CheckConstraint(name="expert_draw_seats", condition=models.Q(seats__gte=1))]

    def __str__(self) -> str:
        return f"从专家库抽取 {self.seats} 人"

    def get_absolute_url(self) -> str:
        return reverse("declarations:expert_draw", args=[self.pk])


class DrawnExpert(models.Model):
    """A member of the pool at the time of a draw: the place in the drawn order, or why they were left out (回避)."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    draw = models.ForeignKey(ExpertDraw, models.CASCADE, related_name="members", db_index=False)
    entry = models.ForeignKey("experts.Entry", models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    name = models.CharField(max_length=120)
    employer = models.CharField(max_length=120, default="")
    pool_code = models.BigIntegerField()
    order = models.PositiveIntegerField("抽取顺序", null=True)
    excluded = models.JSONField("回避和排除的原因", default=list)
    declined_at = models.DateTimeField("谢绝时间", null=True)
    declined_reason = models.CharField("谢绝的理由", max_length=200, default="")

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint("draw", "entry", name="drawn_expert_once"),
            models.UniqueConstraint(
                "draw", "order", name="drawn_expert_order", condition=models.Q(order__isnull=False)
            ),
            models.CheckConstraint(
                name="drawn_expert_in_or_out",
                condition=models.Q(order__isnull=True) & ~models.Q(excluded=[])
                | models.Q(order__isnull=False, excluded=[], user__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Notice(models.Model):
    """A public notice (公示): what is to be awarded, open to objections from the first to the last day inclusive."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="notices")
    step = models.CharField(max_length=60)
    division = models.ForeignKey(Division, models.PROTECT, related_name="notices")
    title = models.CharField("标题", max_length=200)
    opens_on = models.DateField("公示开始")
    closes_on = models.DateField("公示截止")
    days = models.PositiveSmallIntegerField()
    day_kind = models.CharField(max_length=10)
    show_scores = models.CharField(max_length=10)
    contact = models.CharField("受理联系方式", max_length=300, default="")
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    closed_at = models.DateTimeField("办结时间", null=True)
    is_simulated = models.BooleanField("模拟数据", default=False)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        ordering = ["-opens_on"]
        constraints = [
            models.CheckConstraint(name="notice_dates", condition=models.Q(closes_on__gte=models.F("opens_on")))
        ]
        indexes = [models.Index("closes_on", name="notice_open", condition=models.Q(closed_at=None))]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("declarations:notice", args=[self.pk])


class NoticeEntry(models.Model):
    """One declaration on a notice; it ends when the declaration passes on, is returned, rejected or withdrawn."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="entries", db_index=False)
    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="notice_entries")
    total = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    parts = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("notice", "declaration", name="notice_entry_once"),
            models.UniqueConstraint("declaration", name="notice_entry_one_open", condition=models.Q(ended_at=None)),
        ]


class Objection(models.Model):
    """A real-name objection to one entry. Until it is answered, it holds the award."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    entry = models.ForeignKey(NoticeEntry, models.PROTECT, related_name="objections")
    receipt = models.CharField("受理编号", max_length=20, unique=True)
    name = models.CharField("姓名", max_length=60)
    contact = models.CharField("联系方式", max_length=100)
    reason = models.TextField("异议内容", max_length=2000)
    proof = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    proof_name = models.CharField(max_length=200, default="")
    received_at = models.DateTimeField()
    # A keyed hash of the sender's network address, only to limit how many one sender can file.
    sender = models.CharField(max_length=64, default="")
    due_on = models.DateField("答复期限", null=True)
    answer = models.TextField("处理答复", default="")
    upheld = models.BooleanField("异议成立", null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["received_at"]
        constraints = [
            models.CheckConstraint(
                name="objection_answer_whole",
                condition=models.Q(answered_at=None, upheld=None, answer="")
                | models.Q(answered_at__isnull=False, upheld__isnull=False) & ~models.Q(answer=""),
            )
        ]
        indexes = [models.Index("sender", "received_at", name="objection_sender")]


class Award(models.Model):
    """A title that a community holds: number, date, plaque, and its state to this day."""

    class State(models.TextChoices):
        VALID = "valid", "有效"
        RECTIFYING = "rectifying", "限期整改中"
        WITHDRAWN = "withdrawn", "已除名"
        EXPIRED = "expired", "有效期满"

    IN_FORCE = (State.VALID, State.RECTIFYING)

    id = models.UUIDField(primary_key=True, default=uuid7)
    declaration = models.OneToOneField(Declaration, models.PROTECT, related_name="award")
    community = models.ForeignKey(Division, models.PROTECT, related_name="awards", db_index=False)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="awards", db_index=False)
    scheme_id = models.CharField(max_length=80)
    title = models.CharField(max_length=60)
    title_name = models.CharField("称号", max_length=120)
    is_advanced = models.BooleanField("须先有另一称号", default=False)
    number = models.CharField("标识牌编号", max_length=60, unique=True)
    code = models.CharField("核验码", max_length=16, unique=True)
    awarded_on = models.DateField("命名日期")
    valid_until = models.DateField("有效期至", null=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.VALID)
    withdrawn_on = models.DateField(null=True)
    withdrawn_reason = models.CharField(max_length=500, default="")
    # What each quota said when the award was made: its limit, the places taken before, the denominator and its rule.
    quotas = models.JSONField("名额核对", default=list)
    revision = models.PositiveIntegerField(default=1)
    is_simulated = models.BooleanField("模拟数据", default=False)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "community",
                "scheme_id",
                "title",
                name="award_held_once",
                condition=models.Q(state__in=["valid", "rectifying"]),
            ),
            models.CheckConstraint(
                name="award_withdrawn_dated",
                condition=models.Q(state="withdrawn", withdrawn_on__isnull=False)
                | ~models.Q(state="withdrawn") & models.Q(withdrawn_on=None),
            ),
        ]
        indexes = [
            models.Index("scheme_id", "title", "awarded_on", name="award_title_date"),
            models.Index("community", name="award_community"),
            # The public register, newest first: without it every visit sorts all titles of the nation.
            models.Index(models.F("awarded_on").desc(), models.F("id").desc(), name="award_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.community.name} {self.title_name}"

    def get_absolute_url(self) -> str:
        return reverse("declarations:verify", args=[self.code])


class Serial(models.Model):
    """The next plaque number of a scheme and year, and the lock that awards under one quota take in turn."""

    key = models.CharField(primary_key=True, max_length=160)
    last = models.PositiveIntegerField(default=0)


class Reexamination(models.Model):
    """A periodic look at an awarded community: it keeps its title or is put under rectification."""

    class Result(models.TextChoices):
        KEPT = "kept", "复查合格"
        RECTIFY = "rectify", "责令限期整改"

    id = models.UUIDField(primary_key=True, default=uuid7)
    award = models.ForeignKey(Award, models.PROTECT, related_name="reexaminations")
    due_on = models.DateField("应复查日期")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    result = models.CharField(max_length=10, choices=Result, default="")
    findings = models.TextField("复查情况", default="")

    class Meta:
        ordering = ["due_on"]
        constraints = [models.UniqueConstraint("award", "due_on", name="reexamination_once")]


class Rectification(models.Model):
    """An order to put things right by a day; lifted after a re-check, or ended by delisting when overdue."""

    class Result(models.TextChoices):
        OPEN = "open", "整改中"
        REPORTED = "reported", "已报整改，待核查"
        LIFTED = "lifted", "整改合格"
        DELISTED = "delisted", "逾期未改，除名"
        ENDED = "ended", "称号期满，终止"

    id = models.UUIDField(primary_key=True, default=uuid7)
    award = models.ForeignKey(Award, models.PROTECT, related_name="rectifications")
    demands = models.TextField("整改要求")
    criteria = models.JSONField("涉及标准项", default=list)
    ordered_at = models.DateTimeField()
    ordered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    due_on = models.DateField("整改期限")
    extensions = models.JSONField("延期记录", default=list)
    report = models.TextField("整改情况", default="")
    reported_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    result = models.CharField(max_length=10, choices=Result, default=Result.OPEN)
    closing_opinion = models.TextField(default="")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-ordered_at"]
        constraints = [
            models.UniqueConstraint(
                "award", name="rectification_one_open", condition=models.Q(result__in=["open", "reported"])
            )
        ]


class Alert(models.Model):
    """A sign that an awarded community has fallen below the mark by today's figures (预警).

    People decide what follows: an alert never takes a title away. It closes by itself when the figures recover.
    """

    class State(models.TextChoices):
        OPEN = "open", "待处理"
        RECOVERED = "recovered", "数据已恢复"
        HANDLED = "handled", "已处理"

    id = models.UUIDField(primary_key=True, default=uuid7)
    award = models.ForeignKey(Award, models.PROTECT, related_name="alerts")
    opened_at = models.DateTimeField("预警时间")
    measured_on = models.DateField("数据日期")
    level = models.CharField("应达到的等级", max_length=120)
    declared_total = models.DecimalField("按命名时数据的得分", max_digits=9, decimal_places=4)
    total = models.DecimalField("按现在数据的得分", max_digits=9, decimal_places=4)
    # What fell: [{"criterion", "check_no", "indicator", "before", "now", "threshold"}], figures as text.
    drops = models.JSONField("退步的指标", default=list)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.CharField("处理情况", max_length=1000, default="")

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint("award", name="alert_one_open", condition=models.Q(state="open")),
            models.CheckConstraint(
                name="alert_closed_dated",
                condition=models.Q(state="open", closed_at=None)
                | ~models.Q(state="open") & models.Q(closed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.award} 预警"


class State(models.TextChoices):
    """Where a community stands in the programme today; the overview counts these."""

    ASSESSING = "assessing", "自评中"
    DECLARED = "declared", "申报办理中"
    RETURNED = "returned", "退回修改"
    REJECTED = "rejected", "未通过"
    REACHED = "reached", "已命名"
    RECTIFYING = "rectifying", "限期整改"
    DELISTED = "delisted", "已除名"


class Standing(models.Model):
    """One row per community that takes part: kept in step by the actions, read by every overview.

    ``participating`` is true from the first assessment on; ``reached`` while a title is held; ``demonstration`` while a
    title that requires another one is held. ``changed_at`` lets rollups find what moved.
    """

    community = models.OneToOneField(Division, models.PROTECT, primary_key=True, related_name="standing")
    scheme_id = models.CharField(max_length=80)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=State)
    step = models.CharField(max_length=60, default="")
    participating = models.BooleanField(default=True)
    reached = models.BooleanField(default=False)
    reached_on = models.DateField(null=True)
    demonstration = models.BooleanField(default=False)
    total = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    parts = models.JSONField(default=dict)
    missed = models.JSONField(default=list)
    changed_at = models.DateTimeField()
    is_simulated = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index("changed_at", name="standing_changed"),
            models.Index("scheme_id", "state", name="standing_state"),
        ]
