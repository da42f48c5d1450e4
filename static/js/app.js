// The pages' own behaviour, all by data attributes; every page also works without it. No framework.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const remember = {
  get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* full or forbidden: do without */ } },
  drop: (key) => { try { localStorage.removeItem(key); } catch { /* same */ } },
};

// --- sidebar and menus ------------------------------------------------------------------------------------------

function sidebar() {
  const root = document.documentElement;
  const fold = $("[data-side-fold]");
  const open = $("[data-side-open]");
  if (!fold || !open) return;
  const show = (shown) => {
    root.classList.toggle("side-shown", shown);
    open.setAttribute("aria-expanded", String(shown));
    if (shown) $("#side a").focus();
    else open.focus();
  };
  fold.setAttribute("aria-pressed", String(root.classList.contains("side-folded")));
  fold.addEventListener("click", () => {
    const folded = root.classList.toggle("side-folded");
    fold.setAttribute("aria-pressed", String(folded));
    remember.set("side-folded", folded ? "1" : "0");
    window.dispatchEvent(new Event("resize"));
  });
  open.addEventListener("click", () => show(!root.classList.contains("side-shown")));
  $("[data-side-close]").addEventListener("click", () => show(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.classList.contains("side-shown")) show(false);
  });
}

function menus() {
  document.addEventListener("click", (event) => {
    for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of $$("details.menu[open]")) {
      menu.open = false;
      $("summary", menu).focus();
    }
  });
}

// --- filters: on narrow screens folded behind a button that says how many are set ------------------------------------

function filters() {
  const fold = $("[data-filters]");
  if (!fold) return;
  fold.addEventListener("click", () => fold.setAttribute("aria-expanded", String(fold.form.classList.toggle("filters-open"))));
  document.addEventListener("htmx:afterSwap", () => {
    const set = $$("#list [data-filter]:not([data-filter=q])").length;
    $("span", fold).textContent = set ? `筛选（${set} 项生效）` : "筛选";
  });
}

// --- keyboard: “/” goes to the search box in the top bar, Escape leaves it; “?” shows all; “g” and a letter goes there ----

const typing = (node) => node.closest("input, select, textarea, [contenteditable]") !== null;

function shortcuts() {
  const box = $("[data-search]");
  let begun = -Infinity; // when “g” was pressed
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key === "Escape" && event.target === box && !event.defaultPrevented) box.blur(); // not where it closed the suggestions
    if (typing(event.target) || $("dialog[open]")) return;
    const going = event.timeStamp - begun < 1500 && $(`[data-go="${CSS.escape(event.key)}"]`);
    begun = event.key === "g" ? event.timeStamp : -Infinity;
    if (going) location.assign(going.href);
    else if (event.key === "?") $("#keys")?.showModal();
    else if (event.key === "/" && box) {
      event.preventDefault();
      if (box.checkVisibility()) box.select();
      else location.assign($(".top-search-link").href);
    }
  });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-keys]")) $("#keys").showModal(); });
}

// --- terms: the sentence stands under its word, within the window; Escape hides it -------------------------------------

function terms() {
  const place = (event) => {
    const word = event.target.closest?.(".term");
    if (!word) return;
    requestAnimationFrame(() => put(word)); // the sentence has a size once it is shown
  };
  const put = (word) => {
    const tip = $(".term-tip", word);
    const box = word.getBoundingClientRect();
    tip.style.left = `${Math.max(12, Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - 12))}px`;
    tip.style.top = `${box.bottom + 6 + tip.offsetHeight > innerHeight ? box.top - tip.offsetHeight - 6 : box.bottom + 6}px`;
  };
  document.addEventListener("pointerover", place);
  document.addEventListener("focusin", place);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const word of $$(".term:is(:hover, :focus)")) word.classList.add("hushed");
  });
  for (const leaving of ["pointerout", "focusout"]) document.addEventListener(leaving, (event) => event.target.closest?.(".term")?.classList.remove("hushed"));
}

// --- look: as the system has it, light or dark; early.js applies it -----------------------------------------------------

