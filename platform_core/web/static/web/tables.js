/* Tables: sort by a column's head, filter rows, choose columns, select rows, save as CSV.
   Opt in: <th data-sort="text|number"> and components/table_tools.html. The address keeps filter and order. */
"use strict";
(() => {
  const { $, $$, words } = window.pentaquark;
  const rowsOf = (table) => [...table.tBodies].flatMap((body) => [...body.rows]);
  const valueOf = (row, at) => {
    const cell = row.cells[at];
    return cell ? (cell.dataset.value ?? cell.textContent.trim()) : "";
  };

  function remember(table, key, value) {
    const url = new URL(location);
    if (value) url.searchParams.set(`${table.id}.${key}`, value);
    else url.searchParams.delete(`${table.id}.${key}`);
    if (table.id) history.replaceState(history.state, "", url);
  }
  const recall = (table, key) => new URLSearchParams(location.search).get(`${table.id}.${key}`);

  function sort(table, at, direction) {
    const heads = [...table.tHead.rows[0].cells];
    const numeric = heads[at].dataset.sort === "number";
    const sign = direction === "descending" ? -1 : 1;
    const compare = numeric
      ? (a, b) => (parseFloat(a) || 0) - (parseFloat(b) || 0)
      : new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
    const rows = rowsOf(table).sort((a, b) => sign * compare(valueOf(a, at), valueOf(b, at)));
    table.tBodies[0].append(...rows);
    for (const [place, head] of heads.entries()) {
      if (place === at) head.setAttribute("aria-sort", direction);
      else head.removeAttribute("aria-sort");
    }
  }

  function makeSortable(table) {
    for (const [at, head] of [...(table.tHead?.rows[0]?.cells ?? [])].entries()) {
      if (!head.dataset.sort || $(".sort", head)) continue;
      const button = Object.assign(document.createElement("button"), { type: "button", className: "sort" });
      button.append(...head.childNodes, $("#sort-icon").content.cloneNode(true));
      head.append(button);
      button.addEventListener("click", () => {
        const direction = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
        sort(table, at, direction);
        remember(table, "sort", `${at}.${direction}`);
      });
    }
    const [at, direction] = (recall(table, "sort") ?? "").split(".");
    if (direction && table.tHead.rows[0].cells[at]) sort(table, Number(at), direction);
  }

  function filter(table, tools, query) {
    const wanted = query.trim().toLocaleLowerCase();
    const rows = rowsOf(table);
    for (const row of rows) row.hidden = !row.textContent.toLocaleLowerCase().includes(wanted);
    const shown = rows.filter((row) => !row.hidden).length;
    $("[data-count]", tools).textContent = wanted ? `${shown} / ${rows.length}` : "";
  }

  function chooseColumns(table, panel) {
    const kept = JSON.parse(localStorage.getItem(`columns-${table.id}`) ?? "[]");
    const show = (at, shown) => {
      for (const row of [...table.rows]) if (row.cells[at]) row.cells[at].hidden = !shown;
    };
    for (const [at, head] of [...table.tHead.rows[0].cells].entries()) {
      const name = head.textContent.trim();
      if (at === 0 || !name) continue;
      const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: !kept.includes(name) });
      const label = Object.assign(document.createElement("label"), { className: "menu-item" });
      label.append(box, name);
      panel.append(label);
      show(at, box.checked);
      box.addEventListener("change", () => {
        show(at, box.checked);
        const hidden = $$("label", panel).filter((l) => !$("input", l).checked).map((l) => l.textContent);
        localStorage.setItem(`columns-${table.id}`, JSON.stringify(hidden));
      });
    }
  }

  const quote = (text) => {
    const safe = /^[=+\-@\t\r]/.test(text) && isNaN(Number(text)) ? `'${text}` : text; /* no formulas in spreadsheets */
    return `"${safe.replaceAll('"', '""')}"`;
  };

  function csv(table) {
    const wanted = [...table.tHead.rows[0].cells].map((head, at) => [head, at]).filter(([head]) => !head.hidden && head.textContent.trim());
    const lines = [wanted.map(([head]) => quote(head.textContent.trim()))];
    for (const row of rowsOf(table)) {
      if (!row.hidden) lines.push(wanted.map(([, at]) => quote(valueOf(row, at).replace(/\s+/g, " "))));
    }
    return `\ufeff${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
  }

  function save(text, name, type = "text/csv;charset=utf-8") {
    const href = URL.createObjectURL(new Blob([text], { type }));
    Object.assign(document.createElement("a"), { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  }

  function bulk(table, tools) {
    const area = $("[data-bulk]", tools);
    const all = $("[data-select-all]", table);
    const boxes = () => $$("[data-select]", table).filter((box) => !box.closest("tr").hidden);
    const update = () => {
      const chosen = boxes().filter((box) => box.checked);
      for (const box of boxes()) box.closest("tr").setAttribute("aria-selected", box.checked);
      if (area) area.hidden = chosen.length === 0;
      if (chosen.length) $("[data-count]", tools).textContent = words("selected").replace("%n", chosen.length);
      else $("[data-count]", tools).textContent = "";
      if (all) Object.assign(all, { checked: chosen.length > 0 && chosen.length === boxes().length, indeterminate: chosen.length > 0 && chosen.length < boxes().length });
    };
    table.addEventListener("change", (event) => {
      if (event.target === all) for (const box of boxes()) box.checked = all.checked;
      if (event.target.matches("[data-select], [data-select-all]")) update();
    });
  }

  function equip(tools) {
    const table = document.getElementById(tools.dataset.tableTools);
    if (!table || tools.dataset.ready) return;
    tools.dataset.ready = "yes";
    const field = $("[data-filter]", tools);
    if (field) {
      field.value = recall(table, "filter") ?? "";
      filter(table, tools, field.value);
      field.addEventListener("input", () => { filter(table, tools, field.value); remember(table, "filter", field.value); });
    }
    const panel = $("[data-columns]", tools);
    if (panel) chooseColumns(table, panel);
    const button = $("[data-csv]", tools);
    button?.addEventListener("click", () => save(csv(table), `${button.dataset.csv}.csv`));
    bulk(table, tools);
  }

  window.pentaquark.save = save;
  window.pentaquark.quote = quote;
  document.addEventListener("htmx:load", (event) => {
    const root = event.detail.elt;
    for (const table of $$("table.table:has(th[data-sort])", root)) makeSortable(table);
    for (const tools of $$("[data-table-tools]", root)) equip(tools);
    for (const wrap of $$(".table-wrap:not([tabindex])", root)) if (wrap.scrollWidth > wrap.clientWidth || wrap.scrollHeight > wrap.clientHeight) wrap.tabIndex = 0;
  });
})();
