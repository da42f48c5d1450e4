"""Every REST route under `/api/v1/` (architecture §9). Each app's `api.py` holds its resources; they are named here only."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from enterprises import api as enterprises
from loans.api import capital, claims, decisions, imports, inspections, loans, recoveries, suspensions, warnings, watch, write_offs
from parties import resources as parties
from parties.views.api_docs import api_docs
from reports.api import arrears, board, closing, effect_report, reserve_report, statistics, summaries
from reserve.api import interests, statements
from reserve.api import resources as reserve

app_name = "api"
router = SimpleRouter()
# parties
router.register("organisations", parties.OrganisationViewSet, basename="organisation")
router.register("audit-events", parties.AuditEventViewSet, basename="audit-event")
router.register("notifications", parties.NotificationViewSet, basename="notification")
# reserve
router.register("programmes", reserve.ProgrammeViewSet, basename="programme")
router.register("reserve-accounts", reserve.ReserveAccountViewSet, basename="reserve-account")
router.register("ledger-entries", reserve.LedgerEntryViewSet, basename="ledger-entry")
router.register("contributions", reserve.ContributionViewSet, basename="contribution")
router.register("account-interests", interests.AccountInterestViewSet, basename="account-interest")
router.register("bank-statements", statements.BankStatementViewSet, basename="bank-statement")
router.register("statement-explanations", statements.ExplanationViewSet, basename="statement-explanation")
router.register("funding-obligations", reserve.FundingObligationViewSet, basename="funding-obligation")
router.register("deadlines", reserve.DeadlineViewSet, basename="deadline")
# enterprises
router.register("enterprises", enterprises.EnterpriseViewSet, basename="enterprise")
router.register("enterprise-benefits", enterprises.BenefitViewSet, basename="enterprise-benefit")
router.register("recommendations", enterprises.RecommendationViewSet, basename="recommendation")
router.register("batches", enterprises.BatchViewSet, basename="batch")
# loans
router.register("approvals", decisions.ApprovalViewSet, basename="approval")
router.register("loans", loans.LoanViewSet, basename="loan")
router.register("early-warnings", warnings.WarningViewSet, basename="early-warning")
router.register("watched-loans", watch.WatchedLoanViewSet, basename="watched-loan")
router.register("inspections", inspections.InspectionViewSet, basename="inspection")
router.register("recoveries", recoveries.RecoveryViewSet, basename="recovery")
router.register("recovery-reports", recoveries.RecoveryReportViewSet, basename="recovery-report")
router.register("write-offs", write_offs.WriteOffViewSet, basename="write-off")
router.register("import-files", imports.ImportFileViewSet, basename="import-file")
router.register("suspensions", suspensions.SuspensionViewSet, basename="suspension")
router.register("risk-rates", suspensions.RiskRateViewSet, basename="risk-rate")
router.register("net-capitals", capital.NetCapitalViewSet, basename="net-capital")
router.register("claims", claims.ClaimViewSet, basename="claim")
# reports
router.register("refunds", closing.RefundViewSet, basename="refund")
router.register("due-items", board.DueItemViewSet, basename="due-item")
router.register("quarterly-summaries", summaries.SummaryViewSet, basename="quarterly-summary")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("programmes/<slug:code>/statistics/", statistics.StatisticsView.as_view(), name="programme-statistics"),
    path("programmes/<slug:code>/ageing/", arrears.AgeingView.as_view(), name="programme-ageing"),
    path("programmes/<slug:code>/overdue-rate/", arrears.OverdueRateView.as_view(), name="programme-overdue-rate"),
    path("programmes/<slug:code>/closing/", closing.ClosingView.as_view(), name="programme-closing"),
    path("programmes/<slug:code>/close/", closing.CloseView.as_view(), name="programme-close"),
    path("programmes/<slug:code>/reserve-report/", reserve_report.ReserveReportView.as_view(), name="programme-reserve-report"),
    path("programmes/<slug:code>/effect-report/", effect_report.EffectReportView.as_view(), name="programme-effect-report"),
    path("tokens/", parties.TokenView.as_view(), name="tokens"),
    path("tokens/current/", parties.CurrentTokenView.as_view(), name="current-token"),
    path("me/", parties.MeView.as_view(), name="me"),
    path("schema/", parties.SchemaView.as_view(), name="schema"),
    path("docs/", api_docs, name="docs"),
]
