"""Routes under `/api/v1`."""

from rest_framework.routers import SimpleRouter

from .views import RepositoryViewSet

router = SimpleRouter(trailing_slash=False)
router.register("repositories", RepositoryViewSet)
urlpatterns = router.urls
