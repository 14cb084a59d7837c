from functools import partial

from django.apps import AppConfig


class FactsConfig(AppConfig):
    name = "greenhood.facts"
    label = "facts"
    verbose_name = "社区信息登记"

    def ready(self) -> None:
        # Only once all rooms have declared their kinds; none of this can be imported before models are.
        from greenhood.evidence import subjects  # noqa: PLC0415
        from greenhood.facts.kinds import kinds  # noqa: PLC0415
        from greenhood.facts.queries import has_thing  # noqa: PLC0415

        for kind in kinds():
            subjects.register(kind.subject_kind, partial(has_thing, kind))
