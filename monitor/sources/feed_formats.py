"""The formats of feeds, RSS, Atom and JSON Feed: exact and fast when well-formed, through feedparser when damaged."""

from __future__ import annotations

from io import BytesIO
from typing import Any, NamedTuple

from monitor.errors import BadBody
from monitor.sources.base import BodyFault, Damaged, bad
from monitor.sources.jsontree import Json, a_dict, a_list, read_json, records_under, strings, text_at
from monitor.sources.sniff import decode, refuse_pages
from monitor.sources.xmltree import DC, XHTML, Node, NotWellFormed, mend, strict_xml, why_broken

__all__ = ["Entry", "Feed", "forgiving", "from_tree", "read_feed"]

ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DCTERMS = "http://purl.org/dc/terms/"


class Entry(NamedTuple):
    """One entry as printed; `title`, `summary` and `content` are HTML."""

    key: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    link: str = ""
    date: str = ""
    publisher: str = ""
    categories: tuple[str, ...] = ()


class Feed(NamedTuple):
    """A feed as printed. `cut` says that its end is missing, so that the last entry may be half."""

    entries: list[Entry]
    lang: str = ""
    date: str = ""
    cut: bool = False


def read_feed(body: bytes) -> Feed:
    """The feed in a body, whichever of the formats it is; raises BadBody."""
    refuse_pages(body)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return _json_feed(read_json(body))
    try:
        return from_tree(strict_xml(body))
    except NotWellFormed:
        return _mended(decode(body))


def _language(printed: str) -> str:
    primary = printed.strip().lower().replace("_", "-").split("-")[0]
    return primary if 2 <= len(primary) <= 3 and primary.isascii() and primary.isalpha() else ""


# --- the exact path ---------------------------------------------------------------------------------------------------


def from_tree(root: Node) -> Feed:
    match root.tag:
        case "rss":
            channel = root.first("channel") or root
            return _rss(channel, list(channel.all("item")) or list(root.all("item")))
        case "RDF":
            return _rss(root.first("channel") or root, list(root.all("item")))
        case "feed":
            return _atom(root)
        case other:
            raise bad(BodyFault.HTML if other.lower() == "html" else BodyFault.WRONG_FORMAT, f"the root is <{other[:60]}>")


def _rss(channel: Node, entries: list[Node]) -> Feed:
    date = channel.get("pubDate") or channel.get("lastBuildDate") or channel.get("date", DC)
    return Feed([_rss_entry(node) for node in entries], _language(channel.get("language")), date)


def _rss_entry(node: Node) -> Entry:
    guid = node.first("guid")
    identity = guid.words() if guid is not None else node.attrs.get("http://www.w3.org/1999/02/22-rdf-syntax-ns#\x1fabout", "")
    link = _plain(node, "link")
    if not link and guid is not None and guid.attrs.get("isPermaLink", "true").lower() == "true":
        link = identity
    return Entry(
        key=identity,
        title=_plain(node, "title"),
        summary=_plain(node, "description"),
        content=node.get("encoded", CONTENT),
        link=link or next((n.attrs.get("href", "") for n in node.all("link") if n.space in ATOM), ""),
        date=_plain(node, "pubDate") or node.get("date", DC) or node.get("created", DCTERMS),
        publisher=_plain(node, "source"),
        categories=tuple(n.words() for n in node.children if n.tag in ("category", "subject")),
    )


def _plain(node: Node, tag: str) -> str:
    """The words of RSS's own element, never of a module's namesake (media:title, itunes:title); markup inside kept."""
    own = next((n for n in node.children if n.tag == tag and n.space in ("", "http://purl.org/rss/1.0/")), None)
    return "" if own is None else _markup(own) if own.children else own.text.strip()


def _atom(root: Node) -> Feed:
    lang = root.attrs.get("http://www.w3.org/XML/1998/namespace\x1flang", "")
    return Feed([_atom_entry(node) for node in root.all("entry")], _language(lang), root.get("updated") or root.get("modified"))


def _atom_entry(node: Node) -> Entry:
    origin = node.first("source")
    links = [n for n in node.all("link") if n.space in ATOM or not n.space]
    link = next((n.attrs.get("href", "") for n in links if n.attrs.get("rel", "alternate") == "alternate"), "")
    return Entry(
        key=_own(node, "id"),
        title=_construct(node, "title"),
        summary=_construct(node, "summary"),
        content=_construct(node, "content"),
        link=link or next((n.attrs.get("href", "") for n in links), ""),
        date=_own(node, "published") or _own(node, "issued") or _own(node, "updated") or _own(node, "modified"),
        publisher="" if origin is None else _construct(origin, "title"),
        categories=tuple(n.attrs.get("label") or n.attrs.get("term", "") for n in node.all("category")),
    )


