"""Which permission stands before every route: the expectation the matrix of `tests/permissions` checks.

A route that is not here fails the matrix. `subject` names an object of `tests/support/route_subjects.py` for the
route's own kwargs; a route about an object that is not the caller's must answer 404.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """`actions`: whoever holds one of them may; none: everyone signed in. `subject` "": no object of a programme."""

    actions: tuple[str, ...] = ()
    subject: str = ""
    writes: bool = False
    public: bool = False


def read(subject: str = "", *actions: str) -> Rule:
    return Rule(actions, subject)


def write(subject: str, *actions: str) -> Rule:
    return Rule(actions, subject, writes=True)


PUBLIC = Rule(public=True)
OWN = Rule()  # one's own account, messages, session
OWN_WRITE = Rule(writes=True)

PAGES: dict[str, Rule] = {
    # one's own
    "parties:login": PUBLIC,
    "parties:logout": PUBLIC,
    "parties:account": OWN,
    "parties:account_edit": OWN_WRITE,
    "parties:password_change": OWN_WRITE,
    "parties:sign_out_others": OWN_WRITE,
    "parties:token_revoke": write("token"),
    "parties:notifications": OWN,
    "parties:notifications_read": OWN_WRITE,
    "parties:notification": read("notification"),
    "parties:paper": read("paper"),
    # people, organisations, trail
    "parties:people": read("", "account.read"),
    "parties:person": read("person", "account.read"),
    "parties:person_create": write("", "account.create"),
    "parties:person_edit": write("person", "account.create"),
    "parties:person_password": write("person", "account.create"),
    "parties:person_role": write("person", "account.authorise"),
    "parties:person_activate": write("person", "account.authorise"),
    "parties:person_deactivate": write("person", "account.authorise"),
    "parties:person_unlock": write("person", "account.authorise"),
    "parties:organisations": read(),
    "parties:organisation": read("organisation"),
    "parties:organisation_create": write("", "organisation.manage"),
    "parties:organisation_edit": write("organisation", "organisation.manage"),
    "parties:organisation_toggle": write("organisation", "organisation.manage"),
    "parties:audit": read("", "programme.read", "audit.read_all"),
    "parties:audit_event": read("audit_event", "programme.read", "audit.read_all"),
    "parties:sign_ins": read("", "sign_in.read"),
    "parties:sign_in_failures": read("", "sign_in.read"),
    "parties:sign_in_locks": read("", "sign_in.read"),
    "parties:permissions": read("", "permission.read"),
    # reserve
    "reserve:programme_list": read(),
    "reserve:programme": read("programme"),
    "reserve:programme_create": write("", "programme.manage"),
    "reserve:programme_end": write("programme", "programme.end"),
    "reserve:party_add": write("programme", "programme.manage"),
    "reserve:account_open": write("programme", "programme.manage"),
    "reserve:rule_list": read("programme"),
    "reserve:rule_set": write("rule", "rule.change"),
    "reserve:account": read("account"),
    "reserve:statement": read("account"),
    "reserve:ledger_list": read(),
    "reserve:ledger_entry": read("entry"),
    "reserve:contribution_list": read(),
    "reserve:contribution": read("contribution"),
    "reserve:contribution_record": write("", "contribution.record"),
    "reserve:contribution_receive": write("contribution", "contribution.receive"),
    "reserve:contribution_confirm": write("contribution", "contribution.confirm"),
    "reserve:contribution_reject": write("contribution", "contribution.reject"),
    "reserve:obligation_list": read(),
    "reserve:obligation": read("obligation"),
    "reserve:deadline_list": read(),
    "reserve:calendar": read(),
    "reserve:calendar_year": read("year"),
    "reserve:calendar_enter": write("", "calendar.enter"),
    "reserve:rate_list": read(),
    "reserve:rate_enter": write("rate", "rate.enter"),
    "reserve:job_list": read("", "job.read"),
    # enterprises
    "enterprises:enterprise_list": read(),
    "enterprises:enterprise": read("enterprise"),
    "enterprises:enterprise_register": write("", "enterprise.edit"),
    "enterprises:enterprise_edit": write("enterprise", "enterprise.edit"),
    "enterprises:enterprise_year": write("enterprise", "enterprise.edit"),
    "enterprises:enterprise_category": write("enterprise", "enterprise.edit"),
    "enterprises:recommendation_list": read(),
    "enterprises:recommendation": read("recommendation"),
    "enterprises:recommendation_draft": write("", "recommendation.draft"),
    "enterprises:recommendation_edit": write("recommendation", "recommendation.draft"),
    "enterprises:recommendation_sign": write("recommendation", "recommendation.sign"),
    "enterprises:recommendation_decline": write("recommendation", "recommendation.decline"),
    "enterprises:recommendation_withdraw": write("recommendation", "recommendation.withdraw"),
    "enterprises:recommendation_scan": write("recommendation", "paper.register"),
    "enterprises:batch_list": read(),
    "enterprises:batch": read("batch"),
    "enterprises:batch_create": write("", "batch.prepare"),
    "enterprises:batch_edit": write("batch", "batch.prepare"),
    "enterprises:batch_send": write("batch", "batch.send"),
    "enterprises:batch_reply": write("batch", "paper.register"),
    "enterprises:batch_document": write("batch", "paper.register"),
    "enterprises:batch_scan": write("batch", "paper.register"),
    "enterprises:batch_letter": read("batch"),
    # loans
    "loans:approval_list": read(),
    "loans:approval": read("line"),
    "loans:approval_propose": write("recommendation", "approval.propose"),
    "loans:approval_repropose": write("line", "approval.propose"),
    "loans:approval_confirm": write("line", "approval.confirm"),
    "loans:approval_send_back": write("line", "approval.send_back"),
    "loans:earmark_preview": read("line"),
    "loans:reply": read("batch"),
    "loans:loan_list": read(),
    "loans:loan": read("loan"),
    "loans:loan_enter": write("line", "loan.enter"),
    "loans:loan_edit": write("loan", "loan.enter"),
    "loans:loan_confirm": write("loan", "loan.confirm"),
    "loans:loan_discard": write("loan", "loan.enter", "loan.confirm"),
    "loans:repayment_enter": write("loan", "repayment.enter"),
    "loans:repayment_confirm": write("repayment", "repayment.confirm"),
    "loans:repayment_discard": write("repayment", "repayment.enter", "repayment.confirm"),
    # reports
    "reports:home": OWN,
    "reports:statistics": read("", "programme.read"),
    "reports:summary_list": read(),
    "reports:summary": read("summary"),
    "reports:summary_check": write("summary", "summary.check"),
    "reports:summary_submit": write("summary", "summary.submit"),
    "reports:summary_propose": write("summary", "summary.propose"),
    "reports:summary_accept": write("summary", "summary.accept"),
    "reports:summary_return": write("summary", "summary.return"),
    "reports:summary_file": read("summary_file"),
    "reports:batch_letter_pdf": read("batch"),
    "reports:batch_reply_pdf": read("batch"),
    "reports:contribution_receipt_pdf": read("contribution"),
}

API: dict[str, Rule] = {
    "POST api:tokens": PUBLIC,
    "DELETE api:current-token": OWN_WRITE,
    "GET api:me": OWN,
    "GET api:schema": PUBLIC,
    "GET api:docs": PUBLIC,
    "GET api:organisation-list": read(),
    "GET api:organisation-detail": read("organisation"),
    "GET api:audit-event-list": read(),
    "GET api:audit-event-detail": read("audit_event"),
    "GET api:notification-list": OWN,
    "GET api:notification-detail": read("notification"),
    "POST api:notification-read": write("notification"),
    # reserve
    "GET api:programme-list": read(),
    "GET api:programme-detail": read("programme"),
    "GET api:programme-rules": read("programme"),
    "GET api:reserve-account-list": read(),
    "GET api:reserve-account-detail": read("account"),
    "GET api:ledger-entry-list": read(),
    "GET api:ledger-entry-detail": read("entry"),
    "GET api:contribution-list": read(),
    "POST api:contribution-list": write("", "contribution.record"),
    "GET api:contribution-detail": read("contribution"),
    "POST api:contribution-confirm": write("contribution", "contribution.receive", "contribution.confirm"),
    "POST api:contribution-reject": write("contribution", "contribution.reject"),
    "GET api:funding-obligation-list": read(),
    "GET api:funding-obligation-detail": read("obligation"),
    "GET api:deadline-list": read(),
    "GET api:deadline-detail": read("deadline"),
    # enterprises
    "GET api:enterprise-list": read(),
    "POST api:enterprise-list": write("", "enterprise.edit"),
    "GET api:enterprise-detail": read("enterprise"),
    "PATCH api:enterprise-detail": write("enterprise", "enterprise.edit"),
    "POST api:enterprise-categories": write("enterprise", "enterprise.edit"),
    "POST api:enterprise-years": write("enterprise", "enterprise.edit"),
    "GET api:recommendation-list": read(),
    "POST api:recommendation-list": write("", "recommendation.draft"),
    "GET api:recommendation-detail": read("recommendation"),
    "PATCH api:recommendation-detail": write("recommendation", "recommendation.draft"),
    "POST api:recommendation-decline": write("recommendation", "recommendation.decline"),
    "POST api:recommendation-sign": write("recommendation", "recommendation.sign"),
    "POST api:recommendation-withdraw": write("recommendation", "recommendation.withdraw"),
    "GET api:batch-list": read(),
    "POST api:batch-list": write("", "batch.prepare"),
    "GET api:batch-detail": read("batch"),
    "PUT api:batch-detail": write("batch", "batch.prepare"),
    "POST api:batch-document": write("batch", "paper.register"),
    "POST api:batch-reply": write("batch", "paper.register"),
    "POST api:batch-send": write("batch", "batch.send"),
    # loans
    "GET api:approval-list": read(),
    "POST api:approval-list": write("", "approval.propose"),
    "GET api:approval-detail": read("line"),
    "PUT api:approval-detail": write("line", "approval.propose"),
    "POST api:approval-confirm": write("line", "approval.confirm"),
    "POST api:approval-send-back": write("line", "approval.send_back"),
    "GET api:loan-list": read(),
    "POST api:loan-list": write("", "loan.enter"),
    "GET api:loan-detail": read("loan"),
    "PUT api:loan-detail": write("loan", "loan.enter"),
    "POST api:loan-confirm": write("loan", "loan.confirm"),
    "POST api:loan-discard": write("loan", "loan.enter", "loan.confirm"),
    "GET api:loan-repayments": read("loan"),
    "POST api:loan-repayments": write("loan", "repayment.enter"),
    "POST api:loan-confirm-repayment": write("loan_repayment", "repayment.confirm"),
    "POST api:loan-discard-repayment": write("loan_repayment", "repayment.enter", "repayment.confirm"),
    # reports
    "GET api:programme-statistics": read("programme"),
    "GET api:quarterly-summary-list": read(),
    "GET api:quarterly-summary-detail": read("summary"),
    "POST api:quarterly-summary-submit": write("summary", "summary.check", "summary.submit"),
    "POST api:quarterly-summary-accept": write("summary", "summary.propose", "summary.accept"),
    "POST api:quarterly-summary-return": write("summary", "summary.return"),
    "GET api:quarterly-summary-pdf": read("summary"),
    "GET api:quarterly-summary-xlsx": read("summary"),
    "GET api:quarterly-summary-csv": read("summary"),
}
