from django.apps import AppConfig


class ReserveConfig(AppConfig):
    name = "reserve"
    verbose_name = "风险准备金"

    def ready(self) -> None:
        from . import triggers

        triggers.connect(self)
