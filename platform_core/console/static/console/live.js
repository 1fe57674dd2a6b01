// Keeps the queue's tables and the console's own pages fresh: swaps them every three seconds
// while nothing is ticked, typed or focused in them.
(() => {
  const tables = ["model-job", "model-attempt", "model-node", "model-device"];

  function liveSelector() {
    const page = document.body.classList;
    const own = document.querySelector("[data-live]");
    if (own) return `[data-live="${own.dataset.live}"]`;
    if (page.contains("change-list") && tables.some((name) => page.contains(name))) return "#result_list";
    return "";
  }

  const inUse = (part) =>
    document.hidden || part.contains(document.activeElement) || part.querySelector("input.action-select:checked");

  async function refresh(selector) {
    const part = document.querySelector(selector);
    if (!part || inUse(part)) return;
    const answer = await fetch(location.href, { headers: { "X-Requested-With": "live" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(selector);
    if (fresh && part.isConnected && !inUse(part)) part.replaceWith(fresh);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const selector = liveSelector();
    if (selector) setInterval(() => refresh(selector).catch(() => {}), 3000);
  });
})();
