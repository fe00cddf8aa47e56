"""“Use template…”: choose a repository, give values, look at the tasks, make them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget

from apps.audit.admin import RecordAdmin
from apps.core.admin.display import is_deleted
from apps.core.admin.search import as_number
from apps.core.admin.widgets import SingleLine
from apps.core.errors import DomainError
from apps.planning.models import TemplateInstance
from apps.planning.services.instantiating import instantiate_template
from apps.repositories.admin.scope import has_permission, writable_repositories
from apps.repositories.models import Repository
from apps.repositories.visibility import MOST_REPOSITORIES
from apps.task_templates.admin.inputs import refuse_values, values_of
from apps.task_templates.models import TaskTemplate
from apps.tasks.models import Task

from .importing import RepositoryField
from .page import attempt
from .template_instances import instance_url
from .template_preview import Preview, preview_of

LONGEST_NAME = 255


class UseForm(forms.Form):
    """Where the tasks go, and who does them."""

    repository = RepositoryField(
        Repository.objects.none(),
        to_field_name="name",
        widget=UnfoldAdminSelectWidget,
        error_messages={
            "required": "Choose the repository in which the tasks are made.",
            "invalid_choice": "There is no repository of this name in which you may make tasks.",
        },
    )
    assignee = forms.CharField(
        required=False,
        max_length=LONGEST_NAME,
        widget=SingleLine,
        help_text="Who does all of the tasks. Empty: nobody yet.",
    )

    def __init__(self, user: Any, template: TaskTemplate, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        writable = writable_repositories(user)
        if template.repository_id is not None:
            writable = writable.filter(pk=template.repository_id)
        field: Any = self.fields["repository"]
        field.queryset = writable
        names = list(writable[:MOST_REPOSITORIES].values_list("name", flat=True))
        field.widget.choices = [("", "Choose one"), *((name, name) for name in names)]
        self.is_hopeless = not names
        if len(names) == 1:
            self.initial.setdefault("repository", names[0])

    def refuse(self, preview: Preview, error: DomainError) -> None:
        """Show what the service says where it belongs."""
        rest = refuse_values(preview.inputs, error.errors)
        for each in rest:
            self.add_error(None, each.detail)
        if not error.errors:
            self.add_error(None, error.detail)


class UsePages(RecordAdmin):
    """For the admin of templates. It takes the permission to add tasks, and a role in the
    repository, which the service asks for."""

    def get_urls(self) -> list[Any]:
        view, name = self.admin_site.admin_view, "task_templates_tasktemplate_use"
        own = [
            path("<uuid:key>/use/", view(self.use_page), name=name),
            path(
                "<uuid:key>/use/preview/",
                view(require_POST(self.use_preview_page)),
                name=f"{name}_preview",
            ),
        ]
        return [*own, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["may_use"] = has_permission(request.user, "add", Task)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def use_page(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """The form, and on POST the instance, or why there is none."""
        page: Any = self
        template = self._usable(request, key)
        if request.method == "POST":
            form = UseForm(request.user, template, request.POST)
            preview = _preview(template, request)
            if form.is_valid() and _is_current(form, template, request):
                made = self._make(request, template, form, preview)
                if made:
                    return made
        else:
            given = {"repository": request.GET.get("repository", "").replace("\x00", "")}
            form = UseForm(request.user, template, initial={k: v for k, v in given.items() if v})
            preview = _preview(template, None)
        context = {"form": form, "preview": preview}
        answer: HttpResponse = page.render_page(request, template, "template_use", "Use", context)
        return answer

    def use_preview_page(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """The tasks with the posted values. Nothing is written."""
        page: Any = self
        template = self._usable(request, key)
        answer: HttpResponse = page.show(request, _preview(template, request))
        return answer

    def _usable(self, request: HttpRequest, key: UUID) -> TaskTemplate:
        page: Any = self
        template: TaskTemplate = page.seen_template(request, key)
        if not has_permission(request.user, "add", Task):
            raise PermissionDenied
        if is_deleted(template):
            raise Http404
        return template

    def _make(
        self, request: HttpRequest, template: TaskTemplate, form: UseForm, preview: Preview
    ) -> HttpResponse | None:
        made: list[TemplateInstance] = []
        refusal = attempt(
            lambda: made.append(
                instantiate_template(
                    actor=request.user,  # type: ignore[arg-type]
                    template=template,
                    repository=form.cleaned_data["repository"],
                    values=values_of(preview.inputs),
                    assignee=form.cleaned_data["assignee"],
                )
            )
        )
        if refusal is not None:
            for one in preview.inputs:
                one.errors.clear()  # the service says them again
            form.refuse(preview, refusal)
            return None
        count = preview.task_count
        said = f"{count} task{'' if count == 1 else 's'} made of {template.name}."
        messages.success(request, said)
        return HttpResponseRedirect(instance_url(made[0]))


def _preview(template: TaskTemplate, request: HttpRequest | None) -> Preview:
    posted = None if request is None else request.POST.dict()
    return preview_of(template.tasks, template.variables, posted, samples=False)


def _is_current(form: UseForm, template: TaskTemplate, request: HttpRequest) -> bool:
    """Whether the person saw the version of which the tasks would be made."""
    seen = as_number(request.POST.get("number", ""))
    if seen == template.template_version:
        return True
    form.add_error(
        None,
        f"The template is at version {template.template_version} now; you were shown version"
        f" {seen}. Look at its tasks again, then make them.",
    )
    return False
