from django.apps import AppConfig


class DeclarationsConfig(AppConfig):
    name = "greenhood.declarations"
    label = "declarations"
    verbose_name = "申报与认定"

    def ready(self) -> None:
        from greenhood.assessments import hooks  # noqa: PLC0415 - models are known only now
        from greenhood.declarations import events, standing  # noqa: F401, PLC0415 - events register themselves

        hooks.on_change(standing.follow)
