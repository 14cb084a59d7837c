from django.apps import AppConfig


class ExpertsConfig(AppConfig):
    name = "greenhood.experts"
    label = "experts"
    verbose_name = "专家服务"

    def ready(self) -> None:
        from greenhood.accounts import waiting  # noqa: PLC0415 - models are known only now
        from greenhood.experts.queries import waits  # noqa: PLC0415

        waiting.register(*waits.WAITING)
