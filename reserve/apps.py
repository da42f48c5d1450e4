from django.apps import AppConfig


class ReserveConfig(AppConfig):
    name = "reserve"
    verbose_name = "风险准备金"

    def ready(self) -> None:
        from common.health import register_check

        from . import reference, triggers

        register_check("append_only_triggers", triggers.missing)
        triggers.connect(self)
        reference.connect(self)
