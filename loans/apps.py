from django.apps import AppConfig

from common import navigation, related


class LoansConfig(AppConfig):
    name = "loans"
    verbose_name = "贷款"

    def ready(self) -> None:
        from parties import carriers
        from reserve import cover  # models are loaded only now

        from . import links
        from .models import Loan, Recovery, Suspension
        from .selectors.blocking import cover_blocks

        cover.connect(cover_blocks)
        carriers.connect(Loan, Recovery, Suspension)
        related.connect("parties.organisation", links.of_organisation)
        related.connect("enterprises.recommendation", links.of_recommendation)
        related.connect("enterprises.batch", links.of_batch)
        related.connect("loans.creditline", links.of_line)
        related.connect("loans.loan", links.of_loan)
        related.connect("loans.claim", links.of_claim)
        related.connect("loans.recovery", links.of_recovery)
        related.connect("loans.earlywarning", links.of_warning)
        related.connect("reserve.jointdecision", links.of_write_off)
        navigation.register("业务", "审批与授信", "loans:approval_list", "signature", action="programme.read", order=20)
        navigation.register("业务", "贷款台账", "loans:loan_list", "coins", action="programme.read", order=30)
        navigation.register("业务", "关注名单", "loans:watch_list", "eye", action="programme.read", order=38)
        navigation.register("业务", "贷后检查", "loans:inspection_list", "clipboard-check", action="programme.read", order=39)
        navigation.register("业务", "预警报告", "loans:warning_list", "alert-triangle", action="programme.read", order=40)
        navigation.register("业务", "暂停与恢复", "loans:suspension_list", "player-pause", action="programme.read", order=41)
        navigation.register("业务", "代偿", "loans:claim_list", "cash", action="programme.read", order=45)
        navigation.register(
            "业务",
            "追偿",
            "loans:recovery_list",
            "transfer-in",
            action="programme.read",
            order=46,
            under=("/recovery-reports/", "/write-offs/"),
        )
        navigation.register("业务", "数据文件", "loans:import_list", "upload", action="programme.read", order=70)
        navigation.register("业务", "银行资本净额", "loans:net_capital_list", "wallet", action="programme.read", order=80)
