"""Addresses of what spans the apps: home, statistics, arrears, quarterly summaries and printed papers."""

from django.urls import URLPattern, path

from .views import arrears, board, claim_papers, closing, dashboard, home, papers, periodic, statistics, summaries

app_name = "reports"

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("dashboard/", dashboard.own_dashboard, name="own_dashboard"),
    path("programmes/<slug:code>/dashboard/", dashboard.programme_dashboard, name="dashboard"),
    path("statistics/", statistics.overview, name="statistics"),
    path("due/", board.due_board, name="due_board"),
    path("ageing/", arrears.ageing_page, name="ageing"),
    path("ageing/loans/", arrears.ageing_loans, name="ageing_loans"),
    path("overdue-rate/", arrears.overdue_rate, name="overdue_rate"),
    path("reserve-report/", periodic.reserve_report_page, name="reserve_report"),
    path("effect-report/", periodic.effect_report_page, name="effect_report"),
    path("summaries/", summaries.summary_list, name="summary_list"),
    path("summaries/<int:pk>/", summaries.summary, name="summary"),
    path("summaries/<int:pk>/check/", summaries.check, name="summary_check"),
    path("summaries/<int:pk>/submit/", summaries.submit_, name="summary_submit"),
    path("summaries/<int:pk>/propose/", summaries.propose, name="summary_propose"),
    path("summaries/<int:pk>/accept/", summaries.accept, name="summary_accept"),
    path("summaries/<int:pk>/return/", summaries.return_, name="summary_return"),
    path("summaries/<int:pk>/<str:kind>/", papers.summary_file, name="summary_file"),
    path("programmes/<slug:code>/closing/", closing.closing, name="closing"),
    path("programmes/<slug:code>/close/", closing.programme_close, name="programme_close"),
    path("accounts/<int:pk>/refund/", closing.refund_instruct, name="refund_instruct"),
    path("batches/<int:pk>/letter.pdf", papers.batch_letter, name="batch_letter_pdf"),
    path("batches/<int:pk>/reply.pdf", papers.batch_reply, name="batch_reply_pdf"),
    path("contributions/<int:pk>/receipt.pdf", papers.contribution_receipt, name="contribution_receipt_pdf"),
    path("claims/<int:pk>/application.pdf", claim_papers.claim_application, {"kind": "pdf"}, name="claim_application_pdf"),
    path("claims/<int:pk>/application.xlsx", claim_papers.claim_application, {"kind": "xlsx"}, name="claim_application_xlsx"),
    path("claims/<int:pk>/approval.pdf", claim_papers.claim_approval, {"kind": "pdf"}, name="claim_approval_pdf"),
    path("claims/<int:pk>/approval.xlsx", claim_papers.claim_approval, {"kind": "xlsx"}, name="claim_approval_xlsx"),
    path("claims/<int:pk>/notices/<int:notice_pk>.pdf", claim_papers.payment_notice, name="payment_notice_pdf"),
    path("loans/<int:pk>/recoveries.pdf", claim_papers.recovery_sharing, {"kind": "pdf"}, name="recovery_sharing_pdf"),
    path("loans/<int:pk>/recoveries.xlsx", claim_papers.recovery_sharing, {"kind": "xlsx"}, name="recovery_sharing_xlsx"),
]
