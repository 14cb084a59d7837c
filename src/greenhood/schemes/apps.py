from django.apps import AppConfig


class SchemesConfig(AppConfig):
    name = "greenhood.schemes"
    label = "schemes"
    verbose_name = "创建方案"
