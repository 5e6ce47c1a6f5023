"""Makes strangers' text safe to print: nothing in it steers a terminal, hides, or begins a line of its own."""

from __future__ import annotations


def harmless(text: str) -> str:
    """Text with everything that a terminal would obey or hide (controls, escapes, bidi, zero width, line ends) written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
