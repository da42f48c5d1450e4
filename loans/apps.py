from django.apps import AppConfig

from common import navigation, related


class LoansConfig(AppConfig):
    name = "loans"
    verbose_name = "贷款"

    def ready(self) -> None:
        from parties import carriers, categories
        from reserve import cover  # models are loaded only now

        from . import links
        from .models import Loan, Recovery, Suspension
        from .selectors.blocking import cover_blocks

        cover.connect(cover_blocks)
        categories.claim("overdue", "loan:*:overdue:*")
        categories.claim("approval", "approval:*", "loan:*", "net_capital:*")
        categories.claim("servicing", "loan:*:floor:*", "repayment:*", "reversal:*", "extension:*", "correction:*", "bank_schedule:*")
        categories.claim("servicing", "grading:*", "inspection:*", "warning:*")
        categories.claim("claim", "claim:*", "recovery:*", "recovery-report:*")
        categories.claim("summary", "import:*")
        categories.claim("programme", "risk:*", "suspension:*")
        loan = ("录入放款", "复核放款", "登记还款", "冲正还款", "还款计划", "展期", "更正数据", "登记五级分类")
        navigation.explain(
            {
                "loans:approval": ("审批", "复核审批", "单一客户集中度"),
                "loans:loan": loan,
                "loans:watch": ("关注名单",),
                "loans:inspection": ("登记贷后检查",),
                "loans:warning": ("报告预警", "解除预警"),
                "loans:suspension": ("暂停新增与恢复",),
                "loans:claim": ("代偿", "核验代偿材料", "会审代偿", "拟定、审定代偿", "签发划款通知书"),
                "loans:recovery": ("追偿", "登记追偿回款", "划回追偿款", "报告追偿进展"),
                "loans:write_off": ("提请核销", "签署核销意见"),
                "loans:import": ("数据文件", "上传数据文件", "中途启用：期初导入"),
                "loans:net_capital": ("单一客户集中度", "录入资本净额"),
                "loans:reply": ("审批回执",),
            }
        )
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
