"""Tasks handed out, whistles and the departments they call, joint meetings, and who answers for a part of the content."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils import timezone

from greenhood.accounts.models import User
from greenhood.divisions.models import Division
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion


class Naming(models.Model):
    """The departments that a division names for one duty of the scheme, where the scheme leaves that to it.

    Each change is a new row with the next ``number``; the last one counts, the others are its history. ``duty`` is the
    key of ``duties.keyed``; no departments: the naming was taken back.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    scheme_id = models.CharField(max_length=80)
    duty = models.CharField("职责", max_length=60)
    part = models.CharField("内容", max_length=200)
    number = models.PositiveSmallIntegerField("次数")
    departments = ArrayField(models.CharField(max_length=60), verbose_name="责任部门", default=list)
    reason = models.CharField("说明", max_length=300, default="")
    named_at = models.DateTimeField("确定时间")
    named_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint("division", "scheme_id", "duty", "number", name="naming_once"),
            models.CheckConstraint(name="naming_counts", condition=models.Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.division.name}：{self.part}"


class MeetingState(models.TextChoices):
    DRAFT = "draft", "筹备"
    HELD = "held", "已召开"
    CLOSED = "closed", "纪要已定稿"
    CANCELLED = "cancelled", "已取消"


class Meeting(models.Model):
    """A joint meeting (联席会议) of a division. ``agenda`` is a list of {title, speaker}."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    title = models.CharField("会议名称", max_length=200)
    on = models.DateField("会议日期")
    at = models.CharField("时间", max_length=5, default="")
    place = models.CharField("地点", max_length=200)
    chair = models.CharField("主持人", max_length=60)
    agenda = models.JSONField("议程", default=list)
    minutes = models.TextField("会议纪要", default="")
    next_on = models.DateField("下次会议日期", null=True)
    state = models.CharField("状态", max_length=10, choices=MeetingState, default=MeetingState.DRAFT)
    cancelled_for = models.CharField("取消原因", max_length=300, default="")
    version = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField("拟定时间")
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    held_at = models.DateTimeField("登记召开时间", null=True)
    closed_at = models.DateTimeField("定稿时间", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="joint_meeting_held_dated",
                condition=models.Q(state__in=["held", "closed"], held_at__isnull=False)
                | models.Q(state__in=["draft", "cancelled"], held_at=None),
            ),
            models.CheckConstraint(
                name="joint_meeting_closed_with_minutes", condition=~models.Q(state="closed") | ~models.Q(minutes="")
            ),
        ]
        indexes = [models.Index("division", "on", name="joint_meeting_division_on")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("coordination:meeting", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in (MeetingState.DRAFT, MeetingState.HELD)


class Attendance(models.TextChoices):
    INVITED = "invited", "已通知"
    COMING = "coming", "回复参加"
    APOLOGIES = "apologies", "请假"
    ATTENDED = "attended", "到会"
    ABSENT = "absent", "未到会"


class Invitation(models.Model):
    """A department or a lower division that is asked to a meeting, whom it sends, and whether they came."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="invitations", db_index=False)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    department = models.CharField("部门", max_length=60, default="")
    line = models.CharField(max_length=60, default="")
    attendance = models.CharField("到会情况", max_length=10, choices=Attendance, default=Attendance.INVITED)
    people = models.CharField("参会人员", max_length=100, default="")
    note = models.CharField("说明", max_length=200, default="")
    answered_at = models.DateTimeField("回复时间", null=True)

    class Meta:
        ordering = ["division__code", "department"]
        constraints = [models.UniqueConstraint("meeting", "division", "line", name="joint_invitation_once")]
        indexes = [models.Index("division", "line", "attendance", name="joint_invitation_invited")]

    def __str__(self) -> str:
        return self.who

    @property
    def who(self) -> str:
        return self.department or self.division.name


