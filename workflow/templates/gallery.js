"use strict";

// Sorts and filters the cards by the numbers in their data attributes.
const form = document.getElementById("find");

if (form) {
  const $ = (id) => document.getElementById(id);
  const cards = [...$("cards").children];
  const limits = [...form.querySelectorAll("[data-most]")];
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
  const byName = new Intl.Collator(undefined, { numeric: true });

  const isShown = (card) =>
    plain(card.dataset.name).includes(plain($("name").value.trim())) &&
    limits.every(({ value, dataset: { most } }) => value === "" || Number(card.dataset[most]) <= Number(value));

  const compare = (key) => (first, second) =>
    key === "name" ? byName.compare(first.dataset.name, second.dataset.name) : first.dataset[key] - second.dataset[key];

  const update = () => {
    const key = $("sort").value;
    const ordered = key ? [...cards].sort(compare(key)) : [...cards];
    if ($("reverse").ariaPressed === "true") ordered.reverse();
    $("cards").append(...ordered);
    for (const card of cards) card.hidden = !isShown(card);
    const shown = cards.filter((card) => !card.hidden).length;
    $("count").textContent = shown < cards.length ? `${shown} of ${cards.length} photographs` : "";
  };

  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  $("reverse").addEventListener("click", () => {
    $("reverse").ariaPressed = $("reverse").ariaPressed === "true" ? "false" : "true";
    update();
  });
  // A browser that comes back to the page fills in the fields as they were.
  window.addEventListener("pageshow", update);
}
