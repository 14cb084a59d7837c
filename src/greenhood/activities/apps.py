from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "greenhood.activities"
    label = "activities"
    verbose_name = "宣传与活动"
