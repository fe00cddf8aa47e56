"""What SQL/JSON paths cannot say of a list: that no item is there twice."""

from django.db import migrations

FORWARDS = r"""
CREATE OR REPLACE FUNCTION has_distinct_items(list jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
  SELECT count(*) = count(DISTINCT item)
  FROM jsonb_array_elements(CASE jsonb_typeof(list) WHEN 'array' THEN list ELSE '[]' END) AS item
);
"""
BACKWARDS = "DROP FUNCTION IF EXISTS has_distinct_items(jsonb);"


class Migration(migrations.Migration):
    dependencies = [("core", "0001_uuid7_functions")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
