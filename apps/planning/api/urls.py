"""Routes under `/api/v1`."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from apps.core.api.filters import UUID_PATTERN

from .export import PRDExportViewSet
from .occurrences import OCCURRENCES, PatternOccurrenceViewSet
from .plans import ENTRIES, PRDPlanEntryViewSet, PRDPlanViewSet
from .suggestions import SuggestionViewSet, SuggestView
from .templates import (
    ProjectTypeViewSet,
    TemplateDraftView,
    TemplateInstanceViewSet,
    TemplateUseViewSet,
)
from .views import PRDImportView

router = SimpleRouter(trailing_slash=False)
router.register("prd/plans", PRDPlanViewSet, basename="prd-plan")
router.register(ENTRIES, PRDPlanEntryViewSet, basename="prd-plan-entry")
router.register("suggestions", SuggestionViewSet, basename="suggestion")
router.register(OCCURRENCES, PatternOccurrenceViewSet, basename="pattern-occurrence")
router.register("template-instances", TemplateInstanceViewSet, basename="template-instance")
urlpatterns = [
    path("templates/preview", TemplateDraftView.as_view(), name="templates-try"),
    *(
        re_path(
            rf"^templates/(?P<id>{UUID_PATTERN})/{verb}\Z",
            TemplateUseViewSet.as_view({"post": verb}),
            name=f"templates-{verb}",
        )
        for verb in ("preview", "instantiate")
    ),
    re_path(
        rf"^repositories/(?P<id>{UUID_PATTERN})/project-type\Z",
        ProjectTypeViewSet.as_view({"get": "guess"}),
        name="repositories-project-type",
    ),
    path("tasks/suggest", SuggestView.as_view(), name="tasks-suggest"),
    path("prd/import", PRDImportView.as_view(), name="prd-import"),
    re_path(
        rf"^prds/(?P<id>{UUID_PATTERN})/export\Z",
        PRDExportViewSet.as_view({"get": "export"}),
        name="prd-export",
    ),
    *router.urls,
]
