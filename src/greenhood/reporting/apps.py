from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "greenhood.reporting"
    label = "reporting"
    verbose_name = "报送"

    def ready(self) -> None:
        from greenhood.accounts import waiting  # noqa: PLC0415 - models are known only now
        from greenhood.accounts.capabilities import Capability  # noqa: PLC0415
        from greenhood.evidence import subjects  # noqa: PLC0415
        from greenhood.reporting import queries  # noqa: PLC0415

        waiting.register(*queries.WAITING)
        subjects.register(queries.WITH_FILES, queries.is_round_of, capability=Capability.REPORT)
