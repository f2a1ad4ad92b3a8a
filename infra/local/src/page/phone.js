// The guest’s phone: its two threads, what is written on it, and whose it is.

import { $, GUESTS, act, call, complain, day, draw, el, grow, hour, view } from "./base.js";

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

export function drawHandset() {
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

export function chooseThread(medium) {
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

export async function say(what) {
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

export async function chooseGuest(phone) {
  view.guest = phone;
  view.follow = phone;
  view.handset = null;
  await view.refresh().catch(complain);
}
