"""The three-way merge, without a database."""
