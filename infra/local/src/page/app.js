// The page's one script: polls every second, shows both sides, sends what is written. Data only ever becomes text.

const $ = (id) => document.getElementById(id);
const DAY = 24 * 3600 * 1000;
const GUESTS = [
  { name: "Ana Pereira", phone: "+16505550111" },
  { name: "Jonas Weber", phone: "+16505550122" },
  { name: "Mei Tanaka", phone: "+16505550133" },
];

const view = {
  page: null, guest: GUESTS[0].phone, medium: "whatsapp", handset: null,
  conversations: [], chosen: null, messages: [], clock: null, failures: 0, planAsked: 0,
  seen: new Map(), drawn: new Map(), atEnd: new Map(), held: new Set(), steps: new Set(), named: new Set(),
};

/** An element with properties, and children that are elements or texts. */
function el(tag, properties = {}, ...children) {
  const { data, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, data);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Draws `place` anew, only if what it shows has changed: focus and selection stay where they are. */
function draw(place, shown, children) {
  const mark = JSON.stringify(shown);
  if (view.drawn.get(place) === mark) return;
  view.drawn.set(place, mark);
  const follow = view.atEnd.get(place) ?? true;
  place.replaceChildren(...children());
  if (follow) place.scrollTop = place.scrollHeight;
}

/** Lets `place` stay at its end, through new messages and new sizes, unless someone has scrolled up. */
function keepAtEnd(place) {
  place.addEventListener("scroll", () => {
    view.atEnd.set(place, place.scrollHeight - place.scrollTop - place.clientHeight < 60);
  });
  new ResizeObserver(() => { if (view.atEnd.get(place) ?? true) place.scrollTop = place.scrollHeight; }).observe(place);
}

// ---- Calls ----

class Refused extends Error {}

async function call(method, path, body) {
  const headers = {};
  if (path.startsWith("/v1/")) headers.authorization = `Bearer ${view.page.token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  if (path === "/v1/messages") headers["idempotency-key"] = `page-${Date.now()}-${Math.random().toString(36).slice(2)}`;
  const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  let data = null;
  try { data = JSON.parse(text); } catch { /* An empty or foreign body: the status says enough. */ }
  if (answer.status === 401) view.page = null; // Started over with an empty state: another token.
  if (!answer.ok) throw new Refused(data?.detail ?? data?.error?.message ?? data?.title ?? `The answer was ${answer.status}.`);
  return data;
}

function complain(error) {
  const words = error instanceof Refused ? error.message : "Transom does not answer. Is it still running in the terminal?";
  $("alert").textContent = words;
  $("alert").hidden = false;
  clearTimeout(complain.timer);
  if (error instanceof Refused) complain.timer = setTimeout(() => { $("alert").hidden = true; }, 8000);
}

/** Runs what a control does, with the control out of use meanwhile. */
async function act(control, work) {
  control.disabled = true;
  try { await work(); await refresh(); } catch (error) { complain(error); } finally { control.disabled = false; }
}

// ---- Time ----

const now = () => (view.clock ? view.clock.at + (performance.now() - view.clock.read) : Date.now());
const setClock = (iso) => { view.clock = { at: Date.parse(iso), read: performance.now() }; };
const hour = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const day = (at) => new Date(at).toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" });

function span(ms) {
  const seconds = Math.max(0, Math.floor(Math.abs(ms) / 1000));
  const [d, h, m, s] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  if (d) return `${d} d ${h} h`;
  if (h) return `${h} h ${m} min`;
  return m ? `${m} min ${s} s` : `${s} s`;
}

function drawClock() {
  const at = new Date(now());
  $("now").textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  $("now").dateTime = at.toISOString();
  $("now-day").textContent = day(at);
  drawWindow();
}

// ---- The phone ----

/** The thread of the chosen app: of several numbers, the one used last. */
function threadOf(medium) {
  const threads = view.handset?.threads.filter((thread) => thread.medium === medium) ?? [];
  const last = (thread) => thread.messages.at(-1)?.at ?? "";
  return threads.reduce((best, thread) => (best && last(best) >= last(thread) ? best : thread), null);
}

function withLinks(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(/(?:https?:\/\/)?wa\.me\/\d+[^\s]*/g)) {
    const address = found[0].replace(/[.,;!)]+$/, "");
    parts.push(text.slice(from, found.index));
    const link = el("a", { href: address.startsWith("http") ? address : `https://${address}`, textContent: address });
    link.addEventListener("click", (event) => { event.preventDefault(); openLink(link.href); });
    parts.push(link);
    from = found.index + address.length;
  }
  return [...parts, text.slice(from)];
}

