from django.apps import AppConfig


class WorksConfig(AppConfig):
    name = "greenhood.works"
    label = "works"
    verbose_name = "项目资金"

    def ready(self) -> None:
        from greenhood.accounts import waiting  # noqa: PLC0415 - models are known only now
        from greenhood.works import proofs  # noqa: PLC0415
        from greenhood.works.queries.projects import WAITING  # noqa: PLC0415

        waiting.register(*WAITING)
        proofs.register()
