from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "greenhood.insight"
    label = "insight"
    verbose_name = "总览与公开"
