/* The frame: menus, colour scheme, dialogs, side sheet, toasts, copying, examples, shortcuts, tabs.
   Listeners sit on the document, so that fragments swapped in by htmx work without further ado. */
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = (key) => $("#words")?.dataset[key] ?? key;
  const csrf = () => document.body.dataset.csrf;

  function announce(text) {
    const region = $("#announcer");
    if (region && region.textContent !== text) region.textContent = text;
  }

  async function send(url, data = {}) {
    const headers = { "X-CSRFToken": csrf(), "HX-Request": "true" };
    const response = await fetch(url, { method: "POST", headers, body: new URLSearchParams(data) });
    if (!response.ok) throw new Error(String(response.status));
    return response;
  }

  /* toasts: pentaquark.toast("Deleted films", {tone: "good", undo: "/data/films/restore/"}) */
  function toast(text, { tone = "info", undo = "" } = {}) {
    const tray = $("#toasts");
    if (!tray || $$(".toast-text", tray).some((shown) => shown.textContent === text)) return;
    const card = $("#toast-template").content.firstElementChild.cloneNode(true);
    card.className = `toast toast-${tone}`;
    if (tone === "bad") card.setAttribute("role", "alert");
    $(".toast-text", card).textContent = text;
    const button = $("[data-undo]", card);
    if (undo) Object.assign(button, { hidden: false }).dataset.undo = undo;
    tray.append(card);
    expire(card);
  }

  function expire(card) {
    if (card.classList.contains("toast-bad")) return; /* an error stays until it was read */
    const wait = () => setTimeout(() => (card.matches(":hover, :focus-within") ? wait() : card.remove()), 8000);
    wait();
  }

  async function undo(button) {
    button.disabled = true;
    try {
      await send(button.dataset.undo);
      location.reload();
    } catch {
      button.closest(".toast").remove();
      toast(words("undoFailed"), { tone: "bad" });
    }
  }

  /* copying */
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch { /* no clipboard outside https: the old way */
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    toast(words("copied"), { tone: "good" });
  }

  /* examples: the chosen language is remembered for every example */
  function chooseLanguage(language, remember = false) {
    for (const block of $$("[data-code]")) {
      if (!$(`pre[data-language="${CSS.escape(language)}"]`, block)) continue;
      for (const pre of $$("pre", block)) pre.hidden = pre.dataset.language !== language;
      for (const tab of $$("[role=tab]", block)) {
        const chosen = tab.dataset.language === language;
        tab.setAttribute("aria-selected", chosen);
        tab.tabIndex = chosen ? 0 : -1;
      }
    }
    if (remember) localStorage.setItem("language-of-examples", language);
  }

  /* colour scheme: at once here, then kept by the server */
  function chooseTheme(button) {
    const theme = button.value;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    for (const item of $$("[data-theme-menu] [name=theme]")) item.toggleAttribute("aria-current", item === button);
    const summary = $("[data-theme-menu] summary");
    summary.replaceChildren($(".icon", button).cloneNode(true));
    document.dispatchEvent(new Event("themechange"));
    send(button.form.action, { theme }).catch(() => toast(words("notSaved"), { tone: "warn" }));
  }

  /* dialogs and the side sheet */
  function open(id, opener) {
    const dialog = document.getElementById(id);
    if (!dialog || dialog.open) return;
    opener?.closest("details.menu")?.removeAttribute("open");
    dialog.showModal();
  }

  function openSheet(link) {
    $("#sheet-title").textContent = link.dataset.sheet || link.textContent.trim();
    $("#sheet-body").replaceChildren($("#skeleton-template").content.cloneNode(true));
    open("sheet", link);
    htmx.ajax("GET", link.getAttribute("href"), { target: "#sheet-body", swap: "innerHTML" });
  }

  const onClick = {
    "[data-open]": (found) => open(found.dataset.open, found),
    "[data-close]": (found) => found.closest("dialog")?.close(),
    "[data-dismiss]": (found) => found.closest(".toast").remove(),
    "[data-undo]": undo,
    "[data-copy]": (found) => copy(found.dataset.copy),
    "[data-copy-code]": (found) => copy($("pre:not([hidden])", found.closest("[data-code]")).textContent),
    "[data-code] [role=tab]": (found) => chooseLanguage(found.dataset.language, true),
  };

  document.addEventListener("click", (event) => {
    for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    if (event.target instanceof HTMLDialogElement) event.target.close(); /* the backdrop */
    for (const [selector, act] of Object.entries(onClick)) {
      const found = event.target.closest(selector);
      if (found) act(found);
    }
    const sheet = event.target.closest("a[data-sheet]");
    if (sheet && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      openSheet(sheet);
    }
    const theme = event.target.closest("[data-theme-menu] [name=theme]");
    if (theme) {
      event.preventDefault();
      chooseTheme(theme);
      theme.closest("details").open = false;
    }
  });

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-confirm-name]");
    if (!form || event.target.name !== "confirm_name") return;
    $("[type=submit]", form).disabled = event.target.value !== form.dataset.confirmName;
  });

  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-confirm-name]") && $("[type=submit]", event.target).disabled) event.preventDefault();
  });

  /* shortcuts */
  let goes = 0;
  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable=true]");
  const open_ = () => $("dialog[open]");

  function shortcut(key) {
    if (Date.now() - goes < 1500) {
      goes = 0;
      return $(`.rail [data-go^="${CSS.escape(key)}"]`)?.click() ?? true;
    }
    if (key === "g") goes = Date.now();
    else if (key === "/") $('[data-shortcut="/"]')?.focus();
    else if (key === "?") open("shortcuts");
    else return false;
    return true;
  }

  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("[data-code] [role=tab]");
    if (tab && ["ArrowRight", "ArrowLeft"].includes(event.key)) {
      const next = event.key === "ArrowRight" ? tab.nextElementSibling : tab.previousElementSibling;
      if (next) { next.focus(); chooseLanguage(next.dataset.language, true); }
      return;
    }
    if (event.key === "Escape") {
      const menu = $("details.menu[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || open_()) return;
    if (shortcut(event.key)) event.preventDefault();
  });

  /* htmx: the token on every write, words for every failure, whole pages never inside a fragment */
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrf();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400 && /^\s*<!doctype/i.test(xhr.responseText)) {
      event.detail.shouldSwap = false;
      toast(`${words("failed")} (${xhr.status}, ${xhr.getResponseHeader("X-Request-Id") ?? ""})`, { tone: "bad" });
    }
    if (xhr.responseURL && new URL(xhr.responseURL).pathname.startsWith("/accounts/login")) {
      event.detail.shouldSwap = false; /* the session ended while the page was open */
      location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
    }
  });
  document.addEventListener("htmx:sendError", () => toast(words("unreachable"), { tone: "warn" }));
  document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail));

  function enhance(root) {
    const spoken = root.matches?.("[data-announce]") ? root : $("[data-announce]", root);
    if (spoken) announce(spoken.dataset.announce);
    const mistake = $('[aria-invalid="true"]', root) ?? $("[data-focus]", root);
    if (mistake && root !== document) mistake.focus();
    if ($("[data-code]", root)) chooseLanguage(localStorage.getItem("language-of-examples") ?? "");
    if ($("[data-chart]", root)) loadCharts();
  }

  /* tabs that do not fit: the current one is scrolled to, sideways only */
  for (const tab of $$(".tabs [aria-current]")) {
    const row = tab.closest(".tabs");
    row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  }

  /* charts are loaded by the first page that shows one */
  let charts;
  function loadCharts() {
    const { content, dataset } = $('meta[name="charts"]');
    const script = (src) => new Promise((resolve, reject) => {
      document.head.append(Object.assign(document.createElement("script"), { src, onload: resolve, onerror: reject }));
    });
    charts ??= script(dataset.plotly).then(() => script(content));
    charts.then(() => window.pentaquark.drawCharts());
  }

  window.pentaquark = { toast, announce, csrf, words, $, $$ };
  document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));
  for (const card of $$("#toasts .toast")) expire(card);
})();
