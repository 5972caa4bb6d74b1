/* The editor: colours of the palette are changed, dropped, merged or locked, and the picture and its scores follow.

   A step has the colours, which of them are locked, and the colour of every row of two tables: of the photograph's colours
   with their places in the study's picture (so that one that is dithered stays so), and of the points in colour space. */

{
  const MOST = 200; // steps that can be undone
  const ROUNDS = 100; // of K-means, at most
  const { space } = data;
  const icon = (path) => `<svg viewBox='0 0 16 16' aria-hidden='true'><path d='${path}'/></svg>`;
  const ICONS = {
    merge: icon("M3 2.5v3l5 4.5v4M13 2.5v3L8 10"),
    lock: icon("M3.5 7.5h9v6h-9zM5.5 7.5v-2a2.5 2.5 0 015 0v2"),
    drop: icon("M4 4l8 8M12 4l-8 8"),
  };

  const works = new Map(); // by the id of a view: the tables, the steps, the present one, and what is needed to measure it
  let isOn = false;
  let merging = null; // the colour that is to be merged with the next one chosen
  let choosing = null; // the colour that is being chosen, as long as its window is open
  let turn = 0;

  const work = () => works.get(selection.id);
  const step = () => work().steps[work().at];

  // Gather the distinct pairs of a colour of the photograph and one of the palette.
  async function prepare(id) {
    const study = data.views[id];
    const [{ rgba }, { labels, width, height }] = await Promise.all([pictures.pixelsOf(pictures.sourceOf("original")), pictures.clustersOf(study)]);
    const rows = new Uint32Array(labels.length).fill(NONE ** 2);
    const [found, codes, counts, places] = [new Map(), [], [], []];
    for (let pixel = 0; pixel < labels.length; pixel++) {
      if (labels[pixel] === NONE) continue;
      const code = (rgba[4 * pixel] << 16) | (rgba[4 * pixel + 1] << 8) | rgba[4 * pixel + 2];
      const pair = 256 * code + labels[pixel];
      if (!found.has(pair)) {
        found.set(pair, codes.length);
        codes.push(code);
        counts.push(0);
        places.push(labels[pixel]);
      }
      rows[pixel] = found.get(pair);
      counts[rows[pixel]]++;
    }
    const split = (code) => [code >> 16, (code >> 8) & 255, code & 255];
    const place = (all, name) => Float64Array.from(all.flatMap((code) => SPACES[name].from(...split(code))));
    const points = bytes(data.points.r);
    const [green, blue] = [bytes(data.points.g), bytes(data.points.b)];
    const made = {
      id, study, rows, counts, width, height,
      rgb: Uint8Array.from(codes.flatMap(split)),
      lab: place(codes, "lab"),
      tables: { colors: place(codes, space), points: place(Array.from(points, (red, at) => (red << 16) | (green[at] << 8) | blue[at]), space) },
      view: study,
      steps: [{ hexes: study.palette, locked: study.palette.map(() => false), colors: Uint8Array.from(places), words: "" }],
      at: 0,
      shown: 0,
    };
    const centres = pointsOf(study.palette, space);
    made.steps[0].points = Uint8Array.from(points, (_, row) => nearest(made.tables.points, row, centres));
    made.first = measure(made, made.steps[0]);
    made.size = (await encodePng(clustersAt(made, made.steps[0]), study.palette)).length;
    if (!works.has(id)) works.set(id, made);
  }

  // Find the nearest of some points, three numbers each, to a row of a table; of equally near ones the first.
  function nearest(table, row, centres) {
    let [best, least] = [0, Infinity];
    for (let label = 0; 3 * label < centres.length; label++) {
      let far = 0;
      for (let axis = 0; axis < 3; axis++) far += (table[3 * row + axis] - centres[3 * label + axis]) ** 2;
      if (far < least) [best, least] = [label, far];
    }
    return best;
  }
  // Give the rows of both tables new colours; `choose` is told the present one, and has a function that finds the nearest.
  function relabel({ tables }, from, centres, choose) {
    return Object.fromEntries(Object.entries(tables).map(([name, table]) =>
      [name, from[name].map((label, row) => choose(label, () => nearest(table, row, centres)))]));
  }
  // Compute the means of the pixels of each colour in the study's space; null where there are none.
  function means({ tables: { colors: table }, counts }, labels, size) {
    const sums = Array.from({ length: size }, () => [0, 0, 0, 0]);
    labels.forEach((label, row) => {
      for (let axis = 0; axis < 3; axis++) sums[label][axis] += counts[row] * table[3 * row + axis];
      sums[label][3] += counts[row];
    });
    return sums.map(([x, y, z, all]) => (all ? [x / all, y / all, z / all] : null));
  }

  // A colour that was not changed keeps the name that a stock has for it.
  const called = (hex) => {
    const { names, palette } = work().study;
    return names[palette.indexOf(hex)] ?? nameOf(hex);
  };
  const name = (hex) => `${called(hex)} (${hex})`;
  // What can be done: each returns the next step.
  const EDITS = {
    change: (now, label, hex) => ({ ...now, hexes: now.hexes.with(label, hex), words: `Changed ${now.hexes[label]} to ${name(hex)}` }),
    lock: (now, label) => ({ ...now, locked: now.locked.with(label, !now.locked[label]), words: `${now.locked[label] ? "Unlocked" : "Locked"} ${name(now.hexes[label])}` }),
    drop(now, gone) {
      const [hexes, locked] = [now.hexes, now.locked].map((list) => list.toSpliced(gone, 1));
      const next = relabel(work(), now, pointsOf(hexes, space), (label, near) => (label === gone ? near() : label - (label > gone)));
      return { hexes, locked, ...next, words: `Dropped ${name(now.hexes[gone])}` };
    },
    merge(now, one, other) {
      const [into, gone] = [Math.min(one, other), Math.max(one, other)];
      const next = relabel(work(), now, [], (label) => (label === gone ? into : label - (label > gone)));
      const [hexes, locked] = [now.hexes, now.locked].map((list) => list.toSpliced(gone, 1));
      const mean = means(work(), next.colors, hexes.length)[into];
      if (mean) hexes[into] = hexOf(SPACES[space].to(...mean));
      return { hexes, locked, ...next, words: `Merged ${now.hexes[one]} and ${now.hexes[other]} into ${name(hexes[into])}` };
    },
    reassign: (now) => ({ ...now, ...relabel(work(), now, pointsOf(now.hexes, space), (_, near) => near()), words: "Gave every pixel its nearest colour" }),
    // K-means (Lloyd 1982) from the present palette, in which locked colours stay where they are.
    fit(now) {
      const { tables, counts } = work();
      let [centres, labels] = [pointsOf(now.hexes, space), now.colors];
      for (let round = 0; round < ROUNDS; round++) {
        const next = labels.map((_, row) => nearest(tables.colors, row, centres));
        if (round && next.every((label, row) => label === labels[row])) break;
        labels = next;
        means({ tables, counts }, labels, now.hexes.length).forEach((mean, label) => {
          if (mean && !now.locked[label]) centres.set(mean, 3 * label);
        });
      }
      const hexes = now.hexes.map((hex, label) => (now.locked[label] ? hex : hexOf(SPACES[space].to(...centres.slice(3 * label, 3 * label + 3)))));
      return { ...EDITS.reassign({ ...now, hexes }), words: "Fitted the unlocked colours to the photo" };
    },
  };

  function clustersAt({ rows, width, height }, { colors }) {
    const labels = new Uint16Array(rows.length);
    for (let pixel = 0; pixel < rows.length; pixel++) labels[pixel] = rows[pixel] < colors.length ? colors[rows[pixel]] : NONE;
    return { width, height, labels };
  }

  // Measure a step as the pipeline does: the mean CIEDE2000 of the pixels, and the peak signal-to-noise ratio in dB.
  function measure({ lab, rgb, counts }, { hexes, colors }) {
    const [labs, codes] = [pointsOf(hexes, "lab"), pointsOf(hexes, "rgb")];
    let [difference, squares, all] = [0, 0, 0];
    colors.forEach((label, row) => {
      difference += counts[row] * deltaE(lab, 3 * row, labs, 3 * label);
      for (let channel = 0; channel < 3; channel++) squares += counts[row] * (rgb[3 * row + channel] - codes[3 * label + channel]) ** 2;
      all += counts[row];
    });
    return { delta_e: difference / all, psnr: 10 * Math.log10((3 * 255 ** 2 * all) / squares) };
  }

  // Draw the difference of every pixel in the colours of the scale below the picture.
  function drawError({ rows, lab, width, height }, { hexes, colors }) {
    const [labs, levels] = [pointsOf(hexes, "lab"), bytes(data.ramp)];
    const steps = Array.from(colors, (label, row) => Math.min(255, Math.floor((deltaE(lab, 3 * row, labs, 3 * label) * 256) / data.delta_e_max)));
    const image = new ImageData(width, height);
    rows.forEach((row, pixel) => {
      if (row < steps.length) image.data.set([...levels.subarray(3 * steps[row], 3 * steps[row] + 3), 255], 4 * pixel);
    });
    const canvas = element("canvas", { width, height });
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas.toDataURL().split(",")[1];
  }

  // Make what the page shows of a step, as the study has it of a k; all but the picture.
  function toView(made, now) {
    const { study, counts, first } = made;
    const pixels = now.hexes.map(() => 0);
    now.colors.forEach((label, row) => { pixels[label] += counts[row]; });
    const names = now.hexes.map(called);
    const { delta_e, psnr } = measure(made, now);
    // A picture that is smaller in the page than in the study tells about how much changes.
    const isWhole = made.width === data.width && made.height === data.height;
    const drift = (name, value) => (isWhole || study.measured[name] === null ? value : value - first[name] + study.measured[name]);
    let files;
    let error;
    return {
      ...study,
      palette: now.hexes,
      names,
      oklch: now.hexes.map(formats.oklch),
      shares: formats.shares(pixels, 6),
      labels: now.points,
      clusters: clustersAt(made, now),
      measured: { delta_e: drift("delta_e", delta_e), psnr: drift("psnr", psnr), isEstimate: !isWhole },
      get error() { return error ??= drawError(made, now); },
      get files() {
        return files ??= Object.fromEntries(Object.entries(formats.files(now.hexes, pixels, data.image, names)).map(([suffix, content]) =>
          [suffix, `${study.files[suffix].split(",")[0]},${base64(content)}`]));
      },
    };
  }

  // Show the present step, and say what was done: at once in the list, and as soon as it is encoded in the picture and
  // everywhere else.
  async function publish(words) {
    const made = work();
    const [now, own] = [step(), ++turn];
    const isEdited = now.hexes !== made.steps[0].hexes || now.colors !== made.steps[0].colors;
    const view = isEdited ? toView(made, now) : made.study;
    made.view = view;
    showRows();
    if (words) say(`${words}. Mean ΔE ${view.measured.delta_e.toFixed(2)}.`);
    if (isEdited) {
      const file = await encodePng(view.clusters, now.hexes);
      if (own < made.shown) return;
      view.picture = base64(file);
      view.measured.png_bytes = Math.round((file.length / made.size) * made.study.measured.png_bytes);
    }
    made.shown = own;
    selection.edit(made.id, isEdited ? view : null);
  }

  // Take a step; while a colour is being chosen, it replaces the last one, and nothing is said.
  function take(next, replaces = false) {
    const made = work();
    const all = made.steps.slice(0, made.at + 1 - replaces);
    made.steps = [...all.slice(0, 1), ...all.slice(1).slice(1 - MOST), next];
    made.at = made.steps.length - 1;
    merging = null;
    // What has been edited can be seen.
    if (!Object.values(selection.sides).some((side) => side === "k" || side === "error")) selection.setSide("right", "k");
    publish(choosing === null && next.words);
  }
  function move(by) {
    const made = work();
    const next = made?.steps[made.at + by];
    if (!isOn || !next) return;
    const words = by < 0 ? `Undone: ${step().words}` : `Done again: ${next.words}`;
    made.at += by;
    merging = choosing = null;
    publish(words);
  }

  const list = $("rows");
  function makeRow(label) {
    const input = element("input", { type: "color" });
    input.oninput = () => {
      const again = choosing === label;
      choosing = label;
      take(EDITS.change(again ? work().steps[work().at - 1] : step(), label, input.value), again);
    };
    input.onchange = () => {
      if (choosing === label) publish(step().words);
      choosing = null;
    };
    const button = (kind, onclick) => element("button", { type: "button", className: "copy", innerHTML: ICONS[kind], onclick });
    const merge = button("merge", () => {
      if (merging !== null && merging !== label) return take(EDITS.merge(step(), merging, label));
      merging = merging === label ? null : label;
      if (merging !== null) say(`Choose the colour to merge ${step().hexes[label]} with`);
      showRows();
    });
    const lock = button("lock", () => take(EDITS.lock(step(), label)));
    const drop = button("drop", () => take(EDITS.drop(step(), label)));
    const [code, words, share] = [element("code"), element("em"), element("span")];
    const item = element("li", {}, element("label", { className: "swatch" }, input, code, words, share), merge, lock, drop);
    return Object.assign(item, { parts: { input, merge, lock, drop, code, words, share } });
  }

  function showRows() {
    const [now, { view }] = [step(), work()];
    const focused = stops(list).indexOf(document.activeElement);
    const percents = formats.percents(view.shares);
    if (list.children.length !== now.hexes.length) list.replaceChildren(...now.hexes.map((_, label) => makeRow(label)));
    [...list.children].forEach(({ style, parts: { input, merge, lock, drop, code, words, share } }, label) => {
      const [hex, isLocked] = [now.hexes[label], now.locked[label]];
      style.setProperty("--swatch", hex);
      style.setProperty("--on", ink(hex));
      if (input.value !== hex) input.value = hex;
      code.textContent = hex;
      words.replaceChildren(view.names[label], ...palette.markOf(hex));
      share.textContent = percent(percents[label]);
      input.ariaLabel = `Change ${name(hex)}`;
      merge.title = merge.ariaLabel = merging === null || merging === label ? `Merge ${hex} with another colour` : `Merge ${hex} with ${now.hexes[merging]}`;
      merge.ariaPressed = String(merging === label);
      lock.title = lock.ariaLabel = `Lock ${hex}`;
      lock.ariaPressed = String(isLocked);
      drop.title = drop.ariaLabel = `Drop ${hex}`;
      input.disabled = isLocked;
      merge.disabled = drop.disabled = isLocked || now.hexes.length === 1;
    });
    const after = stops(list);
    if (focused >= 0 && !list.contains(document.activeElement)) after[Math.min(focused, after.length - 1)].focus();
    else firstStop(list);
    const { steps, at } = work();
    for (const [id, words] of [["undo", at && step().words], ["redo", steps[at + 1]?.words]]) {
      $(id).disabled = !words;
      $(id).title = words || "";
    }
    $("reset").disabled = !at;
  }

  function showMeasured() {
    const { view: { measured }, study, isEdited } = selection;
    const words = ({ delta_e, psnr, png_bytes: size }) => [delta_e.toFixed(2), psnr === null || psnr === Infinity ? "∞" : psnr.toFixed(2), size < 1000 ? `${size}\u00a0B` : `${(size / 1000).toFixed(1)}\u00a0kB`];
    const [now, before] = [words(measured), words(study.measured)];
    const about = (at) => (isEdited && (measured.isEstimate || at === 2) ? "≈ " : "");
    $("measured").replaceChildren(...["Mean ΔE", "PSNR, dB", "PNG"].map((label, at) =>
      element("div", {}, element("dt", { textContent: label }), element("dd", { textContent: about(at) + now[at] }), element("dd", { className: "before", textContent: isEdited ? `was ${before[at]}` : "\u00a0" }))));
  }

  async function start() {
    const { id } = selection;
    merging = choosing = null;
    showMeasured();
    $("editor").inert = !works.has(id);
    if (!works.has(id)) await prepare(id);
    if (id !== selection.id) return;
    $("editor").inert = false;
    showRows();
  }
  $("edit").onclick = () => {
    isOn = !isOn;
    // What could let go of a colour is hidden, or is shown again.
    selection.release();
    if (isOn) start();
    $("edit").ariaPressed = String(isOn);
    document.querySelector(".palette").classList.toggle("editing", isOn);
    $("editor").hidden = !isOn;
  };
  rove(list);
  $("edit").hidden = !("CompressionStream" in window); // in browsers from before 2023
  selection.on("k", () => isOn && start());
  selection.on("view", () => isOn && showMeasured());

  $("undo").onclick = () => move(-1);
  $("redo").onclick = () => move(1);
  $("reset").onclick = () => take({ ...work().steps[0], words: "Went back to the study's palette" });
  $("reassign").onclick = () => take(EDITS.reassign(step()));
  $("fit").onclick = () => take(EDITS.fit(step()));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && merging !== null) {
      merging = null;
      showRows();
    }
    const way = (event.ctrlKey || event.metaKey) && { z: event.shiftKey ? 1 : -1, y: 1 }[event.key.toLowerCase()];
    if (!way || !isOn || event.altKey) return;
    event.preventDefault();
    move(way);
  });
}
