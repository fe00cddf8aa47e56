"""Importing a text in the console: the pages that make a plan."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanWidget

from apps.core.admin.widgets import PlainTextarea, SingleLine
from apps.core.errors import DomainError
from apps.planning.services import make_plan
from apps.prds.models import PRD
from apps.prds.parser import MAX_DOCUMENT_BYTES, DocumentError, decode_document
from apps.repositories.admin.scope import has_permission, writable_repositories
from apps.repositories.models import Repository
from apps.repositories.visibility import MOST_REPOSITORIES

from .page import PlanPage, attempt, plan_url

SUFFIXES = (".md", ".markdown", ".txt")
# As the parser counts: of a larger file nothing is read.
TOO_LARGE = f"The file has more than {MAX_DOCUMENT_BYTES // 1024**2} MiB: split it."


class RepositoryField(forms.ModelChoiceField):
    """A repository by its name."""

    def to_python(self, value: Any) -> Any:
        if "\x00" in str(value):
            raise forms.ValidationError(self.error_messages["invalid_choice"])
        return super().to_python(value)


class ImportForm(forms.Form):
    """A text, as a file or pasted, and where it goes."""

    repository = RepositoryField(
        Repository.objects.none(),
        to_field_name="name",
        widget=UnfoldAdminSelectWidget,
        error_messages={
            "required": "Choose the repository that the document belongs to.",
            "invalid_choice": "There is no repository of this name into which you may import.",
        },
    )
    file = forms.FileField(
        required=False,
        allow_empty_file=True,
        help_text="Markdown or plain text (.md, .txt), UTF-8, up to 2 MiB.",
        widget=forms.FileInput(attrs={"accept": ",".join((*SUFFIXES, "text/markdown"))}),
    )
    text = forms.CharField(
        required=False,
        strip=False,
        label="Or the text itself",
        widget=PlainTextarea(attrs={"rows": 14}),
    )
    filename = forms.CharField(
        required=False,
        widget=SingleLine,
        help_text=(
            "By this name the repository knows the document: of a known name the text is merged "
            "with what is there. Empty: the file's name."
        ),
    )
    generate_tasks = forms.BooleanField(
        required=False,
        initial=True,
        label="Make tasks",
        help_text="Without it the text is kept and tasks stay as they are.",
        widget=UnfoldBooleanWidget,
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        repositories: Any = self.fields["repository"]
        repositories.queryset = writable_repositories(user)
        listed = list(repositories.queryset[:MOST_REPOSITORIES].values_list("name", flat=True))
        asked = str(self["repository"].value() or "")
        known = listed if asked in ("", *listed) else [asked, *listed]
        repositories.widget.choices = [("", "Choose one"), *((name, name) for name in known)]
        if len(listed) == 1:
            self.initial.setdefault("repository", listed[0])

    def clean_file(self) -> str | None:
        """The file's text."""
        upload = self.cleaned_data["file"]
        if upload is None:
            return None
        if PurePath(upload.name).suffix.lower() not in SUFFIXES:
            raise forms.ValidationError("Choose a Markdown or text file (.md or .txt).")
        if upload.size > MAX_DOCUMENT_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        try:
            return decode_document(upload.read())
        except DocumentError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        text, upload = data.get("text", ""), self.files.get("file")
        if upload is not None and text:
            self.add_error("file", "Give a file or a text, not both: one of them would be lost.")
        elif upload is None and not text and "text" not in self.errors:
            self.add_error("text", "Choose a file or paste a text.")
        if not data.get("filename") and "filename" not in self.errors:
            if upload is not None:
                data["filename"] = upload.name
            else:
                self.add_error("filename", "A pasted text needs a name, such as payments.md.")
        return data

    @property
    def content(self) -> str:
        """The text of a valid form."""
        read = self.cleaned_data["file"]
        return str(self.cleaned_data["text"] if read is None else read)

    def refuse(self, error: DomainError) -> None:
        """Show what the service says at the field that it is about."""
        uploaded = self.files.get("file") is not None
        places = {"content": "file" if uploaded else "text", "filename": "filename"}
        for each in error.errors:
            self.add_error(places.get(each.pointer.strip("/")), each.detail)
        if not error.errors:
            self.add_error(None, error.detail)

    def keep_text(self) -> None:
        """Put a file's text where it is posted again: browsers forget the file."""
        upload: Any = self.files.get("file")
        read = self.cleaned_data.get("file")
        if read and not self.data.get("text"):
            filename = self.data.get("filename") or upload.name
            self.data = {**self.data.dict(), "text": read, "filename": filename}  # type: ignore[attr-defined]


class ImportPages(PlanPage):
    """For the admin of plans: the pages that make one."""

    def get_urls(self) -> list[Any]:
        compare = self.admin_site.admin_view(require_POST(self.compare_page))
        own = path("compare/<uuid:prd_id>/", compare, name="planning_prdplan_compare")
        return [own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form that makes a plan of a text."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            form = ImportForm(request.user, request.POST, request.FILES)
            if form.is_valid():
                data = form.cleaned_data
                made = self._make(
                    request,
                    form,
                    repository=data["repository"],
                    filename=data["filename"],
                    content=form.content,
                    generate_tasks=data["generate_tasks"],
                )
                if made:
                    return made
            form.keep_text()
        else:
            given = {n: request.GET[n] for n in ("repository", "filename") if n in request.GET}
            form = ImportForm(request.user, initial=given)
        return self.render_page(request, None, "plan_import", "Import a PRD", {"form": form})

    def compare_page(self, request: HttpRequest, prd_id: UUID) -> HttpResponse:
        """Make a plan of the text that a PRD has."""
        if not self.has_add_permission(request) or not has_permission(request.user, "view", PRD):
            raise PermissionDenied
        prds = self.in_sight(request, PRD).select_related("repository")
        prd: Any = prds.filter(pk=prd_id).first()
        if prd is None:
            raise Http404
        made = self._make(
            request, None, repository=prd.repository, filename=prd.filename, content=prd.content
        )
        return made or HttpResponseRedirect(reverse("admin:prds_prd_change", args=[prd.pk]))

    def _make(
        self, request: HttpRequest, form: ImportForm | None, **text: Any
    ) -> HttpResponse | None:
        """The way to the new plan; None when it was refused, which the form or a message says."""
        pages: list[str] = []
        refusal = attempt(
            lambda: pages.append(plan_url(make_plan(actor=request.user, **text)))  # type: ignore[arg-type]
        )
        if refusal is None:
            return HttpResponseRedirect(pages[0])
        if form is None:
            messages.error(request, refusal.detail)
        else:
            form.refuse(refusal)
        return None
