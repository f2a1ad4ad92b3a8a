// Starts the page: polls every second, draws both sides, and sends what is written.

import { $, GUESTS, Refused, act, call, complain, day, el, grow, keepAtEnd, now, setClock, view } from "./base.js";
import { chosen, drawList, drawPlan, drawThread, drawWindow, mediumOf, order, templateContent } from "./desk.js";
import { chooseGuest, chooseThread, drawHandset, say } from "./phone.js";
import "./rehearse.js";

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

function drawClock() {
  const at = new Date(now());
  $("now").textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  $("now").dateTime = at.toISOString();
  $("now-day").textContent = day(at);
  drawWindow();
}

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
  const followable = view.conversations.filter((one) => one.contact?.addresses?.some((a) => a.value === view.follow));
  const followed = followable.find((one) => mediumOf(one) === view.medium) ?? followable[0];
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
view.refresh = refresh;
setInterval(drawClock, 1000);
poll();
