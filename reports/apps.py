from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "申报与统计"

    def ready(self) -> None:
        from common import navigation, related
        from parties import categories

        from . import links

        related.connect("reserve.programme", links.of_programme)
        related.connect("loans.loan", links.of_loan)
        related.connect("reports.quarterlysummary", links.of_summary)

        summary = ("核对申报汇总表", "报送申报汇总表", "审核申报汇总表", "审定申报汇总表")
        navigation.explain(
            {
                "reports:home": ("首页", "一件事由两个人办"),
                "reports:search": ("搜索",),
                "reports:own_dashboard": ("项目看板",),
                "reports:dashboard": ("项目看板",),
                "reports:due_board": ("到期看板",),
                "reports:summary": summary,
                "reports:statistics": ("统计",),
                "reports:ageing": ("逾期账龄",),
                "reports:overdue_rate": ("逾期率",),
                "reports:reserve_report": ("准备金收支季报、年度报告",),
                "reports:effect_report": ("上报省半年报、年报",),
                "reports:closing": ("退还出资", "办理清算"),
                "reports:enterprise": ("一企一档",),
            }
        )
        categories.claim("summary", "summary:*")

        navigation.offer_search("reports:search", action="programme.read")
        navigation.register("", "首页", "reports:home", "home", order=0)
        under = ("/programmes/*/dashboard/",)
        navigation.register("", "项目看板", "reports:own_dashboard", "chart-pie", action="programme.read", order=1, under=under)
        navigation.register("", "到期看板", "reports:due_board", "calendar-due", action="programme.read", order=2)
        navigation.register("报表", "申报汇总表", "reports:summary_list", "report-analytics", action="programme.read", order=50)
        navigation.register("报表", "统计", "reports:statistics", "chart-bar", action="programme.read", order=51)
        rate = ("/overdue-rate/",)
        navigation.register("报表", "逾期分析", "reports:ageing", "chart-line", action="programme.read", order=52, under=rate)
        navigation.register("报表", "准备金收支", "reports:reserve_report", "wallet", action="programme.read", order=53)
        navigation.register("报表", "上报省报表", "reports:effect_report", "clipboard-check", action="programme.read", order=54)
