from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "greenhood.assessments"
    label = "assessments"
    verbose_name = "自测与评分"
