// Fields that help while one types: dates with the working-day calendar, names and searches with suggestions. All stay plain
// text fields: what is typed is sent, the server reads it. Follows app.js, whose helpers it uses.
"use strict";

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};
const fill = (input, text) => {
  input.value = text;
  for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, { bubbles: true }));
};
let serial = 0;

// --- days -----------------------------------------------------------------------------------------------------------

// Days are strings, 2012-09-01, and reckoned in UTC: no zone moves them.
const WEEK = "日一二三四五六";
const DAY_FORMS = [/^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/, /^(\d{4})年(\d{1,2})月(\d{1,2})日$/, /^(\d{4})(\d{2})(\d{2})$/];
const utc = (day) => new Date(`${day}T00:00:00Z`);
const iso = (moment) => moment.toISOString().slice(0, 10);
const plus = (day, days) => iso(new Date(utc(day).getTime() + days * 86400000));
const weekday = (day) => utc(day).getUTCDay();

function plusMonths(day, months) { // the same day of another month, or its last
  const [year, month, date] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return iso(new Date(Date.UTC(year, month - 1 + months, Math.min(date, last))));
}

// The day a text means; null where the server would not read one.
function dayOf(text) {
  const plain = text.normalize("NFKC").replace(/\s+/g, "");
  const found = DAY_FORMS.map((form) => form.exec(plain)).find(Boolean);
  if (!found) return null;
  const day = `${found[1]}-${found[2].padStart(2, "0")}-${found[3].padStart(2, "0")}`;
  const moment = utc(day);
  return Number.isNaN(moment.getTime()) || iso(moment) !== day ? null : day;
}

const years = new Map();
function marksOf(year) { // what the server's calendar says of a year; null where it says nothing
  if (!years.has(year)) {
    const asked = fetch(`${document.body.dataset.calendar}${year}.json`, { headers: { Accept: "application/json" } });
    years.set(year, asked.then((answer) => (answer.ok ? answer.json() : null)).catch(() => null));
  }
  return years.get(year);
}

const works = (day, marks) => marks.work.includes(day) || (weekday(day) % 6 !== 0 && !(day in marks.off));

function kindOf(day, marks) {
  if (marks.work.includes(day)) return "调休上班";
  if (day in marks.off) return `${marks.off[day]}放假，非工作日`;
  if (weekday(day) % 6 === 0) return "非工作日";
  let before = plus(day, -1);
  let holiday = "";
  for (; !works(before, marks) && before.slice(0, 4) === day.slice(0, 4); before = plus(before, -1)) if (before in marks.off) holiday ||= marks.off[before] || "假期";
  return holiday ? `${holiday}后首个工作日` : "工作日";
}

async function readDay(input) {
  const output = $("[data-reading]", input.closest(".field") ?? document.createElement("div"));
  if (!output) return;
  const day = dayOf(input.value);
  const marks = day && (await marksOf(day.slice(0, 4)));
  if (dayOf(input.value) !== day) return; // typed on meanwhile
  const kind = marks ? `，${kindOf(day, marks)}${marks.known ? "" : "（暂定）"}` : "";
  output.textContent = day ? `${day} 周${WEEK[weekday(day)]}${kind}` : "";
}

const MOVES = {
  ArrowLeft: (day) => plus(day, -1), ArrowRight: (day) => plus(day, 1), ArrowUp: (day) => plus(day, -7), ArrowDown: (day) => plus(day, 7),
  PageUp: (day, shift) => plusMonths(day, shift ? -12 : -1), PageDown: (day, shift) => plusMonths(day, shift ? 12 : 1),
  Home: (day) => plus(day, -((weekday(day) + 6) % 7)), End: (day) => plus(day, (7 - weekday(day)) % 7),
};
const PAGES = [["PageUp", true, "«", "上一年"], ["PageUp", false, "‹", "上月"], ["PageDown", false, "›", "下月"], ["PageDown", true, "»", "下一年"]];

async function drawMonth(popup, day, chosen) {
  const marks = (await marksOf(day.slice(0, 4))) ?? { known: false, off: {}, work: [] };
  const cells = [];
  const first = `${day.slice(0, 8)}01`;
  for (let one = MOVES.Home(first); one <= MOVES.End(plus(plusMonths(first, 1), -1)); one = plus(one, 1)) {
    const inside = one.slice(0, 7) === day.slice(0, 7);
    const kind = one in marks.off ? "off" : marks.work.includes(one) ? "makeup" : weekday(one) % 6 === 0 ? "weekend" : "";
    const cell = make("td", { role: "gridcell", "aria-selected": String(one === chosen), class: inside ? kind : "outside" });
    if (inside) {
      const label = `${Number(one.slice(5, 7))}月${Number(one.slice(8))}日 周${WEEK[weekday(one)]} ${kindOf(one, marks)}`;
      cell.append(make("button", { type: "button", "data-day": one, tabindex: one === day ? "0" : "-1", "aria-label": label }, String(Number(one.slice(8)))));
    }
    cells.push(cell);
  }
  const weeks = [];
  while (cells.length) weeks.push(make("tr", {}, ...cells.splice(0, 7)));
  popup.dataset.at = day;
  $(".calendar-title", popup).textContent = `${day.slice(0, 4)}年${Number(day.slice(5, 7))}月`;
  $("tbody", popup).replaceChildren(...weeks);
  $(".calendar-note", popup).textContent = marks.known ? "休＝放假，班＝调休上班" : `${day.slice(0, 4)}年放假安排尚未公布，工作日暂定`;
}

