"""All addresses: console, API, its documentation, and what operators' tools ask."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView

# Without `require_safe`, their OPTIONS would ask a page's renderer for data that it has not.
swagger_ui = SpectacularSwaggerView.as_view(url_name="api-schema")
redoc = SpectacularRedocView.as_view(url_name="api-schema")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("taskhub.api_urls")),
    path("api/docs/", require_safe(swagger_ui), name="swagger-ui"),
    path("api/docs/redoc/", require_safe(redoc), name="redoc"),
    path("", include("apps.ops.urls")),
]

handler400 = "taskhub.views.bad_request"
handler404 = "taskhub.views.not_found"
handler500 = "taskhub.views.server_error"
