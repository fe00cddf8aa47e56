"""What a caller may do at all; which repositories it may see is `repositories.visibility`."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from .choices import TokenScope
from .models import ApiToken


class HasScope(BasePermission):
    """Reads need scope `read`, everything else `write`; a session may do what its user may."""

    message = "The token's scope does not allow this. Issue one with scope write."

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if not isinstance(request.auth, ApiToken):
            return True
        return TokenScope(request.auth.scope).includes(self.needed_scope(request))

    def needed_scope(self, request: Request) -> TokenScope:
        """The least scope that a token must have for this request."""
        return TokenScope.READ if request.method in SAFE_METHODS else TokenScope.WRITE


class HasReadScope(HasScope):
    """For endpoints that take a body and write nothing."""

    message = "A token is needed."

    def needed_scope(self, request: Request) -> TokenScope:
        return TokenScope.READ
