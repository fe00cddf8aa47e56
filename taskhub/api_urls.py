"""The API, version 1: each app brings its own routes."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from apps.core.api.problems import unknown_path

from .views import index

urlpatterns = [
    path("", index, name="api-index"),
    path("schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("", include("apps.repositories.api.urls")),
    path("", include("apps.task_patterns.api.urls")),
    path("", include("apps.task_templates.api.urls")),
    path("", include("apps.prds.api.urls")),
    path("", include("apps.tasks.api.urls")),
    path("", include("apps.work_sessions.api.urls")),
    path("", include("apps.analytics.api.urls")),
    path("", include("apps.planning.api.urls")),
    re_path(r"^.*$", unknown_path),
]
