"""Routes under `/api/v1`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from .plans import ENTRIES, PRDPlanEntryViewSet, PRDPlanViewSet
from .views import PRDImportView

router = SimpleRouter(trailing_slash=False)
router.register("prd/plans", PRDPlanViewSet, basename="prd-plan")
router.register(ENTRIES, PRDPlanEntryViewSet, basename="prd-plan-entry")
urlpatterns = [path("prd/import", PRDImportView.as_view(), name="prd-import"), *router.urls]
