from django.apps import AppConfig


class ParticipationConfig(AppConfig):
    name = "greenhood.participation"
    label = "participation"
    verbose_name = "居民参与"
