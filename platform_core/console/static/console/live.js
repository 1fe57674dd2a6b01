// Keeps the queue's tables fresh: swaps the rows every three seconds while nothing is ticked or typed.
(() => {
  const live = ["model-job", "model-attempt", "model-node", "model-device"];
  const onLivePage = () =>
    document.body.classList.contains("change-list") &&
    live.some((name) => document.body.classList.contains(name));

  async function refresh() {
    const list = document.querySelector("#result_list");
    if (document.hidden || !list || list.querySelector("input.action-select:checked")) return;
    const answer = await fetch(location.href, { headers: { "X-Requested-With": "live" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("#result_list");
    if (fresh && !list.querySelector("input.action-select:checked")) list.replaceWith(fresh);
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (onLivePage()) setInterval(() => refresh().catch(() => {}), 3000);
  });
})();
