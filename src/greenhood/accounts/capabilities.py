"""What a post may do. Roles map to capabilities here and nowhere else; the scheme says at which step one is used."""

from __future__ import annotations

from enum import StrEnum

from greenhood.accounts.models import Role


class Capability(StrEnum):
    """One thing that a post may do within its division."""

    VIEW = "view"
    RECORD = "record"
    SURVEY = "survey"
    ASSESS = "assess"
    DECLARE = "declare"
    DECIDE = "decide"
    SCORE = "score"
    DRAW = "draw"
    RUN_PANEL = "run_panel"
    SIT_ON_PANEL = "sit_on_panel"
    PUBLISH_NOTICE = "publish_notice"
    HANDLE_OBJECTION = "handle_objection"
    AWARD = "award"
    SUPERVISE = "supervise"
    REPORT = "report"
    PLAN = "plan"
    COORDINATE = "coordinate"
    RESPOND = "respond"
    INSPECT = "inspect"
    SHARE = "share"
    CURATE = "curate"
    KEEP_POOL = "keep_pool"
    SERVE = "serve"
    KEEP_PROJECTS = "keep_projects"
    EXPORT = "export"
    PUBLISH_SCHEME = "publish_scheme"
    CONFIRM_DIVISIONS = "confirm_divisions"
    MANAGE_PEOPLE = "manage_people"
    GRANT_POSTS = "grant_posts"
    READ_HISTORY = "read_history"


TITLES: dict[Capability, str] = {
    Capability.VIEW: "查看",
    Capability.RECORD: "登记社区信息",
    Capability.SURVEY: "组织摸底",
    Capability.ASSESS: "填写自评",
    Capability.DECLARE: "申报",
    Capability.DECIDE: "办理本级环节",
    Capability.SCORE: "评分",
    Capability.DRAW: "随机抽取",
    Capability.RUN_PANEL: "组织评审",
    Capability.SIT_ON_PANEL: "参加评审",
    Capability.PUBLISH_NOTICE: "发布公示",
    Capability.HANDLE_OBJECTION: "处理异议",
    Capability.AWARD: "命名授牌",
    Capability.SUPERVISE: "动态管理",
    Capability.REPORT: "报送和接收报告",
    Capability.PLAN: "编制计划、分解目标",
    Capability.COORDINATE: "交办任务、统筹调度",
    Capability.RESPOND: "办理交办和整改",
    Capability.INSPECT: "督导检查",
    Capability.SHARE: "提交经验做法",
    Capability.CURATE: "审核经验、基地和表扬",
    Capability.KEEP_POOL: "管理专家库",
    Capability.SERVE: "提供专家服务",
    Capability.KEEP_PROJECTS: "管理项目和资金",
    Capability.EXPORT: "导出",
    Capability.PUBLISH_SCHEME: "发布方案",
    Capability.CONFIRM_DIVISIONS: "确认区划变更",
    Capability.MANAGE_PEOPLE: "管理账号",
    Capability.GRANT_POSTS: "授予岗位",
    Capability.READ_HISTORY: "查阅操作记录",
}

_C = Capability
_OFFICER = {
    _C.VIEW,
    _C.RECORD,
    _C.DECIDE,
    _C.SCORE,
    _C.REPORT,
    _C.PLAN,
    _C.COORDINATE,
    _C.RESPOND,
    _C.INSPECT,
    _C.SHARE,
    _C.KEEP_PROJECTS,
    _C.EXPORT,
}
_LEAD = _OFFICER | {
    _C.SURVEY,
    _C.DRAW,
    _C.RUN_PANEL,
    _C.PUBLISH_NOTICE,
    _C.HANDLE_OBJECTION,
    _C.AWARD,
    _C.SUPERVISE,
    _C.CURATE,
    _C.KEEP_POOL,
    _C.PUBLISH_SCHEME,
}

CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.COMMUNITY_WORKER: frozenset(
        {_C.VIEW, _C.RECORD, _C.ASSESS, _C.DECLARE, _C.REPORT, _C.PLAN, _C.RESPOND, _C.SHARE, _C.EXPORT}
    ),
    Role.STREET_OFFICER: frozenset(_OFFICER | {_C.SUPERVISE}),
    Role.COUNTY_OFFICER: frozenset(_LEAD),
    Role.CITY_OFFICER: frozenset(_LEAD),
    Role.PROVINCE_OFFICER: frozenset(_LEAD),
    Role.NATIONAL_OBSERVER: frozenset({_C.VIEW, _C.REPORT, _C.EXPORT}),
    Role.DEPARTMENT_OFFICER: frozenset({_C.VIEW, _C.RESPOND, _C.KEEP_PROJECTS, _C.EXPORT}),
    Role.EXPERT: frozenset({_C.SIT_ON_PANEL, _C.SERVE}),
    Role.DEPUTY: frozenset({_C.SIT_ON_PANEL}),
    Role.CITIZEN_ASSESSOR: frozenset({_C.SIT_ON_PANEL}),
    Role.GRID_WORKER: frozenset({_C.VIEW, _C.RECORD}),
    Role.PROPERTY_MANAGER: frozenset({_C.VIEW, _C.RECORD}),
    Role.AUDITOR: frozenset({_C.VIEW, _C.READ_HISTORY, _C.EXPORT}),
    # 三权分立: who makes accounts grants no rights, who grants rights makes no accounts, who audits does neither.
    Role.SYSTEM_ADMIN: frozenset({_C.MANAGE_PEOPLE, _C.CONFIRM_DIVISIONS}),
    Role.SECURITY_ADMIN: frozenset({_C.GRANT_POSTS}),
    Role.AUDIT_ADMIN: frozenset({_C.READ_HISTORY, _C.EXPORT}),
}

# Posts that decide awards: a second factor is asked of them when the setting says so.
AWARD_GIVING = frozenset({Role.COUNTY_OFFICER, Role.CITY_OFFICER, Role.PROVINCE_OFFICER})