def _own(node: Node, tag: str) -> str:
    return next((n.words() for n in node.children if n.tag == tag and n.space in (*ATOM, "")), "")


def _construct(node: Node, tag: str) -> str:
    """An Atom text construct as HTML: text is escaped, XHTML written out again."""
    found = next((n for n in node.children if n.tag == tag and n.space in (*ATOM, "")), None)
    if found is None:
        return ""
    kind = found.attrs.get("type", "text")
    if kind in ("xhtml", "application/xhtml+xml") or found.children:
        return _markup(found)
    return found.text.strip() if kind in ("html", "text/html") else _escape(found.text.strip())


def _markup(node: Node) -> str:
    inner = "".join(
        f"<{n.tag}>{_markup(n)}</{n.tag}>{_escape(n.tail)}" if n.space in ("", XHTML, *ATOM) else _escape(n.tail) for n in node.children
    )
    return _escape(node.text) + inner


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


# --- JSON Feed --------------------------------------------------------------------------------------------------------


def _json_feed(value: Any) -> Feed:
    records_under(value)
    if not isinstance(value, dict) or "jsonfeed.org/version" not in str(value.get("version", ""))[:100]:
        raise bad(BodyFault.WRONG_FORMAT, "JSON, but no JSON Feed")
    entries = a_list(records_under(value, "items"), "'items'")
    lang = value.get("language")
    return Feed([_json_entry(entry) for entry in entries], _language(lang) if isinstance(lang, str) else "")


def _json_entry(value: Any) -> Entry:
    """One item; an empty entry, which will count as damaged, for what cannot be read."""
    try:
        return _json_fields(a_dict(value, "an item"))
    except Damaged:
        return Entry()


def _json_fields(entry: Json) -> Entry:
    written = text_at(entry, "content_html") or _escape(text_at(entry, "content_text"))
    return Entry(
        key=text_at(entry, "id"),
        title=_escape(text_at(entry, "title")),
        summary=_escape(text_at(entry, "summary")),
        content=written,
        link=text_at(entry, "url") or text_at(entry, "external_url"),
        date=text_at(entry, "date_published") or text_at(entry, "date_modified"),
        categories=tuple(strings(entry.get("tags"))),
    )


# --- the forgiving path -----------------------------------------------------------------------------------------------


def _mended(text: str) -> Feed:
    mended = mend(text)
    try:
        return from_tree(strict_xml(mended.encode("utf-8", "replace"), "utf-8"))
    except NotWellFormed as error:
        return forgiving(mended, why_broken(mended, str(error)))


def forgiving(text: str, fault: BadBody) -> Feed:
    """What feedparser finds in a document that is not well-formed; raises `fault` when it finds no feed."""
    import feedparser  # slow to import, and most processes never meet a damaged feed

    # a stream, because feedparser would open the file whose name a string or bytes happen to be
    try:
        found = feedparser.parse(BytesIO(text.encode("utf-8", "replace")), sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:
        # on some damages it stumbles itself
        raise fault from error
    if not found.get("version"):
        raise fault
    head = found.feed
    date = head.get("published") or head.get("updated") or ""
    return Feed([_forgiven(e) for e in found.entries], _language(head.get("language") or ""), date, fault.why == BodyFault.CUT_OFF)


def _forgiven(entry: Any) -> Entry:
    title, content = entry.get("title_detail") or {}, entry.get("content") or [{}]
    return Entry(
        key=entry.get("id") or "",
        title=_as_html(title),
        summary=_as_html(entry.get("summary_detail") or {}),
        content=_as_html(content[0]),
        link=entry.get("link") or "",
        date=entry.get("published") or entry.get("updated") or entry.get("created") or "",
        publisher=(entry.get("source") or {}).get("title") or "",
        categories=tuple(tag.get("label") or tag.get("term") or "" for tag in entry.get("tags") or []),
    )


def _as_html(detail: Any) -> str:
    value = detail.get("value") or ""
    return _escape(value) if detail.get("type") == "text/plain" and "<" in value else value