function looks() {
  const buttons = $$("[data-look]");
  const press = (chosen) => { for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.look === chosen)); };
  press(remember.get("look") ?? "system");
  for (const button of buttons) {
    button.addEventListener("click", () => {
      remember.set("look", button.dataset.look);
      document.dispatchEvent(new CustomEvent("look-chosen", { detail: button.dataset.look }));
      press(button.dataset.look);
    });
  }
}

// --- amounts in words ---------------------------------------------------------------------------------------------

// As `common/money.py` reads and writes amounts, so that nothing is read back that the server refuses.

const HALF_WIDTH = new Map([..."０１２３４５６７８９，．＋－\u3000￥"].map((sign, place) => [sign, "0123456789,.+- ¥"[place]]));
const FACTORS = { "": 1n, 元: 1n, 万: 10000n, 万元: 10000n, 亿: 100000000n, 亿元: 100000000n };
const AMOUNT = /^¥? ?(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))? ?(元|万元?|亿元?|)$/;
const LIMIT = 10n ** 15n;
const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const UNITS = [[10n ** 8n, "亿"], [10n ** 4n, "万"], [1000n, "仟"], [100n, "佰"], [10n, "拾"]];

// The number of 分 a text means, as BigInt; null where the server does not understand it or finds it too big or too fine.
function cents(text) {
  const plain = [...text].map((sign) => HALF_WIDTH.get(sign) ?? sign).join("").replace(/^[^\S\uFEFF]+|[^\S\uFEFF]+$/g, "");
  const match = AMOUNT.exec(plain);
  if (!match || plain.length > 28) return null;
  const [, whole, fraction = "", unit] = match;
  if (whole.length > 1 && whole.startsWith("0")) return null;
  const scaled = BigInt(whole.replaceAll(",", "") + fraction) * FACTORS[unit] * 100n;
  const divisor = 10n ** BigInt(fraction.length);
  const amount = scaled / divisor;
  return scaled % divisor || amount >= LIMIT ? null : amount;
}

function integerWords(number) {
  for (const [base, unit] of UNITS) {
    if (number < base) continue;
    const low = number % base;
    return integerWords(number / base) + unit + (low && low < base / 10n ? "零" : "") + (low ? integerWords(low) : "");
  }
  return DIGITS[number];
}

function inWords(amount) {
  const [yuan, jiao, fen] = [amount / 100n, amount / 10n % 10n, amount % 10n];
  const head = yuan || (!jiao && !fen) ? `${integerWords(yuan)}元` : "";
  if (!jiao && !fen) return `人民币${head}整`;
  const gap = yuan && (!jiao || yuan % 10n === 0n) ? "零" : "";
  return `人民币${head}${gap}${jiao ? `${DIGITS[jiao]}角` : ""}${fen ? `${DIGITS[fen]}分` : ""}`;
}

