/* The log follows its end, unless the reader has scrolled up. */
"use strict";
(() => {
  const log = document.querySelector("[data-follow]");
  if (!log) return;
  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const follow = () => { log.scrollTop = log.scrollHeight; };
  let following = true;
  log.addEventListener("scroll", () => { following = atEnd(); });
  new MutationObserver(() => { if (following) follow(); }).observe(log, { childList: true });
  follow();
})();
