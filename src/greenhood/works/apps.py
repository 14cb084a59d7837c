from django.apps import AppConfig


class WorksConfig(AppConfig):
    name = "greenhood.works"
    label = "works"
    verbose_name = "项目资金"
