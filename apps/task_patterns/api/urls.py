"""Routes under `/api/v1`."""

from rest_framework.routers import SimpleRouter

from .views import FEEDBACK, PatternFeedbackViewSet, PatternViewSet

router = SimpleRouter(trailing_slash=False)
router.register("patterns", PatternViewSet)
router.register(FEEDBACK, PatternFeedbackViewSet, basename="pattern-feedback")
urlpatterns = router.urls
