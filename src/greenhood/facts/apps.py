from django.apps import AppConfig


class FactsConfig(AppConfig):
    name = "greenhood.facts"
    label = "facts"
    verbose_name = "社区信息登记"
