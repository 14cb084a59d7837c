from django.apps import AppConfig


class ExemplarsConfig(AppConfig):
    name = "greenhood.exemplars"
    label = "exemplars"
    verbose_name = "经验示范"
