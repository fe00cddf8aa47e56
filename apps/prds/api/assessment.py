"""What is wrong with a PRD, and how complex it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import HasReadScope
from apps.core.api import versions
from apps.core.api.fields import StrictCharField
from apps.core.api.json_fields import SchemaField
from apps.core.api.serializers import StrictSerializer
from apps.core.api.views import BaseAPIView
from apps.core.api.viewsets import BaseViewSet
from apps.prds.complexity import COMPLEXITY_VERSION, LEVELS
from apps.prds.lint import SEVERITIES, Finding, count_severities, lint_document
from apps.prds.models import COMPLEXITY_FACTORS
from apps.prds.parser import PARSER_VERSION
from apps.prds.services import complexity_of, read_document

FACTORS = COMPLEXITY_FACTORS.member("factors")


class PRDLintSerializer(StrictSerializer):
    """A document to look at."""

    content = StrictCharField(help_text="Markdown, up to 2 MiB. It is not stored.")


class FindingSerializer(serializers.Serializer):
    """One thing to mend, with its lines."""

    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=SEVERITIES)
    message = serializers.CharField()
    first_line = serializers.IntegerField()
    last_line = serializers.IntegerField()
    remedy = serializers.CharField()
    key = serializers.CharField(
        allow_null=True, help_text="The task of the document that it stands in."
    )


class FindingCountsSerializer(serializers.Serializer):
    """How many findings there are of each severity."""

    error = serializers.IntegerField()
    warning = serializers.IntegerField()
    info = serializers.IntegerField()


class PRDFindingsSerializer(serializers.Serializer):
    """What is wrong with a document, in the order of its lines."""

    parser_version = serializers.CharField()
    counts = FindingCountsSerializer()
    findings = FindingSerializer(many=True)


class ComplexitySerializer(serializers.Serializer):
    """How complex a document is, and why."""

    version = serializers.CharField(help_text=f"Of the formula, such as {COMPLEXITY_VERSION}.")
    score = serializers.FloatField(min_value=0, max_value=1)
    level = serializers.ChoiceField(choices=LEVELS)
    factors = SchemaField(schema=FACTORS)
    inputs_hash = serializers.CharField(help_text="SHA-256 of what was counted, in hex.")


def describe_findings(findings: Sequence[Finding]) -> dict[str, Any]:
    """The answer to a request for findings."""
    return dict(
        PRDFindingsSerializer(
            {
                "parser_version": PARSER_VERSION,
                "counts": count_severities(findings),
                "findings": [asdict(finding) for finding in findings],
            }
        ).data
    )


class PRDLintView(BaseAPIView):
    """Say what is wrong with a text, which is not stored."""

    permission_classes = [HasReadScope]

    @extend_schema(
        operation_id="prd_lint",
        tags=["prds"],
        summary="Lint a PRD that is not stored",
        request=PRDLintSerializer,
        responses={200: PRDFindingsSerializer},
    )
    def post(self, request: Request) -> Response:
        """Its findings with lines and remedies. Nothing is kept; scope `read` is enough."""
        content = self.validated(PRDLintSerializer)["content"]
        return Response(describe_findings(lint_document(content, read_document(content))))


class AssessmentActions(BaseViewSet):
    """For PRDs: what is wrong with the text as it stands, and how complex it is."""

    @extend_schema(summary="Lint a PRD", responses=PRDFindingsSerializer)
    @action(detail=True, methods=["get"], filters={})
    def lint(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The findings of its text as it stands, with lines and remedies."""
        prd = self.get_object()
        versions.expected_version(request, prd)
        findings = lint_document(prd.content, read_document(prd.content))
        return self.respond(prd, data=describe_findings(findings))

    @extend_schema(summary="Get the complexity of a PRD", responses=ComplexitySerializer)
    @action(detail=True, methods=["get"], filters={})
    def complexity(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The score of its text, by which formula, and what each factor brought."""
        prd = self.get_object()
        versions.expected_version(request, prd)
        return self.respond(prd, data=ComplexitySerializer(complexity_of(prd)).data)
