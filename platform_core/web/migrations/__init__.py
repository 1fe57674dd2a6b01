"""Migrations of the web part."""
