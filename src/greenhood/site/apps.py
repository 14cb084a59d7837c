from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "greenhood.site"
    label = "site"
    verbose_name = "站点"
