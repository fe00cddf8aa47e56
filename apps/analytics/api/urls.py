"""Routes under `/api/v1`."""

from django.urls import path

from . import views

VIEWS: list[type[views.FigureView]] = [
    views.ThroughputView,
    views.TimesView,
    views.AgeingView,
    views.FlowView,
    views.EstimatesView,
    views.ComplexityView,
    views.SessionsView,
]
urlpatterns = [
    path(f"analytics/{view.kind}", view.as_view(), name=f"analytics-{view.kind}") for view in VIEWS
]
