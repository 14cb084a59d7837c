from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "greenhood.programme"
    label = "programme"
    verbose_name = "目标试点"
