from django.apps import AppConfig


class CoordinationConfig(AppConfig):
    name = "greenhood.coordination"
    label = "coordination"
    verbose_name = "任务协同"
