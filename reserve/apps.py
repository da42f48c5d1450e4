from django.apps import AppConfig


class ReserveConfig(AppConfig):
    name = "reserve"
    verbose_name = "风险准备金"

    def ready(self) -> None:
        from common import navigation, related
        from common.health import in_database, register_check
        from parties import carriers, categories

        from . import links, reference, triggers
        from .models import BankStatement, Contribution, FundingObligation, Refund
        from .navigation import programme_links

        register_check("append_only_triggers", in_database(triggers.missing))
        triggers.connect(self)
        reference.connect(self)
        navigation.connect(programmes=programme_links)
        related.connect("parties.organisation", links.of_organisation)
        related.connect("reserve.programme", links.of_programme)
        related.connect("reserve.reserveaccount", links.of_account)
        related.connect("reserve.contribution", links.of_contribution)
        related.connect("reserve.fundingobligation", links.of_obligation)
        categories.claim("overdue", "obligation:*", "match:*")
        categories.claim("deadline", "deadline:*", "calendar:*")
        categories.claim("reserve", "contribution:*", "interest:*", "statement:*", "explanation:*", "refund:*")
        categories.claim("programme", "rule:*", "joint:*", "programme-ended:*", "programme-closed:*")
        navigation.explain(
            {
                "reserve:programme": ("看准备金", "记录项目终止", "系统管理员"),
                "reserve:rule": ("系统管理员",),
                "reserve:account": ("看准备金", "账户利息"),
                "reserve:statement": ("看准备金",),
                "reserve:contribution": ("登记出资", "登记配套出资", "录入到账", "复核到账"),
                "reserve:interest": ("账户利息",),
                "reserve:bank_statement": ("报送银行对账单", "说明对账差异", "确认对账差异说明"),
                "reserve:obligation": ("登记配套出资", "期限"),
                "reserve:deadline": ("期限",),
                "reserve:ledger": ("看准备金", "准备金收支季报、年度报告"),
                "reserve:calendar": ("期限", "系统管理员"),
                "reserve:rate": ("系统管理员",),
                "reserve:job": ("系统管理员",),
                "reserve:refund": ("退还出资", "录入、复核退还划款"),
            }
        )
        carriers.connect(BankStatement, Contribution, FundingObligation, Refund)
        for group, label, url_name, icon, action, order in (
            ("准备金", "项目与账户", "reserve:programme_list", "building-bank", None, 10),
            ("准备金", "出资", "reserve:contribution_list", "cash", "programme.read", 20),
            ("准备金", "账户利息", "reserve:interest_list", "receipt", "programme.read", 32),
            ("准备金", "银行对账", "reserve:bank_statement_list", "clipboard-check", "programme.read", 45),
            ("准备金", "配套义务", "reserve:obligation_list", "scale", "programme.read", 30),
            ("准备金", "账簿", "reserve:ledger_list", "book", "programme.read", 40),
            ("业务", "期限", "reserve:deadline_list", "clock", "programme.read", 90),
            ("准备金", "工作日历", "reserve:calendar", "calendar", None, 60),
            ("准备金", "参考利率", "reserve:rate_list", "percentage", None, 70),
            ("管理", "定时任务", "reserve:job_list", "settings", "job.read", 60),
        ):
            under = ("/accounts/",) if url_name == "reserve:programme_list" else ()
            navigation.register(group, label, url_name, icon, action=action, order=order, under=under)
