from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "greenhood.kit"
    label = "kit"
    verbose_name = "基础"
