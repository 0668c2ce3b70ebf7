"""The database: tables, migrations, bulk reads and upserts. The only place with SQL."""
