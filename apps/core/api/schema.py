"""OpenAPI follows the code: what the base views do is documented once, here, for all of them."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, get_view_model
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import SAFE_METHODS

from apps.core.errors import ErrorCode

from .problems import PROBLEM_MEDIA_TYPE, PROBLEMS
from .reasons import CHANGE_REASON, MAX_ENCODED_LENGTH
from .serializers import ProblemSerializer
from .versions import IF_MATCH, IF_NONE_MATCH
from .views import BaseAPIView
from .viewsets import BaseViewSet

# What can happen on each operation; a view adds its own through @extend_schema(responses=…).
ALWAYS: Final = (400, 401, 403, 406, 429, 503)
ON_BODY: Final = (409, 413, 415, 422)
ON_RECORD: Final = (404,)

# Actions that answer with an entity tag and heed conditions.
CONDITIONAL_READS: Final = {
    *("retrieve", "deletion", "content", "revision", "revision_diff", "export"),
}
CONDITIONAL_WRITES: Final = {"partial_update", "restore"}

SUMMARIES: Final = {
    "list": "List {many}",
    "create": "Create a {one}",
    "retrieve": "Get a {one}",
    "partial_update": "Change a {one}",
    "destroy": "Delete a {one}",
}

ETAG_DESCRIPTION: Final = "Opaque tag of this representation, for If-None-Match and If-Match."


class TaskHubSchema(AutoSchema):
    """drf-spectacular's schema, with problems, entity tags, filters and pages."""

    def get_tags(self) -> list[str]:
        """The resource: the first part of the path."""
        return super().get_tags() or ["root"]

    def get_operation_id(self) -> str:
        """`<path>_<action>`, for instance tasks_list, tasks_create, tasks_update."""
        return super().get_operation_id().replace("_partial_update", "_update")

    def get_summary(self) -> str | None:
        """For instance "List tasks"; @extend_schema(summary=…) says it better."""
        summary: str | None = super().get_summary()
        model = get_view_model(self.view, emit_warnings=False)
        template = SUMMARIES.get(getattr(self.view, "action", ""))
        if summary or model is None or template is None:
            return summary
        meta = model._meta
        return template.format(one=meta.verbose_name, many=meta.verbose_name_plural)

    def get_request_serializer(self) -> Any:
        """The create or update serializer."""
        if isinstance(self.view, BaseViewSet):
            return self.view.get_serializer_class()
        return super().get_request_serializer()

    def get_response_serializers(self) -> Any:
        """The read serializer, whatever the body's was."""
        if isinstance(self.view, BaseViewSet) and self.method != "DELETE":
            return self.view.read_serializer_class
        return super().get_response_serializers()

    def get_override_parameters(self) -> list[Any]:
        """The headers of entity tags, pages and reasons, on top of what the view says."""
        return [*super().get_override_parameters(), *self._headers(), *self._reason()]

    def _reason(self) -> list[OpenApiParameter]:
        if self.method in SAFE_METHODS or not isinstance(self.view, BaseAPIView):
            return []
        schema = {"type": "string", "minLength": 1, "maxLength": MAX_ENCODED_LENGTH}
        name, description = CHANGE_REASON
        return [OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=description)]

    def _headers(self) -> list[OpenApiParameter]:
        view = self.view
        if not isinstance(view, BaseViewSet):
            return []
        action = getattr(view, "action", None)
        etag = _response_header("ETag", ETAG_DESCRIPTION, [200, 201])
        if action == "list":
            return [_response_header("Link", 'The next page, with rel="next".', [200])]
        if action == "create":
            return [etag, _response_header("Location", "Address of the new record.", [201])]
        if action in CONDITIONAL_READS:
            return [etag, _request_header(*IF_NONE_MATCH), _request_header(*IF_MATCH)]
        if action in CONDITIONAL_WRITES:
            return [etag, _request_header(*IF_MATCH)]
        return [_request_header(*IF_MATCH)] if action == "destroy" else []

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._resolve_path_parameters(variables)
        if isinstance(self.view, BaseViewSet):
            for parameter in parameters:
                if parameter["name"] == self.view.lookup_field:
                    parameter["schema"] = {"type": "string", "format": "uuid"}
        return parameters

    def _get_request_body(self, direction: Any = "request") -> dict[str, Any] | None:
        body: dict[str, Any] | None = super()._get_request_body(direction)
        if body is not None and isinstance(self.view, BaseAPIView):
            body["required"] = True  # a PATCH too: an absent body is refused
        return body

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        if not isinstance(self.view, BaseAPIView):
            found: list[dict[str, Any]] = super()._get_filter_parameters()
            return found
        return [f.parameter(name) for name, f in self.view.get_filters().items()]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if not isinstance(self.view, BaseAPIView):
            return bodies
        conditional = getattr(self.view, "action", None) in CONDITIONAL_READS
        if conditional and isinstance(self.view, BaseViewSet):
            etag = {"description": ETAG_DESCRIPTION, "schema": {"type": "string"}}
            not_modified = {"description": "The client has it already.", "headers": {"ETag": etag}}
            bodies.setdefault("304", not_modified)
        for status in self._problem_statuses():
            bodies.setdefault(str(status), self._problem_response(status).ref)
        return dict(sorted(bodies.items()))

    def _problem_statuses(self) -> list[int]:
        statuses = set(ALWAYS)
        if self.method in {"POST", "PATCH", "PUT"}:
            statuses.update(ON_BODY)
        if self.method == "DELETE":
            statuses.add(409)
        if "{" in self.path:
            statuses.update(ON_RECORD)
        if any(p.name == "If-Match" for p in self._headers()):
            statuses.add(412)
        if not self.view.get_authenticators():
            statuses -= {401, 403}
        return sorted(statuses)

    def _problem_response(self, status: int) -> ResolvedComponent:
        """The shared response of `status`, one component for all operations."""
        problem = self.resolve_serializer(ProblemSerializer, "response").ref
        codes = [code for code in ErrorCode if PROBLEMS[code][0] == status]
        response: dict[str, Any] = {
            "description": f"{PROBLEMS[codes[0]][1]}. Codes: {', '.join(codes)}.",
            "content": {PROBLEM_MEDIA_TYPE: {"schema": problem}},
        }
        if status in {429, 503}:
            description = "After how many seconds to send the request again."
            response["headers"] = {
                "Retry-After": {"description": description, "schema": {"type": "integer"}}
            }
        component = ResolvedComponent(
            name=f"Problem{status}",
            type=ResolvedComponent.RESPONSE,
            schema=response,
            object=f"problem {status}",
        )
        self.registry.register_on_missing(component)
        return component


def _response_header(name: str, description: str, statuses: list[int | str]) -> OpenApiParameter:
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, response=statuses, description=description
    )


def _request_header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description)
