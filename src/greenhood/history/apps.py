from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "greenhood.history"
    label = "history"
    verbose_name = "操作记录"
