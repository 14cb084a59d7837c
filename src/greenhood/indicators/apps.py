from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "greenhood.indicators"
    label = "indicators"
    verbose_name = "指标"

    def ready(self) -> None:
        from greenhood.facts import hooks  # noqa: PLC0415 - models can be imported only now
        from greenhood.indicators.actions import note_change  # noqa: PLC0415

        hooks.on_change(note_change)
