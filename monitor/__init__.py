"""Tells people, first and surely, that a government has changed what it says about a place."""

__version__ = "0.1.0"
