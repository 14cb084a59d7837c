from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "greenhood.programme"
    label = "programme"
    verbose_name = "目标试点"

    def ready(self) -> None:
        from greenhood.programme import figures  # noqa: PLC0415 - models are known only now
        from greenhood.reporting import figures as reports  # noqa: PLC0415

        reports.register(figures.PILOTS, counter=figures.of_year)
