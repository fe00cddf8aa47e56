"""Routes under `/api/v1`."""

from django.urls import path

from .views import PRDImportView

urlpatterns = [path("prd/import", PRDImportView.as_view(), name="prd-import")]
