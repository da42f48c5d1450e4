"""Every address of the application. Each app names its own pages; `config/api.py` names the REST routes."""

from django.urls import URLPattern, URLResolver, include, path

from .gallery import gallery

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("config.api")),
    path("", include("parties.urls")),
    path("", include("reserve.urls")),
    path("", include("enterprises.urls")),
    path("", include("loans.urls")),
    path("", include("reports.urls")),
    path("components/", gallery, name="components"),
]

handler400 = "common.http.bad_request"
handler403 = "common.http.permission_denied"
handler404 = "common.http.page_not_found"
handler500 = "common.http.server_error"
