from django.apps import AppConfig


class EnterprisesConfig(AppConfig):
    name = "enterprises"
    verbose_name = "企业与推荐"

    def ready(self) -> None:
        from common import navigation, related
        from parties import categories

        from . import links

        related.connect("enterprises.recommendation", links.of_recommendation)
        navigation.explain(
            {
                "enterprises:enterprise": ("登记企业",),
                "enterprises:benefit": ("企业成效",),
                "enterprises:recommendation_day": ("推荐日（集中签署）",),
                "enterprises:recommendation": ("受理申请、起草推荐", "签署", "不予推荐、撤回", "续贷"),
                "enterprises:batch": ("编制批次", "发送批次", "审批回执"),
            }
        )
        categories.claim("recommendation", "recommendation:*", "batch:*")
        categories.claim("deadline", "recommendation:*:lapses:*", "certificate:*")

        navigation.register("企业", "企业名录", "enterprises:enterprise_list", "building-factory-2", action="programme.read", order=20)
        navigation.register("企业", "企业成效", "enterprises:benefit_list", "chart-line", action="programme.read", order=23)
        navigation.register("企业", "推荐", "enterprises:recommendation_list", "file-certificate", action="programme.read", order=21)
        navigation.register("企业", "推荐日", "enterprises:recommendation_day", "signature", action="programme.read", order=21)
        navigation.register("企业", "批次", "enterprises:batch_list", "package", action="programme.read", order=22, under=("/replies/",))
