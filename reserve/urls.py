"""Pages of the reserve."""

from django.urls import path

from .views import accounts, calendar, contributions, interests, obligations, programmes, rates

app_name = "reserve"

urlpatterns = [
    path("programmes/", programmes.programme_list, name="programme_list"),
    path("programmes/new/", programmes.programme_create, name="programme_create"),
    path("programmes/<slug:code>/", programmes.programme, name="programme"),
    path("programmes/<slug:code>/end/", programmes.programme_end, name="programme_end"),
    path("programmes/<slug:code>/parties/new/", programmes.party_add, name="party_add"),
    path("programmes/<slug:code>/accounts/new/", programmes.account_open, name="account_open"),
    path("programmes/<slug:code>/rules/", programmes.rule_list, name="rule_list"),
    path("programmes/<slug:code>/rules/<slug:key>/", programmes.rule_set, name="rule_set"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
    path("accounts/<int:pk>/statement/", accounts.statement, name="statement"),
    path("ledger/", accounts.ledger_list, name="ledger_list"),
    path("ledger/<int:pk>/", accounts.ledger_entry, name="ledger_entry"),
    path("contributions/", contributions.contribution_list, name="contribution_list"),
    path("contributions/new/", contributions.contribution_record, name="contribution_record"),
    path("contributions/<int:pk>/", contributions.contribution, name="contribution"),
    path("contributions/<int:pk>/receive/", contributions.contribution_receive, name="contribution_receive"),
    path("contributions/<int:pk>/confirm/", contributions.contribution_confirm, name="contribution_confirm"),
    path("contributions/<int:pk>/reject/", contributions.contribution_reject, name="contribution_reject"),
    path("interests/", interests.interest_list, name="interest_list"),
    path("interests/new/", interests.interest_enter, name="interest_enter"),
    path("interests/payout/", interests.interest_pay_out, name="interest_pay_out"),
    path("interests/<int:pk>/", interests.interest, name="interest"),
    path("interests/<int:pk>/confirm/", interests.interest_confirm, name="interest_confirm"),
    path("interests/<int:pk>/discard/", interests.interest_discard, name="interest_discard"),
    path("interests/<int:pk>/reverse/", interests.interest_reverse, name="interest_reverse"),
    path("interest-reversals/<int:pk>/confirm/", interests.interest_reversal_confirm, name="interest_reversal_confirm"),
    path("interest-reversals/<int:pk>/discard/", interests.interest_reversal_discard, name="interest_reversal_discard"),
    path("obligations/", obligations.obligation_list, name="obligation_list"),
    path("obligations/<int:pk>/", obligations.obligation, name="obligation"),
    path("deadlines/", obligations.deadline_list, name="deadline_list"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/enter/", calendar.calendar_enter, name="calendar_enter"),
    path("calendar/<int:year>/", calendar.calendar_year, name="calendar_year"),
    path("rates/", rates.rate_list, name="rate_list"),
    path("rates/new/<slug:kind>/", rates.rate_enter, name="rate_enter"),
    path("jobs/", rates.job_list, name="job_list"),
]
