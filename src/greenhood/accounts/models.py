"""People and posts: a person signs in, a post says where and as what they act.

What a person may do follows from the posts that are valid today, never from the person.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from greenhood.divisions.models import Division
from greenhood.kit.ids import uuid7


class Role(models.TextChoices):
    """What a post is. ``capabilities.CAPABILITIES`` says what each may do."""

    COMMUNITY_WORKER = "community_worker", "社区工作者"
    STREET_OFFICER = "street_officer", "街道（乡镇）经办人"
    COUNTY_OFFICER = "county_officer", "县（市、区）审核人"
    CITY_OFFICER = "city_officer", "市（州）复核人"
    PROVINCE_OFFICER = "province_officer", "省级管理人"
    NATIONAL_OBSERVER = "national_observer", "国家级观察员"
    DEPARTMENT_OFFICER = "department_officer", "部门经办人"
    EXPERT = "expert", "专家"
    DEPUTY = "deputy", "人大代表、政协委员"
    CITIZEN_ASSESSOR = "citizen_assessor", "市民代表"
    GRID_WORKER = "grid_worker", "网格员"
    PROPERTY_MANAGER = "property_manager", "物业服务人员"
    AUDITOR = "auditor", "审计人员（只读）"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: object) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. Holds no rights of its own."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    username = models.CharField("账号", max_length=60, unique=True)
    name = models.CharField("姓名", max_length=60)
    employer = models.CharField("工作单位", max_length=120, default="")
    phone = models.CharField("手机", max_length=30, default="")
    email = models.EmailField("邮箱", default="")
    is_active = models.BooleanField("启用", default=True)
    is_demonstration = models.BooleanField("演示账号", default=False)
    must_change_password = models.BooleanField("须修改密码", default=False)
    password_changed_at = models.DateTimeField(null=True)
    second_factor_at = models.DateTimeField("启用动态口令时间", null=True)
    managed_in = models.ForeignKey(
        Division,
        models.PROTECT,
        verbose_name="账号管理区划",
        null=True,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        indexes = [models.Index("managed_in", "username", name="user_managed_in")]
        constraints = [
            models.CheckConstraint(name="user_named", condition=~models.Q(username="") & ~models.Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_staff(self) -> bool:
        return False

    @property
    def is_superuser(self) -> bool:
        return False


class Post(models.Model):
    """A person in a role for a division (and a department), from a day to a day."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    user = models.ForeignKey(User, models.PROTECT, related_name="posts")
    division = models.ForeignKey(Division, models.PROTECT, related_name="posts")
    role = models.CharField("角色", max_length=30, choices=Role)
    department = models.CharField("部门", max_length=120, default="")
    valid_from = models.DateField("任职日期")
    valid_to = models.DateField("离任日期", null=True)

    class Meta:
        ordering = ["division__code", "role"]
        constraints = [
            models.CheckConstraint(
                # A post that was ended before it began ends the day before its first.
                name="post_dates",
                condition=models.Q(valid_to=None)
                | models.Q(
                    valid_to__gte=models.ExpressionWrapper(
                        models.F("valid_from") - dt.timedelta(days=1),
                        output_field=models.DateField(),
                    )
                ),
            ),
            models.UniqueConstraint(
                "user",
                "division",
                "role",
                "department",
                name="post_once",
                condition=models.Q(valid_to=None),
            ),
        ]
        indexes = [models.Index("division", "role", name="post_division_role")]

    def __str__(self) -> str:
        return f"{self.division.name}{self.department} {self.get_role_display()}"

    def is_held_on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Interest(models.Model):
    """A recorded interest of a person: why they must not judge what lies in a division or belongs to an employer."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    user = models.ForeignKey(User, models.CASCADE, related_name="interests")
    division = models.ForeignKey(Division, models.PROTECT, null=True)
    employer = models.CharField("单位", max_length=120, default="")
    reason = models.CharField("情形", max_length=200)
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["recorded_at"]
        constraints = [
            models.CheckConstraint(
                name="interest_names_something",
                condition=models.Q(division__isnull=False) | ~models.Q(employer=""),
            )
        ]

    def __str__(self) -> str:
        return "、".join(filter(None, [self.division.name if self.division else "", self.employer]))

    @property
    def is_self_declared(self) -> bool:
        return self.recorded_by_id == self.user_id


class RecoveryCode(models.Model):
    """Lets a person in once without the second factor. Only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    hash = models.CharField(max_length=100)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("user", "hash", name="recovery_code_once")]
