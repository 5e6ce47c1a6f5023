"""Searching for bytes and words that break us."""
