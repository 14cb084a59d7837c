from django.apps import AppConfig


class ExemplarsConfig(AppConfig):
    name = "greenhood.exemplars"
    label = "exemplars"
    verbose_name = "经验示范"

    def ready(self) -> None:
        from greenhood.accounts import waiting  # noqa: PLC0415 - models are known only now
        from greenhood.accounts.capabilities import Capability  # noqa: PLC0415
        from greenhood.evidence import subjects  # noqa: PLC0415
        from greenhood.exemplars.queries import subjects as own  # noqa: PLC0415
        from greenhood.exemplars.queries.waits import WAITING  # noqa: PLC0415

        waiting.register(*WAITING)
        for key, exists in own.KINDS.items():
            subjects.register(key, exists, capability=Capability.SHARE)
