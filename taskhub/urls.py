"""All addresses: console, API, its documentation, and what operators' tools ask."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("taskhub.api_urls")),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="swagger-ui"),
    path("api/docs/redoc/", SpectacularRedocView.as_view(url_name="api-schema"), name="redoc"),
    path("", include("apps.ops.urls")),
]

handler400 = "taskhub.views.bad_request"
handler404 = "taskhub.views.not_found"
handler500 = "taskhub.views.server_error"
