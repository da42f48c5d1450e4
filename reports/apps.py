from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "申报与统计"

    def ready(self) -> None:
        from common import navigation

        navigation.register("", "首页", "reports:home", "home", order=0)
        navigation.register("", "到期看板", "reports:due_board", "calendar-due", action="programme.read", order=1)
        navigation.register("报表", "申报汇总表", "reports:summary_list", "report-analytics", action="programme.read", order=50)
        navigation.register("报表", "统计", "reports:statistics", "chart-bar", action="programme.read", order=51)
        navigation.register("报表", "逾期账龄", "reports:ageing", "hourglass", action="programme.read", order=52)
        navigation.register("报表", "逾期率", "reports:overdue_rate", "chart-line", action="programme.read", order=53)