function calendarOf(input, opener) {
  const pages = PAGES.map(([key, shift, sign, label]) => make("button", { type: "button", "data-page": key, ...(shift ? { "data-year": "" } : {}), "aria-label": label }, sign));
  const title = make("strong", { class: "calendar-title", "aria-live": "polite" });
  const names = make("tr", {}, ..."一二三四五六日".split("").map((name) => make("th", { scope: "col", abbr: `周${name}` }, name)));
  const grid = make("table", { role: "grid" }, make("thead", {}, names), make("tbody"));
  const head = make("div", { class: "calendar-head" }, ...pages.slice(0, 2), title, ...pages.slice(2));
  const popup = make("div", { class: "calendar", role: "dialog", "aria-label": "选择日期" }, head, grid, make("p", { class: "calendar-note" }));
  const close = (back) => {
    popup.remove();
    opener.setAttribute("aria-expanded", "false");
    if (back) back.focus();
  };
  const choose = (day) => {
    fill(input, day);
    close(input);
  };
  const go = async (day, focus) => {
    await drawMonth(popup, day, dayOf(input.value));
    if (focus) $(`[data-day="${day}"]`, popup)?.focus();
  };
  popup.addEventListener("click", (event) => {
    const { day, page, year } = event.target.dataset;
    if (day) choose(day);
    if (page) go(MOVES[page](popup.dataset.at, year !== undefined), false);
  });
  popup.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close(opener);
    } else if (event.target.dataset.day && MOVES[event.key]) {
      event.preventDefault();
      go(MOVES[event.key](event.target.dataset.day, event.shiftKey), true);
    }
  });
  popup.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !popup.contains(event.relatedTarget) && event.relatedTarget !== opener) close();
  });
  document.addEventListener("click", (event) => {
    if (popup.isConnected && event.target.isConnected && !popup.parentElement.contains(event.target)) close();
  });
  return { popup, close, go };
}

function dateField(input) {
  const sprite = $("svg use")?.getAttribute("href").split("#")[0];
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite}#calendar`);
  picture.append(use);
  const opener = make("button", { type: "button", class: "date-open", "aria-haspopup": "dialog", "aria-expanded": "false", "aria-label": "打开日历" }, picture);
  const box = make("div", { class: "date-box" });
  input.replaceWith(box);
  box.append(input, opener);
  const { popup, close, go } = calendarOf(input, opener);
  opener.addEventListener("click", () => {
    if (popup.isConnected) return close(opener);
    box.append(popup);
    popup.classList.toggle("calendar-left", box.getBoundingClientRect().left + 272 > document.documentElement.clientWidth);
    opener.setAttribute("aria-expanded", "true");
    return go(dayOf(input.value) ?? iso(new Date(Date.now() + 8 * 3600000)), true); // today in China
  });
  input.addEventListener("input", () => readDay(input));
  readDay(input);
}

// --- suggestions ------------------------------------------------------------------------------------------------------

function suggestBox(input) { // the page's own, or one put around the field
  const box = input.closest(".suggest-box") ?? make("div", { class: "suggest-box" });
  if (box.contains(input)) return box;
  input.replaceWith(box);
  box.append(input);
  return box;
}

// What is chosen fills the field; an option with an address leads there.
function suggestField(input) {
  const { suggest, suggestList, suggestNone } = input.dataset;
  const list = make("ul", { role: "listbox", class: "suggestions", id: `suggestions-${(serial += 1)}`, "aria-label": suggestList, hidden: "" });
  suggestBox(input).append(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) input.setAttribute(name, value);
  let asked = 0;
  let timer;
  const options = () => $$("[role=option]", list);
  const current = () => $("[aria-selected=true]", list);
  const show = (shown) => {
    list.hidden = !shown;
    input.setAttribute("aria-expanded", String(shown));
    if (!shown) input.removeAttribute("aria-activedescendant");
  };
  const mark = (option) => {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const choose = (option) => {
    if (option.dataset.url) location.assign(option.dataset.url);
    else fill(input, option.dataset.value);
    clearTimeout(timer);
    asked += 1; // what is still on its way is too late
    show(false);
  };
  const ask = async () => {
    const turn = (asked += 1);
    const text = input.value.trim();
    const answer = text ? await fetch(`${suggest}?q=${encodeURIComponent(text)}`).catch(() => null) : null;
    const found = answer?.ok && answer.headers.get("Content-Type")?.includes("json") ? (await answer.json()).options : null;
    if (turn !== asked) return;
    list.replaceChildren(...(found ?? []).map(({ value, hint, url = "" }, place) => make(
      "li", { role: "option", id: `${list.id}-${place}`, "aria-selected": "false", "data-value": value, "data-url": url }, value, ...(hint ? [make("span", {}, hint)] : []),
    )));
    if (found && !found.length) list.append(make("li", { class: "suggestions-none" }, suggestNone));
    show(found !== null && document.activeElement === input);
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 200);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const all = options();
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && all.length) {
      event.preventDefault();
      show(true);
      const at = all.indexOf(current()); // -1: none yet, and upwards begins at the last
      const next = event.key === "ArrowDown" ? at + 1 : Math.max(at, 0) - 1;
      mark(all.at(next % all.length));
    } else if (event.key === "Enter" && !list.hidden && current()) {
      event.preventDefault();
      choose(current());
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      show(false);
    }
  });
  list.addEventListener("mousedown", (event) => { // before the field loses the focus
    const option = event.target.closest("[role=option]");
    event.preventDefault();
    if (option) choose(option);
  });
  input.addEventListener("blur", () => show(false));
}

document.addEventListener("reset", (event) => setTimeout(() => $$("[data-date]", event.target).forEach(readDay)));
$$("[data-date]").forEach(dateField);
$$("[data-suggest]").forEach(suggestField);
