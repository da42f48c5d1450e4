from django.apps import AppConfig


class EnterprisesConfig(AppConfig):
    name = "enterprises"
    verbose_name = "企业与推荐"

    def ready(self) -> None:
        from common import navigation, related

        from . import links

        related.connect("enterprises.recommendation", links.of_recommendation)

        navigation.register("企业", "企业名录", "enterprises:enterprise_list", "building-factory-2", action="programme.read", order=20)
        navigation.register("企业", "企业成效", "enterprises:benefit_list", "chart-line", action="programme.read", order=23)
        navigation.register("企业", "推荐", "enterprises:recommendation_list", "file-certificate", action="programme.read", order=21)
        navigation.register("企业", "批次", "enterprises:batch_list", "package", action="programme.read", order=22, under=("/replies/",))
