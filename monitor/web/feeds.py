"""Alerts for feed readers and other machines: Atom, JSON Feed, CAP, iCalendar, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import Annotated, Any
from xml.etree.ElementTree import Element

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from ..ledger import ChangeQuery
from ..model import Severity
from . import alerts, calendars, cap, present, xml
from .api import Filters, Id
from .overview import Overview
from .paging import cursor, tagged
from .problems import KEPT, RESPONSES
from .site import Site

ATOM = "http://www.w3.org/2005/Atom"
_FEED = 40
_JSON_FEED: dict[int | str, dict[str, Any]] = {200: {"content": {"application/feed+json": {"schema": {"type": "object"}}}}}
Worst = Annotated[Severity, Query(description="only alerts at least so severe")]


class Atom(Response):
    """An answer of that type, for the description."""

    media_type = "application/atom+xml"


class Cap(Response):
    """An answer of that type, for the description."""

    media_type = cap.MEDIA_TYPE


class Calendar(Response):
    """An answer of that type, for the description."""

    media_type = "text/calendar"


def routes(site: Site, overview: Overview) -> APIRouter:
    """Everything under /feeds, the CAP messages and the exports."""
    feeds = APIRouter(responses=RESPONSES | KEPT, tags=["feeds"])

    @feeds.get("/feeds/alerts.atom", summary="Alerts as Atom", response_class=Atom)
    def atom_feed(request: Request, min_severity: Worst = Severity.MINOR) -> Response:
        return tagged(request, atom(site, _newest(site, overview, min_severity), _here(request, site)), "application/atom+xml")

    @feeds.get("/feeds/alerts.json", summary="Alerts as JSON Feed 1.1", response_class=Response, responses=_JSON_FEED)
    def json_feed(request: Request, min_severity: Worst = Severity.MINOR) -> Response:
        content = json.dumps(jsonfeed(site, _newest(site, overview, min_severity), _here(request, site)), ensure_ascii=False)
        return tagged(request, content.encode(), "application/feed+json")

    @feeds.get("/feeds/cap.atom", summary="CAP messages as an Atom feed of links", response_class=Atom)
    def cap_feed(request: Request, min_severity: Worst = Severity.MINOR) -> Response:
        return tagged(request, atom(site, _newest(site, overview, min_severity), _here(request, site), to_cap=True), "application/atom+xml")

    @feeds.get("/api/v1/alerts/{id}/cap", summary="One alert as CAP 1.2", response_class=Cap, tags=["feeds"])
    def cap_one(request: Request, id: Id) -> Response:
        return tagged(request, cap.document(site, alerts.one(site, id)), cap.MEDIA_TYPE)

    @feeds.get("/feeds/dates.ics", summary="Dated events as iCalendar", response_class=Calendar)
    def dates(request: Request) -> Response:
        return tagged(request, overview.once("dates", lambda: calendars.document(calendars.dated(site))), "text/calendar; charset=utf-8")

    @feeds.get("/export/changes.csv", summary="Changes as CSV; the header x-next continues it", response_class=Response)
    def changes_csv(request: Request, query: Filters) -> Response:
        return _attached(*_exported(request, site, query, as_csv), "changes.csv")

    @feeds.get(
        "/export/changes.json",
        summary="Changes as JSON lines; the header x-next continues them",
        response_class=Response,
    )
    def changes_json(request: Request, query: Filters) -> Response:
        return _attached(*_exported(request, site, query, as_jsonl), "changes.jsonl")

    return feeds


def atom(site: Site, told: tuple[alerts.Told, ...], base: str, *, to_cap: bool = False) -> bytes:
    """Alerts as Atom (RFC 4287)."""
    root = Element("feed", {"xmlns": ATOM, "xml:lang": site.lang})
    xml.add(root, "id", f"urn:{site.sender}:alerts{':cap' if to_cap else ''}")
    xml.add(root, "title", "Advisory monitor: alerts")
    xml.add(root, "updated", _rfc3339(told[0].at if told else site.now()))
    xml.add(xml.add(root, "author"), "name", site.sender)
    xml.add(root, "link", rel="self", href=f"{base}/feeds/{'cap' if to_cap else 'alerts'}.atom", type="application/atom+xml")
    xml.add(root, "link", rel="alternate", href=f"{base}/", type="text/html")
    for one in told:
        _entry(xml.add(root, "entry"), one, base, to_cap=to_cap)
    return xml.document(root)


def _entry(entry: Element, one: alerts.Told, base: str, *, to_cap: bool) -> None:
    at = _rfc3339(one.at)
    xml.add(entry, "id", f"urn:advisory-monitor:{one.id}")
    xml.add(entry, "title", one.message.headline)
    xml.add(entry, "updated", at)
    xml.add(entry, "published", at)
    if to_cap:
        xml.add(entry, "link", rel="alternate", href=f"{base}/api/v1/alerts/{one.id}/cap", type=cap.MEDIA_TYPE)
    else:
        xml.add(entry, "link", rel="alternate", href=f"{base}/alert/{one.id}", type="text/html")
        if one.message.url:
            xml.add(entry, "link", rel="via", href=one.message.url)
    for scheme, term in (("severity", one.message.severity), ("certainty", one.message.certainty), ("place", one.worst.place)):
        xml.add(entry, "category", scheme=f"urn:advisory-monitor:{scheme}", term=str(term))
    xml.add(entry, "summary", one.message.summary, type="text")


def jsonfeed(site: Site, told: tuple[alerts.Told, ...], base: str) -> dict[str, Any]:
    """Alerts as JSON Feed 1.1; `_advisory` is the webhook's body."""
    items = [
        {
            "id": one.id,
            "url": f"{base}/alert/{one.id}",
            **({"external_url": one.message.url} if one.message.url else {}),
            "title": xml.clean(one.message.headline),
            "content_text": xml.clean(one.message.summary),
            "date_published": _rfc3339(one.at),
            "language": one.message.lang,
            "tags": [str(one.message.severity), str(one.message.certainty), one.worst.place],
            "_advisory": one.body,
        }
        for one in told
    ]
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Advisory monitor: alerts",
        "home_page_url": f"{base}/",
        "feed_url": f"{base}/feeds/alerts.json",
        "authors": [{"name": site.sender}],
        "language": site.lang,
        "items": items,
    }


