"""A process of its own that applies a plan: `apply_process.py PLAN USER`."""

from __future__ import annotations

import sys

import django

django.setup()

from apps.accounts.models import User  # noqa: E402  (models need the setup)
from apps.core.context import Source, acting  # noqa: E402
from apps.planning.models import PRDPlan  # noqa: E402
from apps.planning.services import apply_plan  # noqa: E402

plan, user = sys.argv[1:]
actor = User.objects.get(pk=user)
with acting(source=Source.COMMAND, actor=actor, name="apply_process"):
    apply_plan(actor=actor, plan=PRDPlan.objects.get(pk=plan))
sys.stdout.write("applied\n")