/** What tapping a wa.me link does on a phone: WhatsApp opens with the text written already. */
function openLink(href) {
  chooseThread("whatsapp");
  $("write-text").value = new URL(href).searchParams.get("text") ?? "";
  grow($("write-text"));
  $("write-text").focus();
}

const TICKS = { sent: ["✓", "sent"], delivered: ["✓✓", "delivered"], read: ["✓✓", "read"] };

function ticks(state) {
  const [marks, words] = TICKS[state] ?? [];
  if (!marks) return null;
  return el("span", {}, el("span", { className: `ticks ${state}`, textContent: marks, ariaHidden: "true" }), el("span", { className: "quiet", textContent: words }));
}

function drawHandset() {
  const thread = threadOf(view.medium);
  $("peer-number").textContent = thread?.with ?? "";
  if (!$("reach").disabled) $("reach").checked = view.handset?.on_whatsapp ?? true;
  $("screen").classList.toggle("sms-thread", view.medium === "sms");
  const messages = thread?.messages ?? [];
  draw($("screen"), [view.guest, view.medium, messages], () => {
    if (!messages.length) {
      const words = view.medium === "sms" ? "No SMS yet. To see one: untick “Reachable on WhatsApp”, write, and let the window close unanswered." : "No messages yet. Write something below, as if you were the guest.";
      return [el("p", { className: "hint", textContent: words })];
    }
    const rows = [];
    let shownDay = "";
    messages.forEach((message, index) => {
      if (day(message.at) !== shownDay) rows.push(el("span", { className: "day", textContent: shownDay = day(message.at) }));
      const meta = el("span", { className: "meta" }, hour(message.at), message.from === "customer" && view.medium === "whatsapp" ? ticks(message.ticks) : null);
      rows.push(el("div", { className: `bubble ${message.from}` }, ...withLinks(message.text), meta));
      const answered = messages.slice(index + 1).some((later) => later.kind === "button" && message.buttons.includes(later.text));
      if (message.buttons.length && !answered) {
        rows.push(el("div", { className: "taps" }, ...message.buttons.map((label) => {
          const button = el("button", { type: "button", textContent: label });
          button.addEventListener("click", () => act(button, () => say({ button: label, of: message.id })));
          return button;
        })));
      }
    });
    return rows;
  });
  for (const medium of ["whatsapp", "sms"]) {
    const key = `${view.guest} ${medium}`;
    const count = threadOf(medium)?.messages.filter((message) => message.from !== "customer").length ?? 0;
    if (medium === view.medium || !view.seen.has(key)) view.seen.set(key, count);
    $(`tab-${medium}`).querySelector(".dot").hidden = count <= view.seen.get(key);
  }
}

function chooseThread(medium) {
  view.medium = medium;
  for (const tab of document.querySelectorAll("[data-thread]")) {
    const chosen = tab.dataset.thread === medium;
    tab.ariaSelected = String(chosen);
    tab.tabIndex = chosen ? 0 : -1;
  }
  $("screen").setAttribute("aria-labelledby", `tab-${medium}`);
  view.drawn.delete($("screen"));
  view.atEnd.delete($("screen"));
  drawHandset();
}

