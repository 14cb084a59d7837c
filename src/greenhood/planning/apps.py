from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "greenhood.planning"
    label = "planning"
    verbose_name = "实施方案"

    def ready(self) -> None:
        from greenhood.accounts import waiting  # noqa: PLC0415 - models are known only now
        from greenhood.accounts.capabilities import Capability  # noqa: PLC0415
        from greenhood.evidence import subjects  # noqa: PLC0415
        from greenhood.planning import events, queries, work_queries  # noqa: F401, PLC0415 - events register themselves

        waiting.register(*queries.WAITING)
        subjects.register(queries.FILES, queries.is_plan_of, capability=Capability.PLAN)
        subjects.register(work_queries.FILES, work_queries.is_plan_of, capability=Capability.PLAN)
