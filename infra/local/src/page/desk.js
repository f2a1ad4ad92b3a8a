// The business’s side: its conversations, the window of the chosen one, the messages, and how an answer would go.

import { $, call, complain, day, draw, el, hour, now, span, view } from "./base.js";

const DAY_MS = 24 * 3600 * 1000;

const address = (conversation) => conversation.contact?.addresses?.find((one) => one.kind === "phone")?.value ?? conversation.contact?.addresses?.[0]?.value ?? "";
const nameOf = (conversation) => conversation.contact?.name || address(conversation) || "Guest";
export const chosen = () => view.conversations.find((one) => one.id === view.chosen) ?? null;
export const mediumOf = (conversation) => view.page?.channels.find((one) => one.id === conversation.channel)?.medium ?? "whatsapp";

const STATES = { initiated: ["We wrote first", ""], active: ["Active", "good"], expired: ["Expired", ""], closed: ["Closed", ""], archived: ["Archived", ""] };

/** How a conversation stands, in a word or two, and the colour for it. */
function standing(conversation) {
  if (conversation.contact?.opted_out) return ["Opted out", "bad"];
  if (conversation.waiting_for_answer) return ["Unanswered", "wait"];
  return STATES[conversation.state] ?? [conversation.state, ""];
}

export function drawList() {
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
    button.addEventListener("click", () => { view.chosen = one.id; view.follow = null; view.atEnd.delete($("thread")); view.refresh().catch(complain); });
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

export function drawWindow() {
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
  $("window-bar").style.width = `${isSms ? 0 : Math.max(0, Math.min(100, (100 * (left ?? 0)) / DAY_MS))}%`;
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

export function drawThread() {
  // Steps of the ladder have their place at the window's end; people read in the order of time.
  const oldestFirst = [...view.messages].reverse().sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  draw($("thread"), [view.chosen, oldestFirst], () => {
    const rows = [];
    let shownDay = "";
    for (const message of oldestFirst) {
      if (day(message.at) !== shownDay) rows.push(el("span", { className: "day", textContent: shownDay = day(message.at) }));
      const out = message.direction === "outbound";
      const { state } = message;
      const [words, tone] = message.unreported ? ["Accepted, never reported on", "wait"] : DELIVERIES[state] ?? [state, ""];
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

export async function drawPlan() {
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

export const order = (content) => ({ channel: chosen().channel, to: { conversation: chosen().id }, content, via: "auto" });

export function templateContent() {
  const values = {};
  for (const line of $("template-values").value.split("\n")) {
    const [name, ...rest] = line.split("=");
    if (name.trim() && rest.length) values[name.trim()] = rest.join("=").trim();
  }
  return { type: "template", name: $("template-name").value.trim(), language: $("template-language").value.trim(), values };
}
