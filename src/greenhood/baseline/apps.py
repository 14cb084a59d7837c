from django.apps import AppConfig

from greenhood.facts import hooks


class BaselineConfig(AppConfig):
    name = "greenhood.baseline"
    label = "baseline"
    verbose_name = "摸底调查"

    def ready(self) -> None:
        from greenhood.baseline.actions.stating import end_contradicted  # noqa: PLC0415 - needs the models

        hooks.on_change(end_contradicted)
