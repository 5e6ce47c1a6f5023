"""The commands that work: the daemon, one round, a check of the configuration, a test of a channel."""

from __future__ import annotations

from pathlib import Path

from .arguments import argument, flag, takes
from .common import AS_JSON, CONFIG, config_path, emit, interactive, progress, say, settings, table

DEEP = flag("--deep", help="Also try DNS, TLS and the answer of every source and receiver.")
IDS = argument("sources", nargs="*", metavar="SOURCE", help="Ids of sources; without any, all of them.")
CHANNEL = argument("channel", metavar="CHANNEL", help="Name of a channel of the configuration.")


@takes(CONFIG)
def run(config: Path | None) -> None:
    """The daemon: poll, deliver, until it is told to end."""
    from ..lean import plain_log

    plain_log()
    from ..front import served
    from ..life import run as serve

    serve(config_path(config), served)


@takes(CONFIG)
def worker(config: Path | None) -> None:
    """One of many daemons on the same PostgreSQL, here or on other machines; needs the extra `cluster`."""
    from ..lean import plain_log

    plain_log()
    from ..front import served
    from ..life import run as serve

    serve(config_path(config), served, cluster=True)


@takes(IDS, CONFIG, AS_JSON)
def poll(sources: list[str], config: Path | None, json: bool) -> None:
    """One round now, deliveries included, then exit."""
    read = settings(config)
    from ..app import opened

    with opened(read) as app:
        ids = app.known(sources or [s.id for s in read.sources])
        app.read_watches()
        with progress("polling", len(ids)) as step:
            polled = []
            for one in app.poll(ids):
                polled.append(one)
                step()
        sent = app.deliver()
    if json:
        emit(
            *({"source": p.source, "state": p.state, "why": p.why, "items": p.items, "changes": [c.id for c in p.changes]} for p in polled)
        )
    else:
        table(("source", "state", "items", "changes", "why"), [(p.source, p.state, p.items, len(p.changes), p.why) for p in polled])
        if interactive():
            say(f"{sent} messages sent")
    if any(p.why and not p.items for p in polled):
        raise SystemExit(1)


@takes(CONFIG, DEEP, AS_JSON)
def check(config: Path | None, deep: bool, json: bool) -> None:
    """Validate the configuration: all mistakes at once, with file, line and key."""
    read = settings(config)
    remarks = _remarks(read)
    findings = []
    if deep:
        from ..probe import probe

        with progress("trying", len(read.sources) + len(read.channels)) as step:
            for finding in probe(read):
                findings.append(finding)
                step()
    if json:
        counts = {"sources": len(read.sources), "channels": len(read.channels), "routes": len(read.routes)}
        tried = [{"name": f.name, "ok": f.ok, "what": f.what} for f in findings]
        emit({"files": [str(f) for f in read.files], **counts, "remarks": remarks, "deep": tried})
    else:
        well = "all well" if all(f.ok for f in findings) else "but not everything answers"
        for remark in remarks:
            say(f"note: {remark}")
        if findings:
            table(("name", "", "what"), [(f.name, "ok" if f.ok else "FAILED", f.what) for f in findings])
        say(f"{read.files[0]}: {len(read.sources)} sources, {len(read.channels)} channels, {len(read.routes)} routes, {well}")
    if not all(f.ok for f in findings):
        raise SystemExit(1)


@takes(CHANNEL, CONFIG)
def test(channel: str, config: Path | None) -> None:
    """Send a marked test through the whole path of one channel."""
    read = settings(config)
    from ..app import opened
    from ..model import DeliveryState
    from ..operate import Operator

    with opened(read) as app:
        id = Operator(app).test(channel, by="command line")
        app.deliver()
        line = next(d for d in app.store.deliveries(channel=channel, limit=1000) if d.id == id)
    say(f"{channel}: {line.state}" + (f", {line.why}" if line.why else ""))
    if line.state is not DeliveryState.SENT:
        raise SystemExit(1)


def _remarks(read: object) -> list[str]:
    """What is allowed but hardly meant."""
    from ..secret import Secret
    from ..settings.values import Settings
    from .remarks import remarks as more

    assert isinstance(read, Settings)
    used = {name for route in read.routes for name in (*route.channels, *(c for step in route.escalate for c in step.channels))}
    remarks = [f'the channel "{c.name}" is used by no route' for c in read.channels if c.name not in used]
    if not read.sources:
        remarks.append("there is no source, so nothing is watched")
    if not read.routes:
        remarks.append("there is no route, so nobody is told anything")
    elif not any(route.operator for route in read.routes):
        remarks.append("no route has operator = true, so nobody hears when a source goes blind or a delivery fails")
    secrets = [v for c in read.channels for v in c.options.values() if isinstance(v, Secret)]
    secrets += [v for v in (read.web.token, read.web.ack_key, read.heartbeat.url, *read.push.values()) if isinstance(v, Secret)]
    remarks += dict.fromkeys(filter(None, (s.exposed() for s in secrets)))
    if "+" not in read.http.user_agent:
        remarks.append("[http] contact is empty: a webmaster cannot reach you before blocking you")
    return [*remarks, *more(read)]
