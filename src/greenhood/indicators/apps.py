from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "greenhood.indicators"
    label = "indicators"
    verbose_name = "指标"
