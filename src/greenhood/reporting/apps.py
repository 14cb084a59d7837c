from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "greenhood.reporting"
    label = "reporting"
    verbose_name = "报送"

    def ready(self) -> None:
        from greenhood.accounts import waiting  # noqa: PLC0415 - models are known only now
        from greenhood.reporting import queries  # noqa: PLC0415

        waiting.register(*queries.WAITING)
