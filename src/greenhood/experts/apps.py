from django.apps import AppConfig


class ExpertsConfig(AppConfig):
    name = "greenhood.experts"
    label = "experts"
    verbose_name = "专家服务"