function inWan(amount) {
  const text = (amount / 1000000n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = (amount % 1000000n).toString().padStart(6, "0").replace(/0+$/, "");
  return `${text}${rest ? `.${rest}` : ""} 万元`;
}

function readAmount(input) {
  const output = $("[data-reading]", input.closest(".field"));
  if (!output) return;
  const amount = cents(input.value);
  output.textContent = amount ? `${inWan(amount)}　${inWords(amount)}` : "";
}

// --- forms --------------------------------------------------------------------------------------------------------

function ask(text, title) {
  const dialog = $("#confirm");
  $("#confirm-text").textContent = text;
  $("#confirm-title").textContent = title || "请确认";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

// Ticked rows of a table: how many there are, and the sum of what each says it is worth (data-yuan).
const ticks = (form, name) => $$(`input[type=checkbox][name="${name}"]:enabled`, form);
const picked = (form, name) => ticks(form, name).filter((box) => box.checked);
const separated = (amount) => `${(amount / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",")}.${(amount % 100n).toString().padStart(2, "0")}`;
const worth = (form, name) => separated(picked(form, name).reduce((sum, box) => sum + (cents(box.dataset.yuan ?? "") ?? 0n), 0n));

// A form that lacks a required value, or a tick where one is needed, is sent without a question: the server says what is missing.
const lacking = (form) =>
  [...form.elements].some((field) => field.validity.valueMissing) ||
  $$("[data-tally]", form).some((tally) => !picked(form, tally.dataset.tally).length);

// A question's {name} is what that field of the form says: the words of a choice, else what was typed. Of ticked rows {name.count}
// and {name.sum}.
function filled(question, form) {
  return question.replace(/\{(\w+)(?:\.(count|sum))?\}/g, (_, name, figure) => {
    if (figure) return figure === "count" ? picked(form, name).length : worth(form, name);
    const words = [...form.querySelectorAll(`[name="${name}"]`)].map((field) => {
      if (field.matches("select")) return field.selectedOptions[0]?.text;
      if (field.matches("[type=checkbox], [type=radio]")) return field.checked ? (field.labels[0]?.textContent.trim() ?? field.ariaLabel) : "";
      return field.value.trim();
    });
    return words.filter(Boolean).join("、") || "无";
  });
}

function forms() {
  const confirmed = new WeakSet();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    const text = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (text && !confirmed.has(form) && !lacking(form)) {
      event.preventDefault();
      const submitter = event.submitter;
      ask(filled(text, form), submitter?.dataset.confirmTitle ?? form.dataset.confirmTitle).then((yes) => {
        if (!yes) return;
        confirmed.add(form);
        form.requestSubmit(submitter);
      });
      return;
    }
    if ("download" in form.dataset) return; // a file comes back and the page stays: it may be asked for again
    form.dataset.sent = "1";
    const key = draftKey(form);
    if (key) sessionStorage.setItem("draft-sent", key);
    for (const button of $$("button:not([type=button])", form)) button.setAttribute("aria-busy", "true");
  });
  // Coming back by the browser's history: the form may be sent again (the one-time key stops a true repetition).
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of $$("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of $$("[aria-busy]", form)) button.removeAttribute("aria-busy");
    }
  });
}

// --- rows ticked in a table: counted and summed while one ticks, all at once by data-tick-all -----------------------

function tallies() {
  for (const tally of $$("[data-tally]")) {
    const { form } = tally;
    const name = tally.dataset.tally;
    const all = $(`[data-tick-all="${name}"]`, form);
    const show = () => {
      const [count, of] = [picked(form, name).length, ticks(form, name).length];
      tally.textContent = count ? `已选 ${count} 笔，合计 ${worth(form, name)} 元` : `已选 0 笔，可选 ${of} 笔`;
      if (!all) return;
      all.hidden = !of;
      all.checked = count > 0 && count === of;
      all.indeterminate = count > 0 && count < of;
    };
    form.addEventListener("change", (event) => {
      if (event.target === all) for (const box of ticks(form, name)) box.checked = all.checked;
      show();
    });
    window.addEventListener("pageshow", show); // the browser may bring ticks back
    show();
  }
}

// --- drafts: what a person typed into a form marked data-draft survives a closed window, until it was sent -----------

// data-draft names the person, as colleagues share computers; the query names whom a new form is about (?enterprise=5).
const draftKey = (form) => ("draft" in form.dataset ? `draft:${form.dataset.draft}:${location.pathname}${location.search}` : "");
const kept = (field) => field.name && !["hidden", "password", "file", "submit"].includes(field.type) && field.name !== "csrfmiddlewaretoken";
const ticked = (field) => field.type === "checkbox" || field.type === "radio";

function untouched(field) { // still as the page came from the server
  if (ticked(field)) return field.checked === field.defaultChecked;
  if (!field.options) return field.value === field.defaultValue;
  const options = [...field.options];
  return field.selectedIndex === Math.max(options.findIndex((option) => option.defaultSelected), 0);
}

function typed(form) { // what was changed: name → values
  const fields = [...form.elements].filter(kept);
  const values = Object.fromEntries(fields.filter((field) => !untouched(field)).map((field) => [field.name, []]));
  for (const field of fields) if (!ticked(field) || field.checked) values[field.name]?.push(field.value);
  return values;
}

function restore(form, saved) {
  for (const field of form.elements) {
    if (!kept(field) || !(field.name in saved)) continue;
    if (ticked(field)) field.checked = saved[field.name].includes(field.value);
    else if (untouched(field)) [field.value] = saved[field.name];
  }
}

