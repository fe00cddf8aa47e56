"""The development stack: PostgreSQL, Valkey and TaskHub's own processes under one supervisor.

`python -m taskhub.devstack run | exec -- COMMAND | create-logins SUPERUSER_URL`. Only `prepare`
imports Django; everything else needs the standard library and psycopg.
"""
