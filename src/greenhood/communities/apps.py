from django.apps import AppConfig


class CommunitiesConfig(AppConfig):
    name = "greenhood.communities"
    label = "communities"
    verbose_name = "社区空间与设施"
