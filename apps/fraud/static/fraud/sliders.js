/* Sliders: a range moves the number it belongs to, and follows it. */
"use strict";
document.addEventListener("input", (event) => {
  const slider = event.target.closest("[data-slider]");
  if (slider) document.getElementById(slider.dataset.slider).value = slider.value;
  for (const range of document.querySelectorAll(`[data-slider="${event.target.id}"]`)) range.value = event.target.value || 1;
});
