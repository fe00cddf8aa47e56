"""Liveness, readiness and metrics. No login: the proxy in front keeps them inside."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, JsonResponse
from django_prometheus import exports

from apps.core.health import run_checks

from .metrics import database_metrics


def livez(request: HttpRequest) -> HttpResponse:
    """200 as long as this process has a thread left to answer; it looks at nothing else."""
    return _uncached({"status": "alive"}, 200)


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every required check holds, else 503; the body names each check's finding."""
    findings = run_checks()
    ready = all(finding.healthy for finding in findings if finding.required)
    degraded = any(not finding.healthy for finding in findings)
    status = "not ready" if not ready else "degraded" if degraded else "ready"
    body = {
        "status": status,
        "checks": {
            finding.name: {"healthy": finding.healthy, "message": finding.message}
            for finding in findings
        },
    }
    return _uncached(body, 200 if ready else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format."""
    response: HttpResponse = exports.ExportToDjangoView(request)
    response.content += database_metrics()
    return response


def _uncached(body: Mapping[str, object], status: int) -> HttpResponse:
    return JsonResponse(dict(body), status=status, headers={"Cache-Control": "no-store"})
