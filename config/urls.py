"""Every address of the application. Each app names its own pages; `config/api.py` names the REST routes."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

PAGES = ("parties", "reserve", "enterprises", "loans", "reports")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(f"{app}.urls")) for app in PAGES if find_spec(f"{app}.urls") is not None
]
if find_spec("config.api") is not None:
    urlpatterns.insert(0, path("api/v1/", include("config.api")))

handler400 = "common.http.bad_request"
handler403 = "common.http.permission_denied"
handler404 = "common.http.page_not_found"
handler500 = "common.http.server_error"

handler400 = "common.http.bad_request"
handler403 = "common.http.permission_denied"
handler404 = "common.http.page_not_found"
handler500 = "common.http.server_error"
