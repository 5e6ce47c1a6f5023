"""Makes items of what people hand in: records of a JSONL file, or plain text."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from monitor.knowledge.grades import first_grade
from monitor.knowledge.issuers import Voice, host_place, issuer_of, register_of, voice_of
from monitor.knowledge.page_titles import is_statement, place_of_page, titles_a_page
from monitor.knowledge.rules import language, languages
from monitor.model import Authority, Item, Nature, stable_id

_LONGEST_FIELD = 400_000
_LATIN = re.compile(r"[^\W\d_]+")
_WORDS = re.compile(r"[^\W\d_]+(?:[-\u2019'][^\W\d_]+)*")
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_HAN = re.compile("[\u4e00-\u9fff]")


def item_of(record: dict[str, Any] | str) -> Item:
    """An item from a record with any of id, source_kind, source, published, title, summary (or text), url, lang.

    A plain string is an article: its first line is the title. Missing or ill-typed fields are taken as empty; a missing
    language is guessed. Without any source it is read as press.
    """
    if isinstance(record, str):
        head, _, rest = record.strip().partition("\n")
        record = {"title": head, "summary": rest} if len(head) <= 300 else {"title": "", "summary": record}
    title, text = _text(record, "title"), _text(record, "summary") or _text(record, "text")
    source, kind, url = _text(record, "source"), _text(record, "source_kind") or "press", _text(record, "url")
    issuer, authority = issuer_of(source, kind, url)
    voice = voice_of(source, url) if authority is Authority.OFFICIAL else None
    lang = _text(record, "lang")[:2].lower() or guess(f"{title} {text}")
    if voice and not voice.page:
        voice = _register_that_titles_so(title, lang, voice)
    page = voice is not None and voice.page and (not is_statement(title, lang) if lang == "en" else titles_a_page(title, lang))
    return Item(
        source=source or kind,
        key=_text(record, "id") or stable_id("txt", title, text),
        title=title,
        text=text,
        url=url,
        published=moment(record.get("published")),
        nature=Nature.PAGE if page else Nature.NOTICE,
        places=place_of_page(title, lang) if page and lang != "en" else (),
        lang=lang,
        issuer=issuer,
        authority=authority,
        level_scheme=voice.scheme if voice else "",
        publisher=source if authority is Authority.PRESS else "",
        labels=(("host", ",".join(host_place(source, issuer))),) if authority is Authority.OFFICIAL and not page else (),
    )


_GRADED = re.compile(r"[^:]{3,60} [-\u2013\u2014] (?P<grade>.{8,80})")


def _register_that_titles_so(title: str, lang: str, voice: Voice) -> Voice:
    """A government's register, where a title of that government's is the place with its grade behind: "Togo - Level 2: Exercise ..."."""
    register, titled = register_of(voice.issuer), _GRADED.fullmatch(title.strip())
    if register is None or titled is None or not place_of_page(title, lang):
        return voice
    grade = first_grade(titled["grade"], register.scheme)
    return register if grade and titled["grade"].lower().startswith((grade[1].lower(), "level ")) else voice


def moment(value: object) -> datetime | None:
    """An ISO 8601 date or time as UTC; None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def guess(text: str) -> str:
    """The language of a text among those with rules, by script and by its commonest words; English when in doubt."""
    text = text[:2000]
    if _KANA.search(text) or (_HAN.search(text) and len(_LATIN.findall(text)) < 3):
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    words = _plain_words(text)
    score = {lang: sum(w in language(lang).frequent for w in words) for lang in languages()}
    best = max(score, key=lambda lang: (score[lang], lang == "en"))
    if score[best] > 1 or (score[best] and best == "en"):
        return best
    known = {lang: sum(bool(language(lang).lexicon.of(w)) for w in words) for lang in languages()}
    return max(known, key=lambda lang: (known[lang], lang == "en"))  # one small word may be a name's or a prefix


def _plain_words(text: str) -> list[str]:
    """Words in small letters; those written large count only where a text begins ("Los Angeles" is no Spanish)."""
    return [w.lower() for n, w in enumerate(_WORDS.findall(text)) if n == 0 or w.islower() or text.isupper()]


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return str(value)[:_LONGEST_FIELD] if isinstance(value, str | int) else ""
