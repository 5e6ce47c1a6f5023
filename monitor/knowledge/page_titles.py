"""Whether a title heads a standing page about a place, or a statement that a ministry publishes beside its pages."""

from __future__ import annotations

import re

from monitor.knowledge.gazetteer import by_name, framed
from monitor.knowledge.rules import language
from monitor.knowledge.tokens import tokenise

_SETS_APART = re.compile(r"\s+[-\u2013\u2014]\s+|\s*[:(|]")
"""What stands between the name of a page's place and its subject: "Mali - ...", "Mali: ...", "Mali (...)"."""


_OPENING = 60
"""Letters of a title that tell what kind of text it heads."""


def titles_a_page(title: str, lang: str) -> bool:
    """Whether a title is that of a page of travel advice: "Kenia: Reise- und Sicherheitshinweise", "Mali - ...", "Reisadvies Mali".

    "Ministerin reist nach Kenia" is none, though the same source publishes it.
    """
    return framed(title) or bool(place_of_page(title, lang))


def is_statement(title: str, lang: str) -> bool:
    """Whether a title opens as what a register publishes beside its pages ("Statement by ...", "Media release", "Worldwide Caution")."""
    words = tokenise(title[:_OPENING], language(lang).lexicon).items
    return bool(words) and bool(words[0].classes & {"STATEMENTWORD", "TRAVELALERT"})


def place_of_page(title: str, lang: str) -> tuple[str, ...]:
    """The codes of the place whose name opens the title of a page, as governments print it; () when none does."""
    return by_name(_SETS_APART.split(title, maxsplit=1)[0], lang)
