"""Decisions and writes of the accounts part: each checks, writes in one transaction, and keeps a journal."""
