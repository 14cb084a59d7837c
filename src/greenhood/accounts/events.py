"""What happens to people, posts and sessions."""

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    SIGNED_IN = "session.signed_in", "登录"
    SIGN_IN_FAILED = "session.sign_in_failed", "登录失败"
    LOCKED_OUT = "session.locked_out", "登录被锁定"
    SIGNED_OUT = "session.signed_out", "退出登录"
    POST_SWITCHED = "session.post_switched", "切换岗位"
    VERIFIED = "session.verified", "通过动态口令验证"
    VERIFICATION_FAILED = "session.verification_failed", "动态口令错误"
    RECOVERY_CODE_USED = "session.recovery_code_used", "使用恢复码"
    USER_CREATED = "user.created", "建立账号"
    USER_CHANGED = "user.changed", "修改账号资料"
    USER_DISABLED = "user.disabled", "停用账号"
    USER_ENABLED = "user.enabled", "恢复账号"
    PASSWORD_RESET = "user.password_reset", "重置密码"
    PASSWORD_CHANGED = "user.password_changed", "修改密码"
    SECOND_FACTOR_ENROLLED = "user.second_factor_enrolled", "启用动态口令"
    SECOND_FACTOR_REMOVED = "user.second_factor_removed", "停用动态口令"
    RECOVERY_CODES_RENEWED = "user.recovery_codes_renewed", "更换恢复码"
    POST_GRANTED = "post.granted", "授予岗位"
    POST_ENDED = "post.ended", "终止岗位"
    INTEREST_RECORDED = "interest.recorded", "登记利害关系"
    INTEREST_REMOVED = "interest.removed", "撤销利害关系登记"
    PEOPLE_EXPORTED = "user.exported", "导出人员名单"
    HISTORY_EXPORTED = "history.exported", "导出操作记录"
