"""Routes under `/api/v1`."""

from rest_framework.routers import SimpleRouter

from .views import PRDViewSet

router = SimpleRouter(trailing_slash=False)
router.register("prds", PRDViewSet)
urlpatterns = router.urls
