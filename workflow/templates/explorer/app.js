/* The number of colours, by slider, address, keys and small pictures; and the start of the page. */

{
  const fromAddress = () => {
    const wanted = location.hash.replace(/^#k=(0(?=\d))*/, "");
    return ids.includes(wanted) ? wanted : data.first;
  };

  const sets = document.querySelectorAll("[data-set]");
  for (const button of sets) button.onclick = () => selection.show(button.dataset.to);

  function showK() {
    const { id, k, stock, stops, study } = selection;
    const all = study.palette.length; // fewer than k where the photo has no more
    const unit = plural(k) + (all < k ? " at most" : "");
    $("k").value = stops.indexOf(id);
    $("k").setAttribute("aria-valuetext", `${k} ${unit}`);
    $("k-value").textContent = k;
    $("k-unit").textContent = unit;
    $("few").textContent = `The photo has only ${all === 1 ? "this one colour" : `these ${all} colours`}: a larger k changes nothing.`;
    // What compares colours needs some.
    for (const part of document.querySelectorAll("[data-colors]")) part.hidden = all < Number(part.dataset.colors);
    for (const mark of document.querySelectorAll("[data-k]")) mark.ariaPressed = String(mark.dataset.k === id);
    for (const row of document.querySelectorAll("[data-row]")) row.className = row.dataset.row === id ? "ours" : "";
    for (const dot of document.querySelectorAll("[data-at]")) dot.classList.toggle("now", dot.dataset.at === id);
    for (const button of sets) {
      button.ariaPressed = String(button.dataset.set === stock);
      if (button.dataset.set === stock) button.dataset.to = id; // where it leads back to
    }
    firstStop($("thumbs"));
  }
  selection.on("k", showK);
  selection.on("view", () => { $("few").hidden = selection.study.palette.length === selection.k || selection.isEdited; });

  // The stops of the slider, and their pictures, which are read when they come into sight.
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      target.src = png(data.views[target.dataset.of].picture);
      seen.unobserve(target);
    }
  }, { rootMargin: "200px" });
  function showStops() {
    const { stock, stops } = selection;
    const last = stops.length - 1;
    for (const part of document.querySelectorAll("[data-stock]")) part.hidden = part.dataset.stock !== stock;
    document.querySelector(".thumbs").hidden = $("k").disabled = !last;
    $("k").max = last;
    document.querySelector(".ticks").replaceChildren(
      ...stops.flatMap((id, at) => {
        const tick = element("span", { textContent: kOf(id) });
        tick.style.setProperty("--at", at / Math.max(last, 1));
        return last < 16 || at === 0 || at === last ? [tick] : [];
      }),
    );
    seen.disconnect();
    $("thumbs").replaceChildren(
      ...stops.map((id) => {
        const image = element("img", { alt: "", width: data.width, height: data.height, decoding: "async" });
        image.dataset.of = id;
        seen.observe(image);
        const button = element("button", { type: "button", ariaLabel: `k = ${kOf(id)}`, onclick: () => selection.show(id) }, image, element("span", { textContent: kOf(id) }));
        button.dataset.k = id;
        return element("li", {}, button);
      }),
    );
  }
  rove($("thumbs"));
  selection.on("stock", showStops);

  // Scroll what is focused into view as a whole.
  addEventListener("focusin", ({ target }) => {
    if (target.matches(":is(.table, .thumbs) button")) target.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  $("k").oninput = () => selection.show(selection.stops[Number($("k").value)]);
  for (const mark of document.querySelectorAll("[data-k]")) {
    mark.onclick = () => {
      selection.show(mark.dataset.k);
      if (mark.closest(".stock")) $("frame").scrollIntoView({ block: "nearest" });
    };
  }
  // The address names what is shown, whatever it named before.
  const writeAddress = () => history.replaceState(null, "", `#k=${selection.id}`);
  addEventListener("hashchange", () => {
    if (location.hash && !location.hash.startsWith("#k=")) return; // a place on the page
    selection.show(fromAddress());
    writeAddress();
  });
  // A part that has the focus by keyboard may need the arrow keys; one that was only clicked leaves them to k.
  let clicked = null;
  addEventListener("pointerdown", ({ target }) => { clicked = target.closest("[data-keys]"); }, true);
  function needsArrows({ target }) {
    if (target.matches("select, textarea, input:not([type=color])")) return true;
    const part = target.closest("[data-keys]");
    if (!part || part === clicked) return false;
    if (part.id === "frame") return selection.place.zoom > 1;
    return !part.matches(".table") || part.scrollWidth > part.clientWidth;
  }
  addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (["Tab", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) clicked = null;
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || needsArrows(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const { id, stops } = selection;
    selection.show(stops[stops.indexOf(id) + step] ?? id);
  }, true);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") selection.release();
  });
  addEventListener("scroll", hideTip, { passive: true });
  selection.on("release", hideTip);

  selection.show(fromAddress());
  let writing;
  selection.on("k", () => {
    // Safari allows a hundred of these in half a minute.
    clearTimeout(writing);
    const before = location.hash;
    // Another address that was given meanwhile is not written over before it was looked at.
    writing = setTimeout(() => { if (location.hash === before) writeAddress(); }, 300);
  });
  if (location.hash.startsWith("#k=")) writeAddress();
  // After the first paint: the pictures need no scatter plot.
  requestAnimationFrame(() => setTimeout(() => {
    scatter.start();
    document.body.dataset.ready = "";
  }));
}
