"""Repositories, their members and the tokens that open them, in the console."""

from .repositories import RepositoryAdmin, RepositoryMemberAdmin
from .tokens import ApiTokenAdmin

__all__ = ["ApiTokenAdmin", "RepositoryAdmin", "RepositoryMemberAdmin"]
