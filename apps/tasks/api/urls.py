"""Routes under `/api/v1`."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from apps.core.api.filters import UUID_PATTERN

from .flow import UNBLOCKS_FILTERS, TaskGraphView, TaskUnblocksViewSet
from .views import TaskViewSet

router = SimpleRouter(trailing_slash=False)
router.register("tasks", TaskViewSet)
urlpatterns = [
    path("tasks/graph", TaskGraphView.as_view(), name="tasks-graph"),
    re_path(
        rf"^tasks/(?P<id>{UUID_PATTERN})/unblocks\Z",
        TaskUnblocksViewSet.as_view({"get": "unblocks"}, filters=UNBLOCKS_FILTERS),
        name="tasks-unblocks",
    ),
    *router.urls,
]
