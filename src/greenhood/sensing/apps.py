from django.apps import AppConfig


class SensingConfig(AppConfig):
    name = "greenhood.sensing"
    label = "sensing"
    verbose_name = "感知设备"
