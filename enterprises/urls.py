"""Addresses of the register, recommendations and batches."""

from django.urls import path

from .views import batches, benefits, day, enterprises, recommendations

app_name = "enterprises"
urlpatterns = [
    path("enterprises/", enterprises.enterprise_list, name="enterprise_list"),
    path("enterprises/suggest/", enterprises.enterprise_suggest, name="enterprise_suggest"),
    path("enterprises/new/", enterprises.enterprise_register, name="enterprise_register"),
    path("enterprises/<int:pk>/edit/", enterprises.enterprise_edit, name="enterprise_edit"),
    path("enterprises/<int:pk>/year/", enterprises.enterprise_year, name="enterprise_year"),
    path("enterprises/<int:pk>/category/", enterprises.enterprise_category, name="enterprise_category"),
    path("enterprises/<int:pk>/benefit/", benefits.benefit_enter, name="benefit_enter"),
    path("benefits/", benefits.benefit_list, name="benefit_list"),
    path("recommendations/", recommendations.recommendation_list, name="recommendation_list"),
    path("recommendations/new/", recommendations.recommendation_draft, name="recommendation_draft"),
    path("recommendations/new/hints/", recommendations.recommendation_hints, name="recommendation_hints"),
    path("recommendations/day/", day.recommendation_day, name="recommendation_day"),
    path("recommendations/day/sign/", day.recommendation_day_sign, name="recommendation_day_sign"),
    path("recommendations/<int:pk>/", recommendations.recommendation, name="recommendation"),
    path("recommendations/<int:pk>/edit/", recommendations.recommendation_edit, name="recommendation_edit"),
    path("recommendations/<int:pk>/sign/", recommendations.recommendation_sign, name="recommendation_sign"),
    path("recommendations/<int:pk>/decline/", recommendations.recommendation_decline, name="recommendation_decline"),
    path("recommendations/<int:pk>/withdraw/", recommendations.recommendation_withdraw, name="recommendation_withdraw"),
    path("recommendations/<int:pk>/scan/", recommendations.recommendation_scan, name="recommendation_scan"),
    path("batches/", batches.batch_list, name="batch_list"),
    path("batches/new/", batches.batch_create, name="batch_create"),
    path("batches/<int:pk>/", batches.batch, name="batch"),
    path("batches/<int:pk>/edit/", batches.batch_edit, name="batch_edit"),
    path("batches/<int:pk>/send/", batches.batch_send, name="batch_send"),
    path("batches/<int:pk>/document/", batches.batch_document, name="batch_document"),
    path("batches/<int:pk>/reply/", batches.batch_reply, name="batch_reply"),
    path("batches/<int:pk>/scan/", batches.batch_scan, name="batch_scan"),
    path("batches/<int:pk>/letter/", batches.batch_letter, name="batch_letter"),
]
