from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "申报与统计"

    def ready(self) -> None:
        from common import navigation

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
