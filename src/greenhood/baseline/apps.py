from django.apps import AppConfig


class BaselineConfig(AppConfig):
    name = "greenhood.baseline"
    label = "baseline"
    verbose_name = "摸底调查"
