"""Draws what a source shows in the format that the real one uses: one small function per format, bytes out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from .story import Entry

_US_WORDS = {1: "Exercise Normal Precautions", 2: "Exercise Increased Caution", 3: "Reconsider Travel", 4: "Do Not Travel"}
_CA_WORDS = ("Exercise normal security precautions", "Exercise a high degree of caution", "Avoid non-essential travel", "Avoid all travel")
_EMPTY = datetime.fromisoformat("2021-11-01T00:00:00+00:00")


def body(kind: str, entries: Sequence[Entry]) -> tuple[bytes, str]:
    """The body and its media type. The same entries give the same bytes."""
    draw, media_type = _FORMATS[kind]
    return draw(entries).encode("utf-8"), media_type


def _us_state(entries: Sequence[Entry]) -> str:
    items = "".join(_advisory(entry) for entry in entries)
    return _rss("Travel Advisories", items, entries)


def _advisory(entry: Entry) -> str:
    level = entry.get("level")
    words = f"Level {level}: {_US_WORDS[level]}"
    slug = entry.place.lower().replace(" ", "-") + {"": "-travel-advisory", "moved": ".advisory", "copy": "-copy"}[entry.variant]
    link = f"https://travel.demo.example/advisories/{slug}.html"
    text = "".join(f"<p>{escape(part)}</p>" for part in entry.text)
    return f"""<item><title>{escape(entry.place)} - {words}</title><link>{link}</link><pubDate>{entry.at:%a, %d %b %Y}</pubDate>
<description><![CDATA[{text}]]></description><category domain="Threat-Level">{words}</category>
<category domain="Country-Tag">{entry.get("tag", "")}</category><guid>{link}</guid></item>"""


def _fcdo(entries: Sequence[Entry]) -> str:
    children = [
        {
            "base_path": f"/foreign-travel-advice/{entry.get('slug')}",
            "title": f"{entry.place} travel advice",
            "public_updated_at": entry.at.isoformat(),
            "details": {
                "alert_status": entry.get("status"),
                "change_description": " ".join(entry.text),
                "country": {"name": entry.place, "slug": entry.get("slug"), "synonyms": []},
            },
        }
        for entry in entries
    ]
    return json.dumps({"base_path": "/foreign-travel-advice", "links": {"children": children}})


def _canada(entries: Sequence[Entry]) -> str:
    data = {entry.get("iso"): _destination(entry) for entry in entries}
    return json.dumps({"metadata": {"generated": {"timestamp": int(_newest(entries).timestamp())}}, "data": data})


def _destination(entry: Entry) -> dict[str, object]:
    regional = " (with regional advisories)" if entry.get("regional") else ""
    return {
        "country-iso": entry.get("iso"),
        "country-eng": entry.place,
        "advisory-state": entry.get("state"),
        "date-published": {"timestamp": int(entry.at.timestamp()), "asp": entry.at.isoformat()},
        "has-regional-advisory": int(bool(regional)),
        "recent-updates-type": entry.get("label", "Regular text update"),
        "eng": {
            "name": entry.place,
            "url-slug": entry.place.lower(),
            "advisory-text": _CA_WORDS[entry.get("state")] + regional,
            "recent-updates": " ".join(entry.text),
        },
    }


def _feed(entries: Sequence[Entry]) -> str:
    return _rss("News", "".join(_article(entry) for entry in entries[:20]), entries)


def _article(entry: Entry) -> str:
    link = f"https://{entry.source}.demo.example/{entry.at:%Y/%m/%d}/{entry.title.lower().replace(' ', '-')}"
    return f"""<item><title>{escape(entry.title)}</title><link>{escape(link)}</link><guid>{escape(link)}</guid>
<pubDate>{format_datetime(entry.at)}</pubDate><description>{escape(" ".join(entry.text))}</description></item>"""


def _rss(title: str, items: str, entries: Sequence[Entry]) -> str:
    head = f"<title>{title}</title><pubDate>{format_datetime(_newest(entries))}</pubDate>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>{head}{items}</channel></rss>'


def _newest(entries: Sequence[Entry]) -> datetime:
    return max((entry.at for entry in entries), default=_EMPTY)


_FORMATS: dict[str, tuple[Callable[[Sequence[Entry]], str], str]] = {
    "us-state": (_us_state, "application/rss+xml"),
    "fcdo": (_fcdo, "application/json"),
    "canada": (_canada, "application/json"),
    "feed": (_feed, "application/rss+xml"),
}
