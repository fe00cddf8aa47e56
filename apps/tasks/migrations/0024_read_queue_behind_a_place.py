"""The ready queue from a place on: who meets a head that others are taking looks behind it."""

from importlib import import_module

from django.db import migrations

# As in 0023, with where to begin.
FUNCTION = """
CREATE OR REPLACE FUNCTION ready_queue_head(
    home uuid, most integer, after_act timestamptz, after_id uuid, assignees text[],
    priorities text[], complexities text[], all_tags jsonb, prd uuid, parent uuid, most_minutes integer
) RETURNS TABLE (
    id uuid, repository_id uuid, content text, status text, priority text, complexity text,
    assignee text, session_id text, estimated_minutes integer, tags jsonb, parent_task_id uuid,
    prd_id uuid, due_at timestamptz, created_at timestamptz, updated_at timestamptz,
    version integer, source_section text, act_by timestamptz, ready_since timestamptz, unblocks bigint
) LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_sort = off AS $$
#variable_conflict use_column
DECLARE
    open text[] = ARRAY['pending', 'in_progress'];
    holding_up text[] = open || CASE (
        SELECT settings ->> 'cancelled_blockers' FROM repositories WHERE repositories.id = home
    ) WHEN 'block' THEN ARRAY['cancelled'] ELSE ARRAY[]::text[] END;
BEGIN
    RETURN QUERY
    SELECT t.id, home, content, status, priority, complexity, assignee, session_id,
        estimated_minutes, tags, parent_task_id, prd_id, due_at, created_at, updated_at, version,
        source_section, t.act_by, greatest(uuid7_time(t.id), changed_at, blockers.ended_at, children.ended_at),
        (
            SELECT count(*) FROM task_dependencies AS link
            WHERE link.depends_on_id = t.id AND link.kind = 'blocks' AND (
                SELECT true FROM tasks AS waiting WHERE waiting.id = link.task_id
                AND waiting.deleted_at IS NULL AND waiting.status = ANY (open)
            )
        )
    FROM (
        SELECT id, content, status, priority, complexity, assignee, session_id, estimated_minutes,
            tags, parent_task_id, prd_id, due_at, created_at, updated_at, version, source_section,
            dependencies_changed_at AS changed_at, task_act_by(id, priority, due_at) AS act_by
        FROM tasks
        WHERE repository_id = home AND status = 'pending' AND deleted_at IS NULL
            AND (task_act_by(id, priority, due_at), id) > (
                coalesce(after_act, '-infinity'),
                coalesce(after_id, '00000000-0000-0000-0000-000000000000')
            )
        ORDER BY task_act_by(id, priority, due_at), id
        OFFSET 0
    ) AS t
    CROSS JOIN LATERAL (
        SELECT bool_or(blocker.holds_up) AS hold_up, max(blocker.ended_at) AS ended_at
        FROM task_dependencies AS link
        CROSS JOIN LATERAL (
            SELECT deleted_at IS NULL AND status = ANY (holding_up) AS holds_up,
                coalesce(completed_at, updated_at) AS ended_at
            FROM tasks WHERE tasks.id = link.depends_on_id OFFSET 0
        ) AS blocker
        WHERE link.task_id = t.id AND link.kind = 'blocks'
    ) AS blockers
    CROSS JOIN LATERAL (
        SELECT bool_or(deleted_at IS NULL AND status = ANY (open)) AS hold_up,
            max(coalesce(completed_at, updated_at)) AS ended_at
        FROM tasks WHERE tasks.parent_task_id = t.id
    ) AS children
    WHERE (assignees IS NULL OR assignee = ANY (assignees))
        AND (priorities IS NULL OR priority = ANY (priorities))
        AND (complexities IS NULL OR complexity = ANY (complexities))
        AND (all_tags IS NULL OR tags @> all_tags)
        AND (prd IS NULL OR prd_id = prd)
        AND (parent IS NULL OR parent_task_id = parent)
        AND (most_minutes IS NULL OR estimated_minutes <= most_minutes)
        AND NOT EXISTS (
            SELECT FROM task_claims AS claim
            WHERE claim.task_id = t.id AND claim.expires_at > statement_timestamp()
        )
        AND blockers.hold_up IS NOT TRUE AND children.hold_up IS NOT TRUE
    LIMIT most;
END;
$$;
"""
SIGNATURE = (
    "ready_queue_head(uuid, integer, timestamptz, uuid, text[], text[], text[], jsonb, uuid, uuid,"
    " integer)"
)
before = import_module("apps.tasks.migrations.0023_read_queue_by_function")


class Migration(migrations.Migration):

    dependencies = [("tasks", "0023_read_queue_by_function")]

    operations = [
        migrations.RunSQL(f"DROP FUNCTION IF EXISTS {before.SIGNATURE}", before.FUNCTION),
        migrations.RunSQL(FUNCTION, f"DROP FUNCTION IF EXISTS {SIGNATURE}"),
    ]
