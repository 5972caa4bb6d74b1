/* The number of colours, by slider, address, keys and small pictures; and the start of the page. */

{
  const fromAddress = () => {
    const wanted = Number(/^#k=(\d+)$/.exec(location.hash)?.[1]);
    return ks.includes(wanted) ? wanted : data.first;
  };

  function showK() {
    const { k, study } = selection;
    const all = study.palette.length; // fewer than k where the photo has no more
    const unit = plural(k) + (all < k ? " at most" : "");
    $("k").value = ks.indexOf(k);
    $("k").setAttribute("aria-valuetext", `${k} ${unit}`);
    $("k-value").textContent = k;
    $("k-unit").textContent = unit;
    $("few").textContent = `The photo has only ${all === 1 ? "this one colour" : `these ${all} colours`}: a larger k changes nothing.`;
    // What compares colours needs some.
    for (const part of document.querySelectorAll("[data-colors]")) part.hidden = all < Number(part.dataset.colors);
    for (const mark of document.querySelectorAll("[data-k]")) mark.ariaPressed = String(Number(mark.dataset.k) === k);
    for (const row of document.querySelectorAll("[data-row]")) row.className = Number(row.dataset.row) === k ? "ours" : "";
    for (const dot of document.querySelectorAll("[data-at]")) dot.classList.toggle("now", Number(dot.dataset.at) === k);
  }
  selection.on("k", showK);
  selection.on("view", () => { $("few").hidden = selection.study.palette.length === selection.k || selection.isEdited; });

  if ($("thumbs")) {
    const seen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        target.src = png(data.views[target.dataset.of].picture);
        seen.unobserve(target);
      }
    }, { rootMargin: "200px" });
    $("thumbs").append(
      ...ks.map((at) => {
        const image = element("img", { alt: "", width: data.width, height: data.height, decoding: "async" });
        image.dataset.of = at;
        seen.observe(image);
        const button = element("button", { type: "button", ariaLabel: `k = ${at}`, onclick: () => selection.show(at) }, image, element("span", { textContent: at }));
        button.dataset.k = at;
        return element("li", {}, button);
      }),
    );
    rove($("thumbs"));
  }

  // Scroll what is focused into view as a whole.
  addEventListener("focusin", ({ target }) => {
    if (target.matches(":is(.table, .thumbs) button")) target.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  $("k").oninput = () => selection.show(ks[Number($("k").value)]);
  for (const mark of document.querySelectorAll(".marks [data-k], .prices [data-k]")) mark.onclick = () => selection.show(Number(mark.dataset.k));
  // The address names the k that is shown, whatever it named before.
  const writeAddress = () => history.replaceState(null, "", `#k=${selection.k}`);
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
    selection.show(ks[ks.indexOf(selection.k) + step] ?? selection.k);
  }, true);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") selection.release();
  });
  addEventListener("scroll", hideTip, { passive: true });
  selection.on("release", hideTip);

  selection.show(fromAddress());
  if ($("thumbs")) firstStop($("thumbs"));
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
