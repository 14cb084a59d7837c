from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "greenhood.reporting"
    label = "reporting"
    verbose_name = "报送"
