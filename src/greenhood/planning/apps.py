from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "greenhood.planning"
    label = "planning"
    verbose_name = "实施方案"
