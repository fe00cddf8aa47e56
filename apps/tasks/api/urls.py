"""Routes under `/api/v1`."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from apps.core.api.filters import UUID_PATTERN

from .claims import ClaimNextView, ClaimViewSet, TaskClaimViewSet
from .flow import UNBLOCKS_FILTERS, TaskGraphView, TaskUnblocksViewSet
from .queue import BlockedTaskViewSet, ReadyQueueView
from .views import TaskViewSet

router = SimpleRouter(trailing_slash=False)
router.register("tasks", TaskViewSet)
TASK = rf"^tasks/(?P<id>{UUID_PATTERN})"
urlpatterns = [
    *router.urls,
    path("tasks/ready", ReadyQueueView.as_view()),
    path("tasks/blocked", BlockedTaskViewSet.as_view({"get": "list"})),
    path("tasks/graph", TaskGraphView.as_view(), name="tasks-graph"),
    path("tasks/claims", TaskClaimViewSet.as_view({"get": "list"})),
    path("tasks/claim-next", ClaimNextView.as_view()),
    re_path(rf"{TASK}/claim\Z", ClaimViewSet.as_view({"get": "retrieve", "post": "create"})),
    re_path(rf"{TASK}/heartbeat\Z", ClaimViewSet.as_view({"post": "heartbeat"})),
    re_path(rf"{TASK}/release\Z", ClaimViewSet.as_view({"post": "release"})),
    re_path(
        rf"{TASK}/unblocks\Z",
        TaskUnblocksViewSet.as_view({"get": "unblocks"}, filters=UNBLOCKS_FILTERS),
        name="tasks-unblocks",
    ),
]
