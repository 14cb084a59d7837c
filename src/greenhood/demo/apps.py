from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "greenhood.demo"
    label = "demo"
    verbose_name = "演示"
