"""Compares the live database with what this release says: logins, rights, triggers, functions.

It reads the catalogue only, so the application's login can do it, and takes a handful of queries
however many tables there are, so a readiness probe can (ADR 0012). Begin at `drift.find_drift`.
"""
