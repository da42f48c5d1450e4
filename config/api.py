"""Every REST route under `/api/v1/` (architecture §9). Each app's `api.py` holds its resources; they are named here only."""

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.routers import SimpleRouter

app_name = "api"
router = SimpleRouter()
# parties
# reserve
# enterprises
# loans
# reports

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
]