function drafts() {
  const sent = sessionStorage.getItem("draft-sent");
  sessionStorage.removeItem("draft-sent");
  const failed = $(".error-summary");
  if (sent && !failed) remember.drop(sent);
  for (const form of $$("form[data-draft]")) {
    const key = draftKey(form);
    const note = $("[data-draft-note]", form);
    const saved = JSON.parse(remember.get(key) ?? "{}");
    if (!failed && Object.keys(saved).length) {
      restore(form, saved);
      note.textContent = "已恢复上次未提交的内容 ";
      const forget = document.createElement("button");
      forget.type = "button";
      forget.className = "btn btn-sm btn-ghost-secondary";
      forget.textContent = "清除草稿";
      forget.addEventListener("click", () => { remember.drop(key); form.reset(); note.hidden = true; $$("[data-amount]").forEach(readAmount); });
      note.append(forget);
      note.hidden = false;
    }
    form.addEventListener("input", () => {
      // A refused form came back with what was typed before, which is a change no more: it stays in the draft.
      remember.set(key, JSON.stringify({ ...(failed ? saved : {}), ...typed(form) }));
      note.textContent = "草稿已存于本机";
      note.hidden = false;
    });
  }
}

// --- charts -------------------------------------------------------------------------------------------------------

const PALETTES = {
  light: ["#1d4f91", "#d08a1e", "#2f8f6b", "#8a5fb0", "#b5483f", "#5f7d95", "#93a61e", "#c26a9b"],
  dark: ["#6ea4ea", "#e2a94a", "#57b892", "#b08fd6", "#e07f76", "#93b0c6", "#b7c94f", "#dd93bc"],
};
const INKS = { // of the words, the strong ones, lines, faint lines, and what lies behind
  light: { words: "#465566", strong: "#1b2733", line: "#c3ceda", faint: "#e6ebf1", paper: "#fff" },
  dark: { words: "#b6c4d3", strong: "#dfe7f0", line: "#43566b", faint: "#2c3b4d", paper: "#182332" },
};
const FONT = getComputedStyle(document.body).fontFamily;
const grouped = (value) => (value === null || value === undefined || value === "-" ? "—" : Number(value).toLocaleString("zh-CN", { maximumFractionDigits: 2 }));
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

function pieOption(spec, ink) {
  const values = spec.series[0].values;
  return {
    tooltip: { trigger: "item", renderMode: "richText", formatter: (item) => `${item.name}\n${grouped(item.value)} ${spec.unit}（${item.percent}%）` },
    legend: { bottom: 4, textStyle: { color: ink.words } },
    series: [{
      type: "pie", radius: ["38%", "62%"], center: ["50%", "44%"],
      label: { formatter: "{b} {d}%", color: ink.strong }, itemStyle: { borderColor: ink.paper, borderWidth: 2 },
      data: spec.categories.map((name, i) => ({ name, value: Number(values[i] ?? 0) })),
    }],
  };
}

