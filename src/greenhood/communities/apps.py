from django.apps import AppConfig


class CommunitiesConfig(AppConfig):
    name = "greenhood.communities"
    label = "communities"
    verbose_name = "社区空间与设施"

    def ready(self) -> None:
        from greenhood.communities.wholes import within_reach  # noqa: PLC0415 - needs the models
        from greenhood.facts.kinds import register_check  # noqa: PLC0415

        register_check(within_reach)
