from django.apps import AppConfig


class GridworkConfig(AppConfig):
    name = "greenhood.gridwork"
    label = "gridwork"
    verbose_name = "问题处置"
