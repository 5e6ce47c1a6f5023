// Keeps an open page true without a reload, moves through the map by arrow keys, and remembers light or dark. Nothing here is needed to read.
"use strict";
(() => {
  const root = document.documentElement;
  const base = root.dataset.base || "";

  // --- light and dark
  const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  if (stored()) root.dataset.theme = stored();
  const button = document.getElementById("theme");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      try { localStorage.setItem("theme", root.dataset.theme); } catch { /* private windows */ }
    });
  }

  // --- "3 h ago" stays true
  const span = (minutes) => {
    const hours = Math.floor(minutes / 60), days = Math.floor(minutes / 1440);
    if (minutes < 60) return `${minutes} min`;
    if (hours < 48) return hours < 6 && minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
    return days < 90 ? `${days} days` : `${Math.floor(days / 30)} months`;
  };
  // The server's clock may be another one (a replay, a wrong watch): count on from what it said.
  const loaded = Date.now();
  let skew = null;
  const tick = () => {
    for (const t of document.querySelectorAll("time[data-ago]")) {
      if (skew === null) skew = clock();
      if (skew === null) return;
      const gone = Math.floor((Date.now() + skew - Date.parse(t.dateTime)) / 60000);
      t.textContent = Math.abs(gone) < 1 ? "now" : gone > 0 ? `${span(gone)} ago` : `in ${span(-gone)}`;
    }
  };
  const clock = () => { const at = root.dataset.now; return at ? Date.parse(at) - loaded : null; };
  setInterval(tick, 30000);

  // --- live: fetch this very page and put in what differs
  const say = (text) => {
    const live = document.getElementById("live");
    if (!live) return;
    live.textContent = text;
    live.classList.add("on");
    setTimeout(() => live.classList.remove("on"), 4000);
  };
  const busy = (part) => part.contains(document.activeElement) && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
  const place = (element) => element && element.closest("a, button") ? element.closest("a, button") : null;
  const sameThing = (part, was) => {
    if (!was) return null;
    const href = was.getAttribute("href");
    if (href) return [...part.querySelectorAll("a")].find((a) => a.getAttribute("href") === href) || null;
    const form = was.closest("form"), id = form && form.querySelector("[name=id]");
    return id ? [...part.querySelectorAll("form")].filter((f) => f.action === form.action)
      .find((f) => f.querySelector("[name=id]")?.value === id.value)?.querySelector("button") || null : null;
  };
  let asking = false, again = false;
  const renew = async () => {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(location.href.split("#")[0].replace(/([?&])said=[^&]*/, "$1"), { credentials: "same-origin", headers: { accept: "text/html" } });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      root.dataset.version = fresh.documentElement.dataset.version;
      if (fresh.documentElement.dataset.now) { root.dataset.now = fresh.documentElement.dataset.now; skew = Date.parse(root.dataset.now) - Date.now(); }
      let changed = false;
      for (const part of document.querySelectorAll("[data-live]")) {
        const next = fresh.getElementById(part.id);
        if (!next || busy(part)) continue;
        const still = (e) => e.innerHTML.replace(/<time[^>]*data-ago[^>]*>[^<]*<\/time>/g, "").replace(/ tabindex="-?\d"/g, "");
        if (still(next) === still(part)) continue;
        const was = part.contains(document.activeElement) ? place(document.activeElement) : null;
        const opened = [...part.querySelectorAll("details")].map((d) => d.open);
        part.replaceChildren(...document.importNode(next, true).childNodes);
        part.className = next.className;
        if (next.dataset.again) part.dataset.again = next.dataset.again; else delete part.dataset.again;
        [...part.querySelectorAll("details")].forEach((d, n) => { if (opened[n]) d.open = true; });
        sameThing(part, was)?.focus();
        if (part.id !== "sight" && part.dataset.live !== "slow") { part.classList.add("changed"); setTimeout(() => part.classList.remove("changed"), 2600); changed = true; }
      }
      roving();
      soon();
      if (changed) say("Something new has come in.");
    } finally {
      asking = false;
      if (again) { again = false; renew(); }
    }
  };
  // What goes on while the ledger stands still (a rehearsal) is asked for again after a while.
  let later = 0;
  const soon = () => {
    const part = document.querySelector("[data-again]");
    clearTimeout(later);
    if (part) later = setTimeout(renew, Number(part.dataset.again));
  };
  soon();
  if (window.EventSource && root.dataset.version) {
    const stream = new EventSource(`${base}/events?version=${encodeURIComponent(root.dataset.version)}`);
    stream.addEventListener("moved", renew);
    addEventListener("pagehide", () => stream.close());
    addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });
  }

  // --- the map by keyboard: one stop for Tab, arrows go to the nearest country that way
  const roving = () => {
    const links = [...document.querySelectorAll(".map a")];
    if (!links.length) return;
    const now = links.find((a) => a === document.activeElement);
    const first = now || links[links.length - 1];
    for (const a of links) a.setAttribute("tabindex", a === first ? "0" : "-1");
  };
  const middle = (a) => { const b = a.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; };
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  document.addEventListener("keydown", (event) => {
    const here = event.target.closest && event.target.closest(".map a");
    const way = ways[event.key];
    if (!here || !way) return;
    event.preventDefault();
    const [x, y] = middle(here);
    let best = null, least = Infinity;
    for (const a of document.querySelectorAll(".map a")) {
      const [ax, ay] = middle(a), along = (ax - x) * way[0] + (ay - y) * way[1], off = Math.abs((ax - x) * way[1]) + Math.abs((ay - y) * way[0]);
      if (a !== here && along > 1 && along + 2 * off < least) { least = along + 2 * off; best = a; }
    }
    if (best) { here.setAttribute("tabindex", "-1"); best.setAttribute("tabindex", "0"); best.focus(); }
  });
  roving();
  tick();
})();
