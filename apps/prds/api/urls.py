"""Routes under `/api/v1`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from .assessment import PRDLintView
from .views import PRDViewSet

router = SimpleRouter(trailing_slash=False)
router.register("prds", PRDViewSet)
urlpatterns = [path("prd/lint", PRDLintView.as_view(), name="prd-lint"), *router.urls]
