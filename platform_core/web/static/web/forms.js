/* Forms: a select with search, a drop zone, an upload with progress.
   <form data-upload="/data/{id}/"> is sent by XMLHttpRequest to its action; the answer's members fill the address. */
"use strict";
(() => {
  const { $, $$, words, csrf, announce } = window.pentaquark;
  let count = 0;

  /* select with search: the select stays the truth, a combobox stands in front of it */
  function combobox(select) {
    const id = `combo-${(count += 1)}`;
    const box = Object.assign(document.createElement("div"), { className: "combo" });
    const input = Object.assign(document.createElement("input"), { type: "text", autocomplete: "off", id: `${id}-input` });
    const list = Object.assign(document.createElement("div"), { className: "combo-list", id, hidden: true });
    list.setAttribute("role", "listbox");
    for (const [name, value] of Object.entries({ role: "combobox", "aria-controls": id, "aria-expanded": "false", "aria-autocomplete": "list" })) input.setAttribute(name, value);
    for (const name of ["aria-invalid", "aria-describedby"]) if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    const label = select.id && $(`label[for="${CSS.escape(select.id)}"]`);
    if (label) { label.htmlFor = input.id; label.id ||= `${id}-label`; list.setAttribute("aria-labelledby", label.id); }
    select.classList.add("visually-hidden");
    select.tabIndex = -1;
    select.setAttribute("aria-hidden", "true");
    select.before(box);
    box.append(input, list, select);
    let at = 0;
    const options = () => $$("[role=option]", list);
    const current = () => select.selectedOptions[0]?.textContent.trim() ?? "";
    const mark = (place) => {
      at = Math.max(0, Math.min(place, options().length - 1));
      for (const [i, option] of options().entries()) option.setAttribute("aria-selected", i === at);
      const chosen = options()[at];
      chosen?.scrollIntoView({ block: "nearest" });
      if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
    };
    const show = (query) => {
      const wanted = query.toLocaleLowerCase();
      const found = [...select.options].filter((o) => o.textContent.toLocaleLowerCase().includes(wanted)).slice(0, 100);
      list.replaceChildren(...found.map((o, i) => {
        const option = Object.assign(document.createElement("div"), { id: `${id}-${i}`, textContent: o.textContent });
        option.setAttribute("role", "option");
        option.dataset.value = o.value;
        return option;
      }));
      if (!found.length) list.append(Object.assign(document.createElement("div"), { className: "combo-none", textContent: words("noMatch") }));
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      mark(Math.max(0, found.indexOf(select.selectedOptions[0])));
    };
    const hide = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.value = current(); };
    const choose = (option) => {
      if (!option) return;
      select.value = option.dataset.value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      hide();
    };
    input.value = current();
    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => show(""));
    input.addEventListener("input", () => show(input.value));
    input.addEventListener("blur", () => setTimeout(hide, 100));
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") list.hidden ? show("") : mark(at + 1);
      else if (event.key === "ArrowUp") mark(at - 1);
      else if (event.key === "Enter" && !list.hidden) choose(options()[at]);
      else if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); hide(); }
      else return;
      event.preventDefault();
    });
    list.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(event.target.closest("[role=option]")); });
    select.addEventListener("change", () => { input.value = current(); });
  }

  /* drop zone: names and sizes of what was chosen */
  const size = (bytes) => {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let at = 0;
    for (; bytes >= 1000 && at < units.length - 1; at += 1) bytes /= 1000;
    return `${at ? bytes.toFixed(1) : bytes} ${units[at]}`;
  };

  function dropzone(zone) {
    const input = $("input[type=file]", zone);
    const drop = $(".drop", zone);
    for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, () => { drop.dataset.over = "yes"; });
    for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => { delete drop.dataset.over; });
    input.addEventListener("change", () => {
      $(".drop-files", zone).replaceChildren(...[...input.files].map((file) => {
        const line = document.createElement("li");
        line.append(Object.assign(document.createElement("span"), { textContent: file.name }), Object.assign(document.createElement("span"), { className: "muted nowrap", textContent: size(file.size) }));
        return line;
      }));
      announce([...input.files].map((file) => file.name).join(", "));
    });
  }

  /* upload */
  function problem(form, status, text) {
    let told = {};
    try { told = JSON.parse(text); } catch { /* not a problem document */ }
    const fields = Object.entries(told.errors ?? {}).map(([name, list]) => `${name}: ${[list].flat().join(" ")}`);
    const lines = [[told.title, told.detail, ...fields, told.remedy].filter(Boolean).join(" ") || `${words("failed")} (${status})`];
    const place = $("[data-upload-error]", form);
    $("[data-upload-error-text]", place).textContent = lines.join(" ");
    place.hidden = false;
    place.focus();
  }

  function upload(form) {
    const request = new XMLHttpRequest();
    const panel = $("[data-upload-progress]", form);
    const bar = $("progress", panel);
    const line = $("[data-upload-line]", panel);
    const started = performance.now();
    const leaving = (event) => event.preventDefault();
    const over = () => { window.removeEventListener("beforeunload", leaving); panel.hidden = true; for (const b of $$("[type=submit]", form)) b.disabled = false; };
    $("[data-upload-error]", form).hidden = true;
    panel.hidden = false;
    for (const button of $$("[type=submit]", form)) button.disabled = true;
    window.addEventListener("beforeunload", leaving);
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.value = event.loaded / event.total;
      const speed = event.loaded / Math.max(0.001, (performance.now() - started) / 1000);
      const left = Math.ceil((event.total - event.loaded) / speed);
      line.textContent = `${size(event.loaded)} / ${size(event.total)} · ${size(speed)}/s${left > 1 ? ` · ${left} s` : ""}`;
      if (event.loaded === event.total) { bar.removeAttribute("value"); line.textContent = words("checking"); announce(words("checking")); }
    });
    request.addEventListener("load", () => {
      over();
      if (request.status >= 400) return problem(form, request.status, request.responseText);
      const answer = JSON.parse(request.responseText || "{}");
      return location.assign(form.dataset.upload.replace(/\{(\w+)\}/g, (_, key) => encodeURIComponent(answer[key] ?? "")));
    });
    request.addEventListener("error", () => { over(); problem(form, 0, JSON.stringify({ detail: words("unreachable") })); });
    request.addEventListener("abort", over);
    $("[data-upload-cancel]", panel).onclick = () => request.abort();
    request.open("POST", form.action);
    request.setRequestHeader("X-CSRFToken", csrf());
    request.setRequestHeader("Accept", "application/json");
    request.send(new FormData(form));
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-upload]")) return;
    event.preventDefault();
    upload(event.target);
  });
  document.addEventListener("htmx:load", (event) => {
    const root = event.detail.elt;
    for (const select of $$("[data-searchable] select:not([aria-hidden], [multiple]), select[data-search]:not([aria-hidden])", root)) combobox(select);
    for (const zone of $$("[data-dropzone]", root)) dropzone(zone);
  });
})();
