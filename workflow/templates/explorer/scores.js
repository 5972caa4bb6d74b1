/* Scores: of the selected k, next to other quantizers, in a table of all k, and as curves. */

{
  selection.on("k", () => {
    const { study } = selection;
    $("scores-title").textContent = `What ${count(study)} mean${study.palette.length === 1 ? "s" : ""}`;
    $("scores").replaceChildren(
      ...study.scores.map(({ label, value, unit, words }) =>
        element(
          "div",
          {},
          element("dt", { textContent: label }),
          element("dd", {}, element("span", { className: "value", textContent: value }), " ", element("span", { className: "unit", textContent: unit })),
          element("dd", { textContent: words }),
        ),
      ),
    );
  });

  // The photos of a set, each with a small picture cut from the sheet.
  const sheet = element("img", { src: $("left").src });
  let decoded = null;
  async function showPhotos() {
    const view = selection.study;
    decoded ??= sheet.decode();
    const places = Object.values(data.places);
    const pictures = places.map(([, , width, height]) => element("canvas", { width, height }));
    $("photos").replaceChildren(
      ...view.photos.map(([name, ...cells], at) =>
        element("tr", {}, element("th", { scope: "row" }, pictures[at], isolate(name)), ...cells.map((text) => element("td", { textContent: text }))),
      ),
    );
    await decoded;
    const scale = sheet.naturalWidth / data.width;
    places.forEach(([left, top, width, height], at) => {
      pictures[at].getContext("2d").drawImage(sheet, left * scale, top * scale, width * scale, height * scale, 0, 0, width, height);
    });
  }
  if ($("photos")) selection.on("k", showPhotos);

  function showComparison() {
    const { k, stock, study: { comparison: compared } } = selection;
    document.querySelector("#others .table").hidden = !compared;
    if (!compared) {
      const nearest = ids.filter((at) => data.views[at].comparison).sort((a, b) => Math.abs(a - k) - Math.abs(b - k))[0];
      const button = element("button", { type: "button", className: "quiet", textContent: `Show the nearest, ${atK(nearest)}` });
      button.onclick = () => {
        selection.show(nearest);
        document.querySelector("#others .table").focus({ preventScroll: true }); // the button is gone
      };
      $("comparison-words").replaceChildren(stock ? "The comparison is with palettes of any colours. " : `Nothing was compared at ${atK(k)}. `, button);
      return;
    }
    const { words, rows } = compared;
    $("comparison-words").textContent = words;
    const most = Math.max(...rows.map((row) => row.delta_e)) || 1;
    $("comparison").replaceChildren(
      ...rows.map((row) => {
        const meter = element("span");
        meter.style.width = `${(100 * row.delta_e) / most}%`;
        const cells = [row.delta_e.toFixed(2), row.psnr, row.ssim, row.size, row.colors];
        return element(
          "tr",
          { className: row.ours ? "ours" : "" },
          element("th", { scope: "row" }, ...isolate(row.method).split(/(?<=\+)/).flatMap((part) => [part, element("wbr")])),
          element("td", { className: "meter" }, meter),
          ...cells.map((text) => element("td", { textContent: text })),
        );
      }),
    );
  }
  if ($("comparison")) selection.on("k", showComparison);

  const table = $("all");
  table.tHead.onclick = ({ target }) => {
    const head = target.closest("th");
    if (!head) return;
    const down = head.ariaSort === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.ariaSort = down ? "descending" : "ascending";
    const number = (row) => parseFloat(row.cells[head.cellIndex].dataset.value);
    // Rows without a value are last in both orders.
    const order = (a, b) => (Number.isNaN(a) - Number.isNaN(b)) || (a === b ? 0 : (a - b) * (down ? -1 : 1));
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort((a, b) => order(number(a), number(b))));
  };
  table.tBodies[0].onclick = ({ target }) => selection.show(target.closest("tr").dataset.row);
  $("copy-table").onclick = () => {
    const lines = [...table.rows].map((row) => [...row.cells].map((cell) => cell.dataset.value ?? cell.textContent).join("\t"));
    copy(lines.join("\n"), "the table");
  };

  // A click or a tap on a curve chooses the nearest k.
  for (const area of document.querySelectorAll(".area:not(.still)")) {
    const dots = [...area.querySelectorAll("[data-at]")];
    area.classList.toggle("dense", dots.length > 48);
    const nearest = ({ clientX }, among = dots) => {
      const { left, width } = area.getBoundingClientRect();
      const at = (100 * (clientX - left)) / width;
      const away = (dot) => Math.abs(parseFloat(dot.style.left) - at);
      return among.reduce((best, dot) => (away(dot) < away(best) ? dot : best), among[0]);
    };
    if (!dots.length) continue;
    const shown = dots.filter((dot) => ids.includes(dot.dataset.at));
    for (const dot of dots) dot.classList.toggle("small", !shown.includes(dot));
    area.onclick = (event) => selection.show(nearest(event, shown).dataset.at);
    area.onpointermove = (event) => {
      if (isTouch(event)) return;
      const { at, words } = nearest(event).dataset;
      const { at: next } = nearest(event, shown).dataset;
      tooltip(event, atK(at), at === next ? words : `${words}\nNo picture; a click shows ${atK(next)}.`);
    };
    area.onpointerleave = hideTip;
  }
}