async function say(what) {
  const guest = encodeURIComponent(view.guest);
  const known = GUESTS.find((one) => one.phone === view.guest);
  if (known && !view.named.has(view.guest)) {
    await call("POST", `/outside/customers/${guest}`, { name: known.name });
    view.named.add(view.guest);
  }
  // Who writes on WhatsApp is on WhatsApp (again).
  if (view.medium === "whatsapp" && view.handset?.on_whatsapp === false) await call("POST", `/outside/customers/${guest}`, { on_whatsapp: true });
  const thread = threadOf(view.medium);
  await call("POST", `/outside/customers/${guest}/messages`, { to: thread?.alias ?? thread?.with, medium: view.medium, ...what });
  view.follow = view.guest;
}

async function chooseGuest(phone) {
  view.guest = phone;
  view.follow = phone;
  view.handset = null;
  await refresh().catch(complain);
}

// ---- The business ----

const address = (conversation) => conversation.contact?.addresses?.find((one) => one.kind === "phone")?.value ?? conversation.contact?.addresses?.[0]?.value ?? "";
const nameOf = (conversation) => conversation.contact?.name || address(conversation) || "Guest";
const chosen = () => view.conversations.find((one) => one.id === view.chosen) ?? null;
const mediumOf = (conversation) => view.page?.channels.find((one) => one.id === conversation.channel)?.medium ?? "whatsapp";

const STATES = { initiated: ["We wrote first", ""], active: ["Active", "good"], expired: ["Expired", ""], closed: ["Closed", ""], archived: ["Archived", ""] };

/** How a conversation stands, in a word or two, and the colour for it. */
function standing(conversation) {
  if (conversation.contact?.opted_out) return ["Opted out", "bad"];
  if (conversation.waiting_for_answer) return ["Unanswered", "wait"];
  return STATES[conversation.state] ?? [conversation.state, ""];
}

function drawList() {
  $("nobody").hidden = view.conversations.length > 0;
  document.querySelector(".desk").classList.toggle("nobody", !view.conversations.length);
  $("conversation").hidden = !chosen();
  const shown = view.conversations.map((one) => [one.id, one.id === view.chosen, nameOf(one), one.last_activity_at, standing(one), one.channel]);
  draw($("conversations"), shown, () => view.conversations.map((one) => {
    const [words, tone] = standing(one);
    const medium = mediumOf(one) === "sms" ? "SMS" : "WhatsApp";
    const time = el("time", { textContent: one.last_activity_at ? hour(one.last_activity_at) : "" });
    const button = el("button", { type: "button", ariaCurrent: String(one.id === view.chosen) },
      el("span", { className: "name" }, el("span", { textContent: nameOf(one) }), time),
      el("span", { className: "sub" }, `${medium} · `, el("span", { className: tone, textContent: words })));
    button.addEventListener("click", () => { view.chosen = one.id; view.follow = null; view.atEnd.delete($("thread")); refresh().catch(complain); });
    return el("li", {}, button);
  }));
}

/** `left`: the time to the window's end; `closing`: too little of it to write freely. */
function windowWords({ channel, contact, waiting_for_answer: waits, window: gap }, left, closing) {
  if (mediumOf({ channel }) === "sms") return contact?.opted_out ? "No window: this is SMS." : "An SMS may be sent at any time.";
  if (left === null) return "No 24-hour window: the guest has not written yet.";
  if (left > 0 && closing) return `Window closes in ${span(left)}: too near to send freely.`;
  if (left > 0 && !gap.open) return `Window closes in ${span(left)}.`;
  if (left > 0) return `Window open: free to write for another ${span(Date.parse(gap.free_until) - now())}.`;
  const invited = view.messages.some((one) => one.purpose === "window_template" && one.at >= gap.closes_at);
  const soon = waits && !invited && !contact?.opted_out && left > -3 * 60_000;
  return `Window closed ${span(left)} ago.${soon ? " Within three minutes a template follows by itself." : ""}`;
}