COLUMNS = (
    "id", "at", "place", "place_name", "issuer", "kind", "stage", "before", "after", "severity", "certainty", "held", "reason", "headline",
    "source", "url", "published", "first_reported", "situation",
)  # fmt: skip
"""The columns of the CSV, in order: fields of a change in the API."""


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    """Changes as CSV; a value that a spreadsheet would run is made text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_harmless(row[c]) for c in COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def as_jsonl(rows: list[dict[str, Any]]) -> bytes:
    """Changes as JSON lines, each the API's change."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _exported(request: Request, site: Site, query: ChangeQuery, form: Any) -> tuple[bytes, str | None, str]:
    found = site.store.changes(query)
    following = cursor((found[-1].at, found[-1].id)) if len(found) == query.limit else None
    kind = "text/csv; charset=utf-8" if form is as_csv else "application/jsonl"
    return form([present.change(site, c).model_dump(mode="json") for c in found]), following, kind


def _attached(content: bytes, following: str | None, kind: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', **({"x-next": following} if following else {})}
    return Response(content, media_type=kind, headers=headers)


def _harmless(value: Any) -> str:
    text = "" if value is None else xml.clean(str(value))
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _newest(site: Site, overview: Overview, least: Severity) -> tuple[alerts.Told, ...]:
    found, _ = overview.once("newest alerts", lambda: alerts.newest(site, ChangeQuery(), _FEED))
    return tuple(t for t in found[:_FEED] if t.message.severity.rank >= least.rank)


def _here(request: Request, site: Site) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}{site.prefix}"


def _rfc3339(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