class Decision(models.Model):
    """What a meeting decided; what follows from it are assignments."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="decisions", db_index=False)
    number = models.PositiveSmallIntegerField("序号")
    text = models.CharField("议定事项", max_length=500)
    made_at = models.DateTimeField("登记时间")
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint("meeting", "number", name="joint_decision_once")]

    def __str__(self) -> str:
        return f"{self.meeting.title}议定事项（{self.number}）"


class State(models.TextChoices):
    """Where an assignment stands. Whether it is overdue follows from the day, and is not stored."""

    OPEN = "open", "待签收"
    TAKEN = "taken", "办理中"
    HANDED_IN = "handed_in", "待验收"
    RETURNED = "returned", "退回补办"
    ACCEPTED = "accepted", "已办结"
    CANCELLED = "cancelled", "已取消"


# What the assignee still has to do something about, and what anybody has.
OWED = (State.OPEN, State.TAKEN, State.RETURNED)
RUNNING = (*OWED, State.HANDED_IN)


class Source(models.TextChoices):
    PHASE = "phase", "阶段任务"
    DUTY = "duty", "职责分工"
    DECISION = "decision", "会议议定"
    OWN = "own", "自行交办"


class Assignment(models.Model):
    """A task (交办任务) that ``assigner`` gives to a department of its own or to a division below it.

    ``division`` and ``line`` say whose it is: an empty line is the division as a whole, otherwise the department that a
    post's own department stands for. ``item`` is the phase's or the duty's key in the scheme. ``due_on`` is the day first
    given, ``deadline`` the one that counts.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    batch = models.UUIDField("同批", default=uuid7)
    title = models.CharField("任务", max_length=200)
    text = models.TextField("要求", default="")
    source = models.CharField("来源", max_length=10, choices=Source, default=Source.OWN)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    item = models.CharField("方案条目", max_length=80, default="")
    phase = models.CharField("阶段", max_length=60, default="")
    clause = models.CharField("条款", max_length=80, default="")
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="assignments", db_index=False)
    assigner = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    department = models.CharField("部门", max_length=60, default="")
    line = models.CharField(max_length=60, default="")
    follower = models.CharField("跟办人", max_length=60, default="")
    due_on = models.DateField("交办时的期限")
    deadline = models.DateField("期限")
    extended_reason = models.CharField("延期理由", max_length=300, default="")
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    last_word = models.CharField("最近情况", max_length=500, default="")
    last_word_at = models.DateTimeField(null=True)
    result = models.TextField("办理结果", default="")
    returned_reason = models.CharField("退回或取消的理由", max_length=300, default="")
    urged_on = models.DateField("最近催办", null=True)
    urged = models.PositiveSmallIntegerField("催办次数", default=0)
    reminded_on = models.DateField("最近提醒", null=True)
    created_at = models.DateTimeField("交办时间")
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    taken_at = models.DateTimeField("签收时间", null=True)
    handed_in_at = models.DateTimeField("首次提交时间", null=True)
    accepted_at = models.DateTimeField("办结时间", null=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint("batch", "division", "line", name="assignment_once"),
            models.CheckConstraint(
                name="assignment_extended",
                condition=models.Q(deadline=models.F("due_on"), extended_reason="")
                | models.Q(deadline__gt=models.F("due_on")) & ~models.Q(extended_reason=""),
            ),
            models.CheckConstraint(
                name="assignment_accepted_dated",
                condition=models.Q(state="accepted", accepted_at__isnull=False, handed_in_at__isnull=False)
                | ~models.Q(state="accepted") & models.Q(accepted_at=None),
            ),
            models.CheckConstraint(
                name="assignment_of_decision",
                condition=models.Q(source="decision", decision__isnull=False)
                | ~models.Q(source="decision") & models.Q(decision=None),
            ),
        ]
        indexes = [
            models.Index("division", "line", "state", "deadline", name="assignment_owed"),
            models.Index("assigner", "state", "deadline", name="assignment_given"),
            models.Index("deadline", "id", name="assignment_deadline"),
            models.Index("decision", name="assignment_decision"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("coordination:task", args=[self.pk])

    @property
    def who(self) -> str:
        """Whose task it is, as one says it."""
        return f"{self.division.name}{self.department}" if self.department else self.division.name

    @property
    def is_owed(self) -> bool:
        return self.state in OWED

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING

    @property
    def is_extended(self) -> bool:
        return self.deadline > self.due_on


class Urgency(models.TextChoices):
    URGENT = "urgent", "紧急"
    SOON = "soon", "较急"
    USUAL = "usual", "一般"


class WhistleState(models.TextChoices):
    OPEN = "open", "处置中"
    SOLVED = "solved", "已解决"
    WITHDRAWN = "withdrawn", "已撤回"


class Whistle(models.Model):
    """A street (or a county) calls departments to a problem: 街乡吹哨. ``problem`` is the thing of a gridwork record."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    community = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", db_index=False)
    title = models.CharField("问题", max_length=200)
    text = models.TextField("情况", default="")
    place = models.CharField("地点", max_length=200)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True)
    problem = models.UUIDField("关联的问题处置记录", null=True)
    urgency = models.CharField("紧急程度", max_length=10, choices=Urgency, default=Urgency.USUAL)
    state = models.CharField("状态", max_length=10, choices=WhistleState, default=WhistleState.OPEN)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    clause = models.CharField("条款", max_length=80, default="")
    withdrawn_for = models.CharField("撤回理由", max_length=300, default="")
    blown_at = models.DateTimeField("吹哨时间")
    blown_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    closed_at = models.DateTimeField("结束时间", null=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="whistle_closed_dated",
                condition=models.Q(state="open", closed_at=None)
                | ~models.Q(state="open") & models.Q(closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="whistle_place_whole",
                condition=models.Q(longitude=None, latitude=None)
                | models.Q(longitude__range=(Decimal(73), Decimal(136)), latitude__range=(Decimal(3), Decimal(54))),
            ),
        ]
        indexes = [
            models.Index("division", "blown_at", name="whistle_division"),
            models.Index("blown_at", "id", name="whistle_blown"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("coordination:whistle", args=[self.pk])


class CallState(models.TextChoices):
    CALLED = "called", "待报到"
    RESPONDED = "responded", "已报到"
    REPORTED = "reported", "待确认"
    REOPENED = "reopened", "未解决，继续办理"
    SOLVED = "solved", "已解决"
    WITHDRAWN = "withdrawn", "已撤回"


ANSWERABLE = (CallState.CALLED, CallState.RESPONDED, CallState.REOPENED)
GRADES = {5: "很满意", 4: "满意", 3: "一般", 2: "不满意", 1: "很不满意"}


class Call(models.Model):
    """One department that a whistle calls: 部门报到. Both sides rate each other once it is solved, each once.

    ``caller`` is the whistle's division, ``upper`` the one above it, where calls without a response go (督办).
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    whistle = models.ForeignKey(Whistle, models.PROTECT, related_name="calls", db_index=False)
    caller = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    upper = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    department = models.CharField("部门", max_length=60)
    line = models.CharField(max_length=60)
    respond_by = models.DateTimeField("报到期限")
    state = models.CharField("状态", max_length=10, choices=CallState, default=CallState.CALLED)
    called_at = models.DateTimeField("呼叫时间")
    responded_at = models.DateTimeField("报到时间", null=True)
    comer = models.CharField("到场人员", max_length=100, default="")
    contact = models.CharField("联系方式", max_length=60, default="")
    handling = models.CharField("处置打算", max_length=500, default="")
    result = models.TextField("处置结果", default="")
    reported_at = models.DateTimeField("报告结果时间", null=True)
    solved_at = models.DateTimeField("确认解决时间", null=True)
    reopened = models.PositiveSmallIntegerField("退回次数", default=0)
    reopened_reason = models.CharField("未解决的情况", max_length=300, default="")
    pressed_at = models.DateTimeField("督办时间", null=True)
    pressed_note = models.CharField("督办意见", max_length=300, default="")
    # The caller's word about the department, and the department's about the caller.
    grade = models.PositiveSmallIntegerField("吹哨方评价", null=True)
    comment = models.CharField("吹哨方评语", max_length=300, default="")
    graded_at = models.DateTimeField(null=True)
    return_grade = models.PositiveSmallIntegerField("部门评价", null=True)
    return_comment = models.CharField("部门评语", max_length=300, default="")
    return_graded_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["respond_by", "pk"]
        constraints = [
            models.UniqueConstraint("whistle", "division", "line", name="call_once"),
            models.CheckConstraint(
                name="call_solved_dated",
                condition=models.Q(state="solved", solved_at__isnull=False)
                | ~models.Q(state="solved") & models.Q(solved_at=None),
            ),
            models.CheckConstraint(
                name="call_responded_dated",
                condition=models.Q(state__in=["called", "withdrawn"]) | models.Q(responded_at__isnull=False),
            ),
            models.CheckConstraint(
                name="call_graded",
                condition=models.Q(grade=None, graded_at=None)
                | models.Q(grade__range=(1, 5), graded_at__isnull=False, solved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="call_return_graded",
                condition=models.Q(return_grade=None, return_graded_at=None)
                | models.Q(return_grade__range=(1, 5), return_graded_at__isnull=False, solved_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index("division", "line", "state", "respond_by", name="call_answerable"),
            models.Index("caller", "state", name="call_caller"),
            models.Index("upper", "respond_by", name="call_upper", condition=models.Q(state="called")),
            models.Index("called_at", name="call_called"),
        ]

    def __str__(self) -> str:
        return f"{self.whistle.title}：{self.who}"

    @property
    def who(self) -> str:
        return self.department

    def get_absolute_url(self) -> str:
        return self.whistle.get_absolute_url()

    @property
    def is_answerable(self) -> bool:
        return self.state in ANSWERABLE

    @property
    def is_on_time(self) -> bool:
        return self.responded_at is not None and self.responded_at <= self.respond_by

    @property
    def is_overdue(self) -> bool:
        """Not answered although the term is over."""
        return self.state == CallState.CALLED and self.respond_by < timezone.now()

    @property
    def late_by(self) -> dt.timedelta:
        end = self.responded_at or timezone.now()
        return max(dt.timedelta(), end - self.respond_by)

    @property
    def grade_word(self) -> str:
        return GRADES.get(self.grade or 0, "")

    @property
    def return_grade_word(self) -> str:
        return GRADES.get(self.return_grade or 0, "")
