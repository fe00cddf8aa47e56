"""Routes under `/api/v1`."""

from rest_framework.routers import SimpleRouter

from .views import TemplateViewSet

router = SimpleRouter(trailing_slash=False)
router.register("templates", TemplateViewSet)
urlpatterns = router.urls
