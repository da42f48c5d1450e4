"""Pages of decisions, loans, repayments, grades and the banks' net capital."""

from django.urls import path

from .views import approvals, capital, changes, grades, loans, repayments, replies, schedules

app_name = "loans"
urlpatterns = [
    path("approvals/", approvals.approval_list, name="approval_list"),
    path("approvals/propose/<int:pk>/", approvals.propose, name="approval_propose"),
    path("approvals/<int:pk>/", approvals.approval, name="approval"),
    path("approvals/<int:pk>/edit/", approvals.repropose, name="approval_repropose"),
    path("approvals/<int:pk>/confirm/", approvals.confirm, name="approval_confirm"),
    path("approvals/<int:pk>/send-back/", approvals.send_back, name="approval_send_back"),
    path("approvals/<int:pk>/draw/", loans.enter, name="loan_enter"),
    path("approvals/<int:pk>/earmark/", loans.earmark_preview, name="earmark_preview"),
    path("replies/<int:pk>/", replies.reply, name="reply"),
    path("loans/", loans.loan_list, name="loan_list"),
    path("loans/<int:pk>/", loans.loan, name="loan"),
    path("loans/<int:pk>/edit/", loans.edit, name="loan_edit"),
    path("loans/<int:pk>/confirm/", loans.confirm, name="loan_confirm"),
    path("loans/<int:pk>/discard/", loans.discard, name="loan_discard"),
    path("loans/<int:pk>/repayments/new/", repayments.enter, name="repayment_enter"),
    path("loans/<int:pk>/owed/", repayments.owed_preview, name="owed_preview"),
    path("loans/<int:pk>/grades/new/", grades.enter, name="grade_enter"),
    path("repayments/<int:pk>/confirm/", repayments.confirm, name="repayment_confirm"),
    path("repayments/<int:pk>/discard/", repayments.discard, name="repayment_discard"),
    path("repayments/<int:pk>/reverse/", repayments.reverse_repayment, name="repayment_reverse"),
    path("reversals/<int:pk>/confirm/", repayments.confirm_reversal, name="reversal_confirm"),
    path("reversals/<int:pk>/discard/", repayments.discard_reversal, name="reversal_discard"),
    path("loans/<int:pk>/extensions/new/", changes.apply_extension, name="extension_apply"),
    path("extensions/<int:pk>/consent/", changes.consent_extension, name="extension_consent"),
    path("extensions/<int:pk>/confirm/", changes.confirm_extension, name="extension_confirm"),
    path("extensions/<int:pk>/withdraw/", changes.withdraw_extension, name="extension_withdraw"),
    path("loans/<int:pk>/corrections/new/", changes.enter_correction, name="correction_enter"),
    path("corrections/<int:pk>/confirm/", changes.confirm_correction, name="correction_confirm"),
    path("corrections/<int:pk>/discard/", changes.discard_correction, name="correction_discard"),
    path("loans/<int:pk>/bank-schedules/new/", schedules.enter, name="bank_schedule_enter"),
    path("bank-schedules/<int:pk>/confirm/", schedules.confirm, name="bank_schedule_confirm"),
    path("bank-schedules/<int:pk>/discard/", schedules.discard, name="bank_schedule_discard"),
    path("net-capitals/", capital.net_capital_list, name="net_capital_list"),
    path("net-capitals/new/", capital.enter, name="net_capital_enter"),
    path("net-capitals/<int:pk>/", capital.net_capital, name="net_capital"),
    path("net-capitals/<int:pk>/confirm/", capital.confirm, name="net_capital_confirm"),
    path("net-capitals/<int:pk>/discard/", capital.discard, name="net_capital_discard"),
]