function drawWindow() {
  const conversation = chosen();
  if (!conversation) return;
  const { window: gap } = conversation;
  $("who").textContent = nameOf(conversation);
  const [words, tone] = standing(conversation);
  $("state").textContent = words;
  $("state").className = `tag ${tone}`;
  const isSms = mediumOf(conversation) === "sms";
  $("template").hidden = isSms;
  const left = gap?.closes_at ? Date.parse(gap.closes_at) - now() : null;
  const closing = left > 0 && gap.free_until && now() >= Date.parse(gap.free_until);
  const kind = isSms ? "sms" : left > 0 ? (closing ? "closing" : "open") : "closed";
  $("window").className = `window ${kind}`;
  $("window-bar").style.width = `${isSms ? 0 : Math.max(0, Math.min(100, (100 * (left ?? 0)) / DAY))}%`;
  $("window-words").textContent = windowWords(conversation, left, closing);
  $("window-why").textContent = gap?.why ?? "";
  $("window-why").hidden = !gap?.why;
}

function contentWords(content) {
  if (!content) return "[cannot be opened any more]";
  switch (content.type) {
    case "text": return content.body;
    case "button": return content.text ?? content.payload ?? "Tapped a button";
    case "reaction": return content.emoji ? `Reacted ${content.emoji}` : "Took a reaction back";
    case "interactive": return content.title ?? content.body ?? "Answered a question";
    case "media": return [`[${content.voice ? "voice note" : content.kind}]`, content.filename, content.caption].filter(Boolean).join(" ");
    case "location": return ["[location]", content.name, content.address, `${content.latitude}, ${content.longitude}`].filter(Boolean).join(" ");
    case "contacts": return ["[contact]", ...content.contacts.map((card) => card?.name?.formatted_name)].filter(Boolean).join(" ");
    case "system": return content.body ?? `[notice] ${content.kind ?? ""}`;
    case "edit": return "[changed an earlier message]";
    case "revoke": return "[took an earlier message back]";
    case "unsupported": return `[WhatsApp could not hand this over${content.kind ? `: ${content.kind}` : ""}]`;
    case "opaque": return `[${content.kind ?? "message"}: not known yet, kept whole]`;
    case "template": {
      const filled = Object.entries(content.values ?? {}).map(([name, value]) => `${name}: ${value}`).join(", ");
      return `Template “${content.name}”${filled ? ` (${filled})` : ""}`;
    }
    default: return `[${content.type}]`;
  }
}

const WAYS = { free_form: "WhatsApp", template: "Template", sms: "SMS" };
const PURPOSES = { window_template: "sent by Transom", sms_invite: "sent by Transom" };
const DELIVERIES = {
  queued: ["Queued", ""], held: ["Held", "wait"], sending: ["Sending", ""], unknown: ["No answer from the provider yet", "wait"],
  accepted: ["Accepted", "good"], sent: ["✓ Sent", "good"], delivered: ["✓✓ Delivered", "good"], read: ["✓✓ Read", "good"],
  failed: ["Failed", "bad"], refused: ["Not sent", "bad"], expired: ["Expired", "bad"], cancelled: ["Withdrawn", ""],
  undetermined: ["Never confirmed", "bad"],
};

