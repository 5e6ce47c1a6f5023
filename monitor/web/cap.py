"""Alerts as Common Alerting Protocol 1.2 (OASIS), for sirens, signs and other warning systems."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from ..model import Certainty, Change, ChangeKind, MessageType, Severity
from . import xml
from .alerts import Told
from .site import Site

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"

_SEVERITY = {s: s.value.capitalize() for s in Severity}
_CERTAINTY = {c: c.value.capitalize() for c in Certainty}
_MESSAGE = {MessageType.UPDATE: "Update", MessageType.CANCEL: "Cancel"}
_HEALTH = "Health"
_RESPONSE = {
    ChangeKind.EVACUATION: "Evacuate",
    ChangeKind.DEPARTURE_ORDERED: "Evacuate",
    ChangeKind.LEAVE_NOW: "Evacuate",
    ChangeKind.SHELTER_IN_PLACE: "Shelter",
    ChangeKind.DEPARTURE_AUTHORIZED: "Prepare",
    ChangeKind.MISSION_SUSPENDED: "Prepare",
    ChangeKind.LEVEL_RAISED: "Avoid",
}
_NOW = (ChangeKind.EVACUATION, ChangeKind.LEAVE_NOW, ChangeKind.SHELTER_IN_PLACE)


def document(site: Site, told: Told) -> bytes:
    """One alert as a CAP message; every element that the standard asks for, in its order."""
    data = told.message.data
    root = Element("alert", {"xmlns": NAMESPACE})
    xml.add(root, "identifier", told.id)
    xml.add(root, "sender", _token(site.sender))
    xml.add(root, "sent", moment(told.at))
    xml.add(root, "status", "Actual")
    xml.add(root, "msgType", _MESSAGE.get(told.message.type, "Alert") if data["references"] else "Alert")
    xml.add(root, "source", str(data["source"]["id"]))
    xml.add(root, "scope", "Public")
    if data["references"] and told.message.type in _MESSAGE:
        xml.add(root, "references", " ".join(f"{_token(site.sender)},{r.id},{moment(r.at)}" for r in told.earlier))
    if data["situation"]:
        xml.add(root, "incidents", _token(str(data["situation"])))
    _info(xml.add(root, "info"), site, told)
    return xml.document(root)


def moment(at: datetime) -> str:
    """A time as CAP wants it: whole seconds, and UTC written as -00:00."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + "-00:00"


def _info(info: Element, site: Site, told: Told) -> None:
    message, worst = told.message, told.worst
    xml.add(info, "language", message.lang)
    xml.add(info, "category", _HEALTH if worst.kind is ChangeKind.HEALTH_ALERT else "Safety")
    xml.add(info, "event", worst.kind.value.replace("_", " "))
    xml.add(info, "responseType", _response(worst))
    xml.add(info, "urgency", _urgency(worst))
    xml.add(info, "severity", _SEVERITY[message.severity])
    xml.add(info, "certainty", _CERTAINTY[message.certainty])
    for change in told.changes:
        _pair(xml.add(info, "eventCode"), "kind", change.kind.value)
    xml.add(info, "effective", moment(told.at))
    if worst.published:
        xml.add(info, "onset", moment(worst.published))
    if who := ", ".join(worst.publishers) or site.name(worst.issuer):
        xml.add(info, "senderName", who)
    xml.add(info, "headline", message.headline)
    xml.add(info, "description", message.summary)
    if message.url:
        xml.add(info, "web", message.url)
    for change in told.changes:
        _pair(xml.add(info, "parameter"), change.kind.value, f"{change.before or '?'} -> {change.after or '?'}")
    area = xml.add(info, "area")
    xml.add(area, "areaDesc", message.data["place"]["name"])
    _pair(xml.add(area, "geocode"), "ISO 3166-1 alpha-2", message.data["place"]["code"])


def _pair(element: Element, name: str, value: str) -> None:
    xml.add(element, "valueName", name)
    xml.add(element, "value", value)


def _response(change: Change) -> str:
    return "AllClear" if change.direction == "better" else _RESPONSE.get(change.kind, "Monitor")


def _urgency(change: Change) -> str:
    if change.direction == "better":
        return "Past"
    if change.certainty is not Certainty.OBSERVED:
        return "Unknown"
    return "Immediate" if change.kind in _NOW else "Expected"


def _token(text: str) -> str:
    """Identifiers hold no spaces, commas, < or &."""
    return "".join("_" if c in " ,<&" else c for c in xml.clean(text)) or "_"
