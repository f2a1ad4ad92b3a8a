// Rehearsing a ladder: what would have gone out under it, in a table, and how customers would have been answered, in a picture.

import { $, Refused, call, complain, day, el, hour, now, view } from "./base.js";

const WAYS = { free_form: "WhatsApp", template: "Template", sms: "SMS" };
const ACTIONS = {
  answer: "Answers", remind: "Reminder", notify: "Notice", holding_message: "Holding message", send_template: "Template",
  sms_invite: "Invitation", sms_content: "Held answers by SMS", give_up: "Ticket",
};
const TURNS = [["in_window", "In the window"], ["after_window", "After it"], ["by_another_way", "Another way"], ["never", "Never"]];
const DAY_MS = 24 * 3600 * 1000;
const SVG = "http://www.w3.org/2000/svg";

let shown = null;

/** An element of a picture, with attributes. */
function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A length of time in words for a table. */
function lasting(seconds) {
  if (seconds === null) return "–";
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

function money(amounts, unpriced) {
  const words = amounts.map((one) => `${one.amount} ${one.currency}`);
  if (unpriced) words.push(`${unpriced} without a price`);
  return words.join(" + ") || "nothing";
}

// ---- The picture ----

/** Bars side by side: how many waits ended which way, now and rehearsed. */
function picture({ current, rehearsed }) {
  const width = Math.max(300, Math.min(640, $("rehearse-picture").clientWidth || 640));
  const [height, top, bottom] = [220, 26, 24];
  const most = Math.max(1, ...TURNS.flatMap(([name]) => [current.turns[name], rehearsed.turns[name]]));
  const each = width / TURNS.length;
  const bar = Math.min(46, each / 2 - 8);
  const scale = (height - top - bottom) / most;
  const words = TURNS.map(([name, label]) => `${label}: ${current.turns[name]} now, ${rehearsed.turns[name]} rehearsed`).join("; ");
  const chart = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Turns answered. ${words}.`, class: "chart" });
  chart.append(svg("line", { x1: 0, x2: width, y1: height - bottom, y2: height - bottom, class: "axis" }));
  TURNS.forEach(([name, label], place) => {
    const middle = each * (place + 0.5);
    for (const [kind, report, left] of [["now", current, middle - bar - 2], ["then", rehearsed, middle + 2]]) {
      const count = report.turns[name];
      const tall = Math.max(count ? 2 : 0, count * scale);
      const y = height - bottom - tall;
      chart.append(svg("rect", { x: left, y, width: bar, height: tall, rx: 3, class: `turn ${name} ${kind}` }));
      chart.append(svg("text", { x: left + bar / 2, y: y - 5, class: "count" }, String(count)));
    }
    chart.append(svg("text", { x: middle, y: height - 7, class: "label" }, label));
  });
  return chart;
}

// ---- The table ----

const keyOf = (row) => JSON.stringify([row.step, row.action, row.way, row.not_sent ?? false]);

function cell(row) {
  if (!row) return el("td", { className: "none", textContent: "–" });
  const cost = row.way ? money(row.cost, row.unpriced) : "";
  const first = `${day(row.first)} ${hour(row.first)}`;
  const last = `${day(row.last)} ${hour(row.last)}`;
  const when = first === last ? first : `${first} to ${last}`;
  return el("td", {}, el("b", { textContent: String(row.count) }), cost ? el("span", { className: "cost", textContent: cost }) : "",
    el("span", { className: "when", textContent: when }));
}

function table({ current, rehearsed }) {
  // People's answers first, then the steps of both ladders.
  const all = [...current.rows, ...rehearsed.rows];
  const inOrder = [...all.filter((row) => !row.step), ...all.filter((row) => row.step)];
  const rows = new Map(inOrder.map((row) => [keyOf(row), row]));
  const found = (report, key) => report.rows.find((row) => keyOf(row) === key);
  const body = [...rows].map(([key, row]) => {
    const way = row.not_sent ? "not sent: it could not go" : WAYS[row.way] ?? "told to staff or programs";
    const name = el("th", { scope: "row" }, el("b", { textContent: row.step ?? ACTIONS.answer }),
      el("span", { className: "when", textContent: [...new Set([row.step ? ACTIONS[row.action] ?? row.action : way, way])].join(" · ") }));
    return el("tr", {}, name, cell(found(current, key)), cell(found(rehearsed, key)));
  });
  const total = (label, of) => el("tr", { className: "total" }, el("th", { scope: "row", textContent: label }),
    el("td", { textContent: of(current) }), el("td", { textContent: of(rehearsed) }));
  const heads = ["What would have gone out", "Now", "Rehearsed"].map((textContent) => el("th", { scope: "col", textContent }));
  return el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...body), el("tfoot", {},
    total("Cost", (it) => money(it.cost, it.unpriced)),
    total("Answered after (half of them)", (it) => lasting(it.answered.median_seconds)),
    total("Answered after (95 of 100)", (it) => lasting(it.answered.p95_seconds)),
    total("Held answers: out, expired, waiting", (it) => `${it.held.released + it.held.by_sms}, ${it.held.expired}, ${it.held.still_held}`)));
}

function draw(found) {
  shown = found;
  const { turns } = found.current;
  const more = [turns.open && `${turns.open} were still open`, turns.closed && `${turns.closed} were closed by staff`].filter(Boolean);
  const open = more.length ? ` Besides, ${more.join(" and ")}.` : "";
  $("rehearse-words").textContent =
    `${found.conversations} conversation${found.conversations === 1 ? "" : "s"}, ${day(found.from)} to ${day(Date.parse(found.until) - 1)}.${open}`;
  $("rehearse-assumed").replaceChildren(...found.assumptions.map((textContent) => el("li", { textContent })));
  $("rehearse-result").hidden = false;
  $("rehearse-picture").replaceChildren(picture(found));
  $("rehearse-table").replaceChildren(table(found));
}

// ---- Asking ----

/** What an earlier rehearsal found must not stand under the words of this one. */
function clear() {
  shown = null;
  for (const part of ["rehearse-picture", "rehearse-table", "rehearse-assumed"]) $(part).replaceChildren();
  $("rehearse-result").hidden = true;
}

/** A bar of what is known of the way; without figures it only moves. */
function progress(count, all, words) {
  const bar = el("progress", { ariaLabel: words });
  if (all) [bar.max, bar.value] = [all, count];
  $("rehearse-words").replaceChildren(bar, ` ${words}`);
  $("rehearse-result").hidden = false;
}

async function done(job) {
  for (let waits = 300; job.state === "running"; ) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(5000, (waits *= 1.5))));
    job = await call("GET", `/v1/jobs/${job.id}`);
    const { conversations_done: count = 0, conversations_of: all, hours_done: hours = 0, hours_of: ofHours } = job.progress ?? {};
    if (all) progress(count, all, `${count} of ${all} conversations…`);
    else progress(hours, ofHours, `Reading hour ${hours} of ${ofHours ?? "…"}…`);
  }
  if (job.state === "failed") throw new Refused(`The rehearsal failed: ${job.why}`);
  return job.progress.report;
}

function asked() {
  let ladder;
  try { ladder = JSON.parse($("rehearse-ladder").value); }
  catch (error) { throw new Refused(`The ladder is not JSON: ${error.message}`); }
  const assume = { template: $("rehearse-template").value };
  const back = $("rehearse-back").value.trim();
  if (back && !/^\d+$/.test(back)) throw new Refused("The minutes until a guest comes back must be a whole number");
  if (back) assume.comes_back_after_minutes = Number(back);
  const log = $("rehearse-log").value.trim();
  if (log) return { ladder, assume, log };
  const day = (at) => new Date(at).toISOString().slice(0, 10);
  const days = Number($("rehearse-days").value);
  return { ladder, assume, from: day(now() - (days - 1) * DAY_MS), until: day(now()) };
}

async function ask(event) {
  event.preventDefault();
  const button = $("rehearse-go");
  button.disabled = true;
  try {
    const order = asked();
    clear();
    const answer = await call("POST", "/v1/ladder/rehearse", order);
    draw(answer.state ? await done(answer) : answer);
  } catch (error) { complain(error); } finally { button.disabled = false; }
}

async function prefill() {
  if (!$("rehearse").open || $("rehearse-ladder").value) return;
  view.page ??= await call("GET", "/local/page");
  $("rehearse-ladder").value = JSON.stringify(await call("GET", "/v1/ladder"), null, 2);
}

$("rehearse").addEventListener("toggle", () => prefill().catch(complain));
$("rehearse-file").addEventListener("change", async ({ target }) => {
  if (target.files[0]) $("rehearse-log").value = await target.files[0].text();
});
$("rehearse-form").addEventListener("submit", ask);
$("rehearse-anew").addEventListener("click", () => { $("rehearse-ladder").value = ""; prefill().catch(complain); });
new ResizeObserver(() => { if (shown) $("rehearse-picture").replaceChildren(picture(shown)); }).observe($("rehearse-result"));
