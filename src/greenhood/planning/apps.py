from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "greenhood.planning"
    label = "planning"
    verbose_name = "实施方案"

    def ready(self) -> None:
        from greenhood.accounts import waiting  # noqa: PLC0415 - models are known only now
        from greenhood.planning import events, queries  # noqa: F401, PLC0415 - events register themselves

        waiting.register(*queries.WAITING)
