// What every part of the page uses: the view, elements, calls and times. Data only ever becomes text.

export const $ = (id) => document.getElementById(id);
export const GUESTS = [
  { name: "Ana Pereira", phone: "+16505550111" },
  { name: "Jonas Weber", phone: "+16505550122" },
  { name: "Mei Tanaka", phone: "+16505550133" },
];

export const view = {
  page: null, guest: GUESTS[0].phone, medium: "whatsapp", handset: null,
  conversations: [], chosen: null, messages: [], clock: null, failures: 0, planAsked: 0,
  refresh: null, // Reads everything anew: set by app.js.
  seen: new Map(), drawn: new Map(), atEnd: new Map(), held: new Set(), steps: new Set(), named: new Set(),
};

/** An element with properties, and children that are elements or texts. */
export function el(tag, properties = {}, ...children) {
  const { data, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, data);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Draws `place` anew, only if what it shows has changed: focus and selection stay where they are. */
export function draw(place, shown, children) {
  const mark = JSON.stringify(shown);
  if (view.drawn.get(place) === mark) return;
  view.drawn.set(place, mark);
  const follow = view.atEnd.get(place) ?? true;
  place.replaceChildren(...children());
  if (follow) place.scrollTop = place.scrollHeight;
}

/** Lets `place` stay at its end, through new messages and new sizes, unless someone has scrolled up. */
export function keepAtEnd(place) {
  place.addEventListener("scroll", () => {
    view.atEnd.set(place, place.scrollHeight - place.scrollTop - place.clientHeight < 60);
  });
  new ResizeObserver(() => { if (view.atEnd.get(place) ?? true) place.scrollTop = place.scrollHeight; }).observe(place);
}

/** Lets a field be as high as its text. */
export function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

// ---- Calls ----

export class Refused extends Error {}

export async function call(method, path, body) {
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

export function complain(error) {
  const words = error instanceof Refused ? error.message : "Transom does not answer. Is it still running in the terminal?";
  $("alert").textContent = words;
  $("alert").hidden = false;
  clearTimeout(complain.timer);
  if (error instanceof Refused) complain.timer = setTimeout(() => { $("alert").hidden = true; }, 8000);
}

/** Runs what a control does, with the control out of use meanwhile. */
export async function act(control, work) {
  control.disabled = true;
  try { await work(); await view.refresh(); } catch (error) { complain(error); } finally { control.disabled = false; }
}

// ---- Time ----

export const now = () => (view.clock ? view.clock.at + (performance.now() - view.clock.read) : Date.now());
export const setClock = (iso) => { view.clock = { at: Date.parse(iso), read: performance.now() }; };
export const hour = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
export const day = (at) => new Date(at).toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" });

export function span(ms) {
  const seconds = Math.max(0, Math.floor(Math.abs(ms) / 1000));
  const [d, h, m, s] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  if (d) return `${d} d ${h} h`;
  if (h) return `${h} h ${m} min`;
  return m ? `${m} min ${s} s` : `${s} s`;
}
