// The state of the rule sets, live. All texts are set as text, never as markup.
"use strict";

const texts = {
  id: {
    sets: "Perangkat aturan", set: "Nama", standing: "Keadaan", digest: "Digest aturan", since: "Aktif sejak",
    attempted: "Terakhir dicoba", cases: "Kasus uji lulus", events: "Perubahan", token: "Token", send: "Kirim",
    fresh: "mutakhir", stale: "basi: aturan terakhir yang benar dipakai", failed: "belum pernah benar",
    events_: "perubahan berkas diberitahukan sistem", polling: "berkas dilihat berkala", by_hand: "berkas tidak diamati",
    stopped: "pengamat berhenti", lost: "sambungan ke layanan putus; dicoba lagi", wrong: "token ditolak",
    activated: "aktif", refused: "ditolak", testing: "sedang diuji", mended: "pulih", removed: "dihapus", source: "folder aturan", watching: "pengamatan",
    testing_: "perubahannya sedang diuji sejak", unsealed: "segelnya dilepas", not_read: "Tidak dibaca",
  },
  en: {
    sets: "Rule sets", set: "Name", standing: "Standing", digest: "Rules digest", since: "Active since",
    attempted: "Last attempt", cases: "Cases passed", events: "Changes", token: "Token", send: "Send",
    fresh: "fresh", stale: "stale: the last good rules are used", failed: "never in order",
    events_: "the system tells of changed files", polling: "files are looked at now and then", by_hand: "files are not watched",
    stopped: "the watcher stopped", lost: "the connection to the service is lost; trying again", wrong: "the token was refused",
    activated: "active", refused: "refused", testing: "being tested", mended: "mended", removed: "removed", source: "folder of rules", watching: "watching",
    testing_: "its change is being tested since", unsealed: "its seal was taken away", not_read: "Not read",
  },
};

let lang = navigator.language.toLowerCase().startsWith("en") ? "en" : "id";
let token = "";
let last = "";
const seen = [];

const byId = (id) => document.getElementById(id);
const say = (word) => texts[lang][word] ?? word;

function make(tag, text, kind) {
  const element = document.createElement(tag);
  if (text !== undefined && text !== null) element.textContent = text;
  if (kind) element.className = kind;
  return element;
}

function headers(more) {
  const all = { "Accept-Language": lang, ...more };
  if (token) all.Authorization = `Bearer ${token}`;
  return all;
}

function time(stamp) {
  return stamp ? new Date(stamp).toLocaleString(lang) : "–";
}

function trouble(text) {
  byId("trouble").hidden = !text;
  byId("trouble").textContent = text ?? "";
}

function show(status) {
  trouble(status.trouble);
  const by = status.watching.by === "events" ? "events_" : status.watching.by;
  byId("watching").textContent = say(by) + (status.watching.why ? ` (${status.watching.why})` : "");
  byId("sets").replaceChildren(...status.rule_sets.map((own) => {
    const row = document.createElement("tr");
    const name = make("td");
    name.append(make("strong", own.rule_set));
    if (own.title) name.append(make("div", own.title[lang]), make("div", own.status_note[lang], "note"));
    const standing = make("td");
    standing.append(make("span", say(own.standing), own.standing));
    if (own.testing_since) standing.append(make("div", `${say("testing_")} ${time(own.testing_since)}`, "note"));
    if (own.unsealed) standing.append(make("div", say("unsealed"), "note"));
    if (own.trouble) {
      standing.append(make("div", own.trouble.summary, "note"));
      for (const found of own.trouble.diagnostics) {
        const place = found.places[0];
        const where = place ? `${place.path}:${place.line}:${place.column}\n` : "";
        const help = found.help ? `\n= ${found.help}` : "";
        standing.append(make("pre", `${found.code} ${where}${found.message}${help}`));
      }
    }
    const digest = make("td");
    digest.append(make("code", own.rules_digest ? own.rules_digest.slice(0, 12) : "–"));
    row.append(name, standing, digest, make("td", time(own.active_since)), make("td", time(own.attempted)), make("td", own.cases ?? "–"));
    return row;
  }));
  byId("unread").hidden = status.not_read.length === 0;
  byId("not_read").replaceChildren(...status.not_read.map((own) => {
    const item = make("li");
    item.append(make("code", own.path), make("div", own.message), make("div", own.help, "note"));
    return item;
  }));
}

function showEvents() {
  byId("events").replaceChildren(...seen.map((event) => {
    const parts = [time(event.at), say(event.event), event.rule_set, event.rules_digest?.slice(0, 12), event.why];
    return make("li", parts.filter(Boolean).join(" · "));
  }));
}

async function refresh() {
  const answer = await fetch("v1/status", { headers: headers() });
  if (answer.status === 401) throw new Error("token");
  if (!answer.ok) throw new Error(`${answer.status}`);
  show(await answer.json());
}

async function listen() {
  const more = last ? { "Last-Event-ID": last } : {};
  const answer = await fetch("v1/events", { headers: headers(more) });
  if (answer.status === 401) throw new Error("token");
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error("end");
    text += value;
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      const block = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const data = block.filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n");
      if (!data) continue;
      const event = JSON.parse(data);
      last = `${event.number}`;
      seen.unshift(event);
      seen.length = Math.min(seen.length, 50);
      showEvents();
      await refresh();
    }
  }
}

async function run() {
  for (;;) {
    try {
      await refresh();
      byId("ask").hidden = true;
      await listen();
    } catch (error) {
      if (error.message === "token") {
        trouble(token ? say("wrong") : "");
        byId("ask").hidden = false;
        await new Promise((resolve) => { byId("ask").onsubmit = (event) => { event.preventDefault(); token = byId("token").value.trim(); resolve(); }; });
      } else {
        trouble(say("lost"));
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }
}

function translate() {
  document.documentElement.lang = lang;
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  showEvents();
}

for (const button of document.querySelectorAll("[data-lang]")) {
  button.onclick = () => { lang = button.dataset.lang; translate(); refresh().catch(() => {}); };
}
translate();
run();
