"""The SQL side of UUIDv7 ids. Written for PostgreSQL 15 to 18, so without 18's `uuidv7()`."""

from django.db import migrations

FORWARDS = r"""
CREATE OR REPLACE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  -- 48 bits of milliseconds | version 7 | the microseconds inside them, times 4 | variant and 62
  -- random bits, left from version 4. The microseconds keep the calls of one session in order.
  SELECT encode(
    overlay(
      overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send(us / 1000) FROM 3) FROM 1 FOR 6)
      PLACING substring(int8send(28672 + (us % 1000) * 4) FROM 7) FROM 7 FOR 2
    ), 'hex')::uuid
  FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS us OFFSET 0) AS clock
$$;

CREATE OR REPLACE FUNCTION uuid7_time(id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN to_timestamp(
  (('x' || encode(substring(uuid_send(id) FROM 1 FOR 6), 'hex'))::bit(48)::bigint)::double precision
  / 1000
);

CREATE OR REPLACE FUNCTION is_uuid7(id uuid) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (get_byte(uuid_send(id), 6) >> 4) = 7 AND (get_byte(uuid_send(id), 8) >> 6) = 2;

CREATE OR REPLACE FUNCTION is_list_of_distinct_strings(list jsonb, longest integer, most integer)
RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN jsonb_typeof(list) = 'array'
  AND jsonb_array_length(CASE jsonb_typeof(list) WHEN 'array' THEN list ELSE '[]' END) <= most
  AND NOT EXISTS (
    SELECT 1
    FROM jsonb_array_elements(CASE jsonb_typeof(list) WHEN 'array' THEN list ELSE '[]' END) AS entry
    WHERE jsonb_typeof(entry) <> 'string' OR char_length(entry #>> '{}') NOT BETWEEN 1 AND longest
  )
  AND (
    SELECT count(DISTINCT entry) = count(*)
    FROM jsonb_array_elements(CASE jsonb_typeof(list) WHEN 'array' THEN list ELSE '[]' END) AS entry
  );
"""
BACKWARDS = r"""
DROP FUNCTION IF EXISTS is_list_of_distinct_strings(jsonb, integer, integer);
DROP FUNCTION IF EXISTS is_uuid7(uuid);
DROP FUNCTION IF EXISTS uuid7_time(uuid);
DROP FUNCTION IF EXISTS uuid7();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: list = []
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
