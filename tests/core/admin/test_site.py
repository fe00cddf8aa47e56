"""The site: its name, its policy, its search, what it lets in."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from unfold.admin import ModelAdmin

from apps.accounts.models import User
from apps.repositories.models import Repository, RepositoryMember
from apps.tasks.models import Task
from taskhub.admin_site import TaskHubAdminSite

from .support import list_url, logged_in, page_url, prd, staff, statements, tasks


def policy(response: Any) -> dict[str, str]:
    header = response.headers["Content-Security-Policy"]
    return dict(part.strip().split(" ", 1) for part in header.split(";"))


def test_the_default_site_is_ours(console: Client) -> None:
    assert isinstance(admin.site, TaskHubAdminSite)
    page = console.get("/admin/").content.decode()
    assert "Site administration" not in page
    assert "Overview" in page
    for title in ("Tasks", "PRDs", "Repositories", "Members", "Users", "API tokens"):
        assert title in page


def test_plain_admins_are_kept_out() -> None:
    site = TaskHubAdminSite()
    with pytest.raises(ImproperlyConfigured):
        site.register(Task, ModelAdmin.__class__("Own", (ModelAdmin,), {"__module__": "apps.x"}))
    site.register(Task, ModelAdmin.__class__("Theirs", (ModelAdmin,), {"__module__": "lib"}))
    assert not site.is_registered(Task)


def test_every_page_has_a_strict_policy(console: Client, acme: Repository) -> None:
    task = tasks(acme, 1)[0]
    urls = ["/admin/", list_url(Task), page_url(task), page_url(task, "history")]
    for url in [*urls, f"/admin/tasks/task/{task.pk}/complete/", "/admin/jsi18n/"]:
        rules = policy(console.get(url))
        assert rules["script-src"] == "'self' 'unsafe-eval'"
        assert "unsafe" not in rules["style-src"]
        assert rules["frame-ancestors"] == "'none'"
    assert policy(Client().get("/admin/login/"))["default-src"] == "'self'"


def test_the_style_hash_is_that_of_the_page(console: Client) -> None:
    response = console.get("/admin/")
    blocks = re.findall(rb"<style[^>]*>(.*?)</style>", response.content, re.DOTALL)
    assert len(blocks) == 1
    digest = base64.b64encode(hashlib.sha256(blocks[0]).digest()).decode()
    assert policy(response)["style-src"] == f"'self' 'sha256-{digest}'"


def test_a_login_leads_home(op: User) -> None:
    client = Client()
    data = {"username": "op", "password": "a-long-password"}
    response = client.post("/admin/login/", data)
    assert response.status_code == 302
    assert response.headers["Location"] == "/admin/"


def test_the_palette_finds_pages_and_records(console: Client, acme: Repository) -> None:
    task = tasks(acme, 8)[0]
    prd(acme, "pump.md")
    answer = console.get("/admin/search/", {"s": "pump", "extended": "1"})
    body = answer.content.decode()
    assert body.count("data-title=") == 6  # five tasks and the document
    assert "pump.md" in body
    by_id = console.get("/admin/search/", {"s": str(task.pk), "extended": "1"}).content.decode()
    assert page_url(task) in by_id
    pages = console.get("/admin/search/", {"s": "tok", "extended": "1"}).content.decode()
    assert "API tokens" in pages
    for odd in ("", " ", "\x00", "'\"\\", "x" * 2000):
        assert console.get("/admin/search/", {"s": odd}).status_code == 200


def test_the_palette_is_bounded_and_never_remembers(acme: Repository) -> None:
    tasks(acme, 30)
    user = staff("anna", "view_task", "view_prd", "view_repository")
    member = RepositoryMember.objects.create(repository=acme, user=user)
    client = logged_in(user)
    query = {"s": "pump", "extended": "1"}
    with statements() as found:
        assert client.get("/admin/search/", query).content.decode().count("data-title=") == 5
    assert all("LIMIT" in sql for sql in found if 'FROM "tasks"' in sql)
    member.delete()
    assert client.get("/admin/search/", query).content.decode().count("data-title=") == 0
    user.user_permissions.clear()
    assert client.get("/admin/search/", query).content.decode().count("data-title=") == 0


def test_nothing_is_open_to_strangers(acme: Repository) -> None:
    task = tasks(acme, 1)[0]
    people = [Client(), logged_in(User.objects.create_user("nobody"))]
    for client in people:
        for url in ("/admin/", list_url(Task), page_url(task, "history"), "/admin/search/?s=pump"):
            assert client.get(url).status_code == 302


def test_staff_without_rights_see_nothing(acme: Repository) -> None:
    task = tasks(acme, 1)[0]
    client = logged_in(staff("anna"))
    assert "Task history" not in client.get("/admin/").content.decode()
    bob = logged_in(staff("bob", "view_task"))
    assert "Task history" in bob.get("/admin/").content.decode()
    assert "API tokens" not in bob.get("/admin/").content.decode()
    for url in (list_url(Task), page_url(task)):
        assert client.get(url).status_code == 403
