"""Value sets of task templates."""

from django.db import models


class ProjectType(models.TextChoices):
    """What kind of project a template is for."""

    WEB_APPLICATION = "web_application", "Web application"
    WEB_SERVICE = "web_service", "Web service or API"
    LIBRARY = "library", "Library"
    COMMAND_LINE = "command_line", "Command-line tool"
    MOBILE = "mobile", "Mobile app"
    DATA = "data", "Data pipeline"
    MACHINE_LEARNING = "machine_learning", "Machine learning"
    INFRASTRUCTURE = "infrastructure", "Infrastructure"
    DOCUMENTATION = "documentation", "Documentation"
    OTHER = "other", "Other"