function axisOption(spec, ink) {
  const category = { type: "category", data: spec.categories, axisTick: { show: false }, axisLine: { lineStyle: { color: ink.line } }, axisLabel: { color: ink.words, hideOverlap: true }, inverse: spec.horizontal };
  const counts = spec.series.every((s) => s.values.every((v) => v === null || Number.isInteger(Number(v))));
  const value = { type: "value", minInterval: counts ? 1 : 0, axisLabel: { color: ink.words, formatter: grouped }, splitLine: { lineStyle: { color: ink.faint } } };
  return {
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" }, valueFormatter: (v) => `${grouped(v)} ${spec.unit}` },
    legend: spec.series.length > 1 ? { top: 4, textStyle: { color: ink.words } } : undefined,
    grid: { left: 12, right: 20, top: spec.series.length > 1 ? 40 : 20, bottom: 10, containLabel: true },
    xAxis: spec.horizontal ? value : category,
    yAxis: spec.horizontal ? category : value,
    series: spec.series.map((s, i) => ({
      name: s.name, type: s.kind, stack: s.stack || undefined, barMaxWidth: 28, symbol: ["circle", "rect", "triangle", "diamond"][i % 4], symbolSize: 7,
      data: s.values.map((v) => (v === null ? "-" : Number(v))),
    })),
  };
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function tableAsCsv(table) {
  const safe = (text) => (/^[=+\-@]/.test(text) && !/^-?[\d.,]+$/.test(text) ? `'${text}` : text);
  const cell = (node) => `"${safe(node.textContent.trim().replace(/^([\d,]+(\.\d+)?)$/, (n) => n.replaceAll(",", ""))).replaceAll('"', '""')}"`;
  return `\ufeff${$$("tr", table).map((row) => [...row.cells].map(cell).join(",")).join("\r\n")}\r\n`;
}

function drawChart(figure) {
  const spec = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const canvas = $(".chart-canvas", figure);
  const drawing = window.echarts.init(canvas, null, { devicePixelRatio: Math.max(2, devicePixelRatio) });
  const draw = (look = document.documentElement.dataset.bsTheme) => {
    const option = (spec.kind === "pie" ? pieOption : axisOption)(spec, INKS[look]);
    drawing.setOption({ color: PALETTES[look], animation: !calm, textStyle: { fontFamily: FONT }, ...option });
  };
  draw();
  window.addEventListener("look", () => draw());
  drawing.on("click", (point) => { if (spec.urls[point.dataIndex]) location.assign(spec.urls[point.dataIndex]); });
  new ResizeObserver(() => drawing.resize()).observe(canvas);
  // Paper is laid out without telling a canvas: it is drawn as wide as an A4 sheet's text, and app.css fits it in.
  window.addEventListener("beforeprint", () => {
    drawing.resize({ width: 700, height: 290 });
    drawing.getZr().flush(); // now, as no frame is drawn before the paper
  });
  window.addEventListener("afterprint", () => drawing.resize({ width: "auto", height: "auto" }));
  $("[data-chart-png]", figure).addEventListener("click", () => {
    const scale = 2;
    draw("light"); // it goes into documents
    const page = drawing.renderToCanvas({ pixelRatio: scale, backgroundColor: "#fff" });
    draw();
    page.toBlob((blob) => save(blob, `${spec.title}.png`));
  });
}

function charts() {
  const figures = $$("[data-chart]");
  if (!figures.length) return;
  for (const figure of figures) {
    $("[data-chart-csv]", figure).addEventListener("click", () => {
      save(new Blob([tableAsCsv($("table", figure))], { type: "text/csv" }), `${$(".card-title", figure).firstChild.textContent.trim()}.csv`);
    });
  }
  const script = document.createElement("script");
  script.src = figures[0].dataset.echarts;
  script.addEventListener("load", () => figures.forEach(drawChart));
  document.head.append(script);
}

// --- everything ---------------------------------------------------------------------------------------------------

document.addEventListener("input", (event) => { if (event.target.matches("[data-amount]")) readAmount(event.target); });
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  if (event.target.closest("[data-back]")) history.length > 1 ? history.back() : location.assign("/"); // opened in a window of its own
  if (event.target.closest("[data-dismiss]")) event.target.closest(".notice").remove();
});
// A filter that is not set has no place in the address.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") return;
  for (const [name, value] of [...event.detail.formData.entries()]) if (value === "") event.detail.formData.delete(name);
});
// A head keeps the focus by its id; from a page's link, which goes with the list, one reads on where the new one begins.
document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id === "list" && document.activeElement === document.body) target.focus({ preventScroll: true });
});
// An answer that is not the part asked for (an error, the sign-in page after a session ended) is shown as the page it is.
document.addEventListener("htmx:responseError", (event) => location.assign(event.detail.pathInfo.finalRequestPath));
document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target.id;
  if (!["list", "saved-filters", "import-progress", "hints"].includes(part) || event.detail.serverResponse.includes(`id="${part}"`)) return;
  event.detail.shouldSwap = false;
  location.assign(part === "list" ? event.detail.pathInfo.finalRequestPath : location.href);
});

sidebar();
menus();
filters();
shortcuts();
terms();
looks();
forms();
drafts();
tallies();
charts();
$$("[data-amount]").forEach(readAmount);
$("[data-focus]")?.focus();