function drawThread() {
  // Steps of the ladder have their place at the window's end; people read in the order of time.
  const oldestFirst = [...view.messages].reverse().sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  draw($("thread"), [view.chosen, oldestFirst], () => {
    const rows = [];
    let shownDay = "";
    for (const message of oldestFirst) {
      if (day(message.at) !== shownDay) rows.push(el("span", { className: "day", textContent: shownDay = day(message.at) }));
      const out = message.direction === "outbound";
      const { state } = message;
      const [words, tone] = DELIVERIES[state] ?? [state, ""];
      const facts = el("div", { className: "facts" }, hour(message.at));
      if (out && message.way) facts.append(el("span", { className: "tag", textContent: WAYS[message.way] ?? message.way }));
      if (out && words) facts.append(el("span", { className: `tag ${tone}`, textContent: words }));
      if (out && PURPOSES[message.purpose]) facts.append(PURPOSES[message.purpose]);
      if (message.from_phone_app) facts.append("from the phone app");
      const why = out && message.reason?.in_words ? el("p", { className: "why", textContent: message.reason.in_words }) : null;
      const failure = message.failure ? el("p", { className: "why bad", textContent: `It failed: ${message.failure.in_words} (${message.failure.code}).` }) : null;
      rows.push(el("article", { className: `item ${message.direction} ${tone === "bad" ? "failed" : state}` },
        el("div", { className: "body", textContent: message.rendered ?? contentWords(message.content) }), facts, why, failure));
    }
    return rows;
  });
}

const PLANS = { go: { free_form: "Goes now as a WhatsApp message.", template: "Goes now as a template.", sms: "Goes now as an SMS." } };

async function drawPlan() {
  const conversation = chosen();
  if (!conversation) return;
  const asked = ++view.planAsked;
  const plan = await call("POST", "/v1/plan", order({ type: "text", body: $("answer-text").value.trim() || "…" }));
  if (asked !== view.planAsked) return;
  const lead = plan.plan === "go" ? PLANS.go[plan.way] ?? "Goes now." : plan.plan === "wait" ? "Will be held." : "Cannot be sent.";
  $("plan").className = `plan ${plan.plan}`;
  const words = [lead, plan.reason?.in_words].filter(Boolean).join(" ");
  if ($("plan-words").textContent !== words) $("plan-words").textContent = words;
}

const order = (content) => ({ channel: chosen().channel, to: { conversation: chosen().id }, content, via: "auto" });

function templateContent() {
  const values = {};
  for (const line of $("template-values").value.split("\n")) {
    const [name, ...rest] = line.split("=");
    if (name.trim() && rest.length) values[name.trim()] = rest.join("=").trim();
  }
  return { type: "template", name: $("template-name").value.trim(), language: $("template-language").value.trim(), values };
}

// ---- First steps ----

function drawSteps() {
  for (const message of view.messages) {
    if (message.state === "held") view.held.add(message.id);
    if (view.held.has(message.id) && ["accepted", "sent", "delivered", "read"].includes(message.state)) view.steps.add(3);
  }
  if (view.conversations.some((one) => one.window?.closes_at)) view.steps.add(1);
  if (view.conversations.some((one) => one.window?.closes_at && Date.parse(one.window.closes_at) <= now())) view.steps.add(2);
  const next = [1, 2, 3].find((step) => !view.steps.has(step));
  for (const step of [1, 2, 3]) $(`step-${step}`).className = view.steps.has(step) ? "done" : step === next ? "next" : "";
  try { sessionStorage.setItem("steps", JSON.stringify([...view.steps])); } catch { /* Kept for this view only. */ }
}

// ---- The loop ----

async function refresh() {
  view.page ??= await call("GET", "/local/page");
  const guest = view.guest;
  const [clock, handset, list] = await Promise.all([
    call("GET", "/local/clock"),
    call("GET", `/outside/handset/${encodeURIComponent(guest)}`),
    call("GET", "/v1/conversations"),
  ]);
  setClock(clock.now);
  if (guest === view.guest) view.handset = handset;
  view.conversations = list.data;
  const followed = view.follow && view.conversations.find((one) => one.contact?.addresses?.some((a) => a.value === view.follow));
  if (followed) view.chosen = followed.id;
  if (!chosen()) view.chosen = view.conversations[0]?.id ?? null;
  const open = view.chosen;
  const messages = open ? (await call("GET", `/v1/conversations/${open}/messages`)).data : [];
  if (open === view.chosen) view.messages = messages;
  drawClock();
  drawHandset();
  drawList();
  drawThread();
  drawSteps();
  await drawPlan();
}

