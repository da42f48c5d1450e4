"""Pages of people, organisations, the audit trail and notifications."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from .views import manual, papers, people, session, trail

app_name = "parties"
urlpatterns = [
    path("login/", session.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account/", session.account, name="account"),
    path("account/edit/", session.account_edit, name="account_edit"),
    path("account/password/", session.password_change, name="password_change"),
    path("account/sign-out-others/", session.sign_out_others, name="sign_out_others"),
    path("account/tokens/<int:pk>/revoke/", session.token_revoke, name="token_revoke"),
    path("notifications/", session.notification_list, name="notifications"),
    path("notifications/read/", session.notifications_read, name="notifications_read"),
    path("notifications/preferences/", session.notification_preferences, name="notification_preferences"),
    path("notifications/<int:pk>/", session.notification, name="notification"),
    path("notifications/<int:pk>/read/", session.notification_read, name="notification_read"),
    path("notifications/<int:pk>/unread/", session.notification_unread, name="notification_unread"),
    path("help/", manual.help_page, name="help"),
    path("help/terms/", manual.terms, name="terms"),
    path("papers/<int:pk>/", papers.paper, name="paper"),
    path("papers/<str:label>/<int:pk>/", papers.papers_of, name="papers_of"),
    path("papers/<str:label>/<int:pk>/new/", papers.paper_new, name="paper_new"),
    path("people/", people.person_list, name="people"),
    path("people/new/", people.person_create, name="person_create"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/edit/", people.person_edit, name="person_edit"),
    path("people/<int:pk>/password/", people.person_password, name="person_password"),
    path("people/<int:pk>/role/", people.person_role, name="person_role"),
    path("people/<int:pk>/activate/", people.person_activate, name="person_activate"),
    path("people/<int:pk>/deactivate/", people.person_deactivate, name="person_deactivate"),
    path("people/<int:pk>/unlock/", people.person_unlock, name="person_unlock"),
    path("organisations/", people.organisation_list, name="organisations"),
    path("organisations/new/", people.organisation_create, name="organisation_create"),
    path("organisations/<int:pk>/", people.organisation, name="organisation"),
    path("organisations/<int:pk>/edit/", people.organisation_edit, name="organisation_edit"),
    path("organisations/<int:pk>/toggle/", people.organisation_toggle, name="organisation_toggle"),
    path("audit/", trail.audit_list, name="audit"),
    path("audit/<int:pk>/", trail.audit_event, name="audit_event"),
    path("sign-ins/", trail.sign_in_list, name="sign_ins"),
    path("sign-ins/failures/", trail.failure_list, name="sign_in_failures"),
    path("sign-ins/locks/", trail.lock_list, name="sign_in_locks"),
    path("permissions/", trail.permission_table, name="permissions"),
]
