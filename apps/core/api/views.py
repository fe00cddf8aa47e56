"""The base of every view of the API: nothing in a request is ignored silently."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest
from django.utils.cache import patch_vary_headers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from apps.core.context import give_reason
from apps.core.errors import DomainError, ErrorCode

from .filters import Filter
from .parameters import check_parameters
from .reasons import change_reason


class HeaderNegotiation(DefaultContentNegotiation):
    """By the Accept header alone: `format` in the query is an unknown parameter like any other."""

    settings = SimpleNamespace(URL_FORMAT_OVERRIDE=None)  # type: ignore[assignment]


class BaseAPIView(APIView):
    """A view of the API; resources have `viewsets.BaseViewSet`, other endpoints build on this."""

    content_negotiation_class = HeaderNegotiation

    # The declared filters: of the `list` action, or of the extra action that names its own.
    filters: Mapping[str, Filter] = {}

    def get_filters(self) -> Mapping[str, Filter]:
        """The filters of the current action; what is not named here is an unknown parameter."""
        own = "filters" in self.__dict__  # given to @action(filters=…) or as_view(filters=…)
        action = getattr(self, "action", None)
        return self.filters if own or action in {None, "list"} else {}

    def get_parameters(self) -> Collection[str]:
        """The query parameters that the current action knows."""
        return self.get_filters().keys()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate, permit, throttle (all DRF's); check the query, note a write's reason."""
        super().initial(request, *args, **kwargs)
        if request.method != "OPTIONS":
            check_parameters(request.query_params, self.get_parameters())
        if request.method not in SAFE_METHODS and (reason := change_reason(request)):
            give_reason(reason)

    def get_body(self, request: Request) -> Any:
        """The parsed body; an absent one is a 400, not an empty object."""
        if request.stream is None:
            chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
            remedy = " Send Content-Length: a chunked body is not read." if chunked else ""
            detail = f"The body is empty; a JSON object is needed.{remedy}"
            raise DomainError(ErrorCode.MALFORMED_JSON, detail)
        return request.data

    def validated(self, serializer_class: type[BaseSerializer], **options: Any) -> dict[str, Any]:
        """The body's values by `serializer_class`, or a 400 that points at each broken rule."""
        # The body first: an unreadable one has no fields to complain about.
        data = self.get_body(self.request)
        serializer = serializer_class(data=data, context=self.get_serializer_context(), **options)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Name the methods in Allow; the description is the OpenAPI document."""
        return Response(status=204)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep answers out of shared caches, and make private ones ask again."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response

    def get_serializer_context(self) -> dict[str, Any]:
        """What a serializer may know of the request."""
        return {"request": self.request, "format": None, "view": self}
