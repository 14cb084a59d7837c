from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class HistoryConfig(AppConfig):
    name = "greenhood.history"
    label = "history"
    verbose_name = "操作记录"

    def ready(self) -> None:
        autodiscover_modules("events")
