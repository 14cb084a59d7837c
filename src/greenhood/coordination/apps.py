from django.apps import AppConfig


class CoordinationConfig(AppConfig):
    name = "greenhood.coordination"
    label = "coordination"
    verbose_name = "任务协同"

    def ready(self) -> None:
        from greenhood.accounts import waiting  # noqa: PLC0415 - models are known only now
        from greenhood.accounts.capabilities import Capability  # noqa: PLC0415
        from greenhood.coordination import files  # noqa: PLC0415
        from greenhood.coordination.queries.waiting import WAITING  # noqa: PLC0415
        from greenhood.evidence import subjects  # noqa: PLC0415

        waiting.register(*WAITING)
        subjects.register(files.TASK, files.is_open_task, capability=Capability.RESPOND)
        subjects.register(files.WHISTLE, files.is_open_whistle, capability=Capability.COORDINATE)
        subjects.register(files.CALL, files.is_open_call, capability=Capability.RESPOND)
        subjects.register(files.MEETING, files.is_open_meeting, capability=Capability.COORDINATE)
