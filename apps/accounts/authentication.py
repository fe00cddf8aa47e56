"""How the API knows who is calling: a bearer token, or the console's session."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from apps.core.context import name_actor

from .models import ApiToken, User
from .services import digest_of, note_use

KEYWORD = "bearer"
LONGEST_SECRET = 200


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer thub_…`; `request.auth` is the `ApiToken`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's user and the token; None without such a header; 401 when it opens nothing."""
        header = authentication.get_authorization_header(request)
        scheme, _, rest = header.partition(b" ")
        if scheme.lower() != KEYWORD.encode():
            return None
        try:
            secret = rest.strip().decode("ascii")
        except UnicodeDecodeError:
            raise _refused() from None
        if not secret or len(secret) > LONGEST_SECRET:
            raise _refused()
        now = timezone.now()
        token = (
            ApiToken.objects.usable(now)
            .select_related("user")
            .filter(digest=digest_of(secret))
            .first()
        )
        if token is None:
            raise _refused()
        note_use(token=token, now=now)
        name_actor(token.user, token=token.prefix)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="taskhub"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The console's cookie, with CSRF protection: Swagger UI works for who is logged in."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        result = super().authenticate(request)
        if result is not None:
            name_actor(result[0])
        return result


def _refused() -> exceptions.AuthenticationFailed:
    # One text for unknown, expired and revoked: an answer must not tell which tokens once existed.
    return exceptions.AuthenticationFailed(
        "The token is not valid: unknown, expired or revoked. Issue a new one."
    )


class TokenScheme(OpenApiAuthenticationExtension):
    """Tells OpenAPI of bearer tokens."""

    target_class = TokenAuthentication
    name = "bearerToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API token, from `manage.py issue_token` or the console.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """Tells OpenAPI of the console's session cookie."""

    target_class = SessionAuthentication
    name = "consoleSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
