/* Dials: the number beside a range follows it. */
"use strict";
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-dial]")) return;
  for (const output of document.querySelectorAll(`output[for="${event.target.id}"]`)) output.value = event.target.value;
});