async function poll() {
  try {
    await refresh();
    if (view.failures) $("alert").hidden = true;
    view.failures = 0;
  } catch (error) {
    view.failures += 1;
    if (view.failures > 1) complain(error);
  }
  setTimeout(poll, 1000);
}

// ---- Controls ----

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

keepAtEnd($("screen"));
keepAtEnd($("thread"));

for (const area of [$("write-text"), $("answer-text")]) {
  area.addEventListener("input", () => grow(area));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      area.form.requestSubmit();
    }
  });
}

function onSend(form, area, send) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = area.value.trim();
    if (!text) return area.focus();
    act(form.querySelector("[type=submit], .row button"), async () => {
      await send(text);
      area.value = "";
      grow(area);
    });
  });
}

onSend($("write"), $("write-text"), (text) => say({ text }));
onSend($("answer"), $("answer-text"), (body) => call("POST", "/v1/messages", order({ type: "text", body })));
$("template-send").addEventListener("click", (event) => act(event.currentTarget, () => call("POST", "/v1/messages", order(templateContent()))));

let typed;
$("answer-text").addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(() => drawPlan().catch(complain), 200);
});

$("template-name").addEventListener("change", () => {
  const known = view.page?.templates?.find((one) => one.name === $("template-name").value);
  if (!known) return;
  $("template-language").value = known.language;
  $("template-values").value = known.variables.map((name) => `${name}=`).join("\n");
});
$("template-name").addEventListener("focus", () => {
  const names = [...new Set(view.page?.templates?.map((one) => one.name))];
  $("template-names").replaceChildren(...names.map((name) => el("option", { value: name })));
});

for (const button of document.querySelectorAll("[data-turn]")) {
  button.addEventListener("click", () => act(button, async () => {
    document.querySelector(".clock").classList.add("turning");
    try { setClock((await call("POST", "/local/clock", { advance: button.dataset.turn })).now); }
    finally { document.querySelector(".clock").classList.remove("turning"); }
  }));
}

$("reach").addEventListener("change", () => {
  const reachable = $("reach").checked;
  act($("reach"), () => call("POST", `/outside/customers/${encodeURIComponent(view.guest)}`, { on_whatsapp: reachable }));
});

const tabs = [...document.querySelectorAll("[data-thread]")];
for (const tab of tabs) {
  tab.addEventListener("click", () => chooseThread(tab.dataset.thread));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = tabs[(tabs.indexOf(tab) + 1) % tabs.length];
    chooseThread(other.dataset.thread);
    other.focus();
  });
}

for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", () => {
    document.body.dataset.side = button.dataset.show;
    for (const one of document.querySelectorAll("[data-show]")) one.ariaPressed = String(one === button);
  });
}

const OTHER = "other";
$("guest").append(...GUESTS.map((one) => el("option", { value: one.phone, textContent: one.name })), el("option", { value: OTHER, textContent: "Another number…" }));
$("guest").addEventListener("change", () => {
  $("other").hidden = $("guest").value !== OTHER;
  if ($("guest").value === OTHER) $("other-phone").focus();
  else chooseGuest($("guest").value);
});
$("other").addEventListener("submit", (event) => {
  event.preventDefault();
  const phone = $("other-phone").value.replace(/[^\d+]/g, "");
  if (!/^\+[1-9]\d{6,14}$/.test(phone)) return complain(new Refused("A number needs its country code, written with a plus sign: +16505550123."));
  if (![...$("guest").options].some((one) => one.value === phone)) $("guest").options[GUESTS.length].before(el("option", { value: phone, textContent: phone }));
  $("guest").value = phone;
  $("other").hidden = true;
  chooseGuest(phone);
});

try { for (const step of JSON.parse(sessionStorage.getItem("steps") ?? "[]")) view.steps.add(step); } catch { /* Starts afresh. */ }
setInterval(drawClock, 1000);
poll();
