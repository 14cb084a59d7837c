from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "greenhood.supervision"
    label = "supervision"
    verbose_name = "督导检查"

    def ready(self) -> None:
        from greenhood.accounts import waiting  # noqa: PLC0415 - models are known only now
        from greenhood.accounts.capabilities import Capability  # noqa: PLC0415
        from greenhood.evidence import subjects  # noqa: PLC0415
        from greenhood.supervision.actions import photos  # noqa: PLC0415
        from greenhood.supervision.queries import waits  # noqa: PLC0415

        waiting.register(*waits.WAITING)
        for kind in (photos.ANSWER, photos.FINDING):
            subjects.register_apart(kind, capability=Capability.INSPECT)
        subjects.register_apart(photos.ROUND, capability=Capability.RESPOND)
