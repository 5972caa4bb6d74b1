"use strict";
{
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const ks = Object.keys(data.views).map(Number);
  const plural = (count) => (count === 1 ? "colour" : "colours");
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const png = (base64) => `data:image/png;base64,${base64}`;
  const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const original = $("left").src;
  let k = null;

  const element = (name, properties = {}, ...children) => {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...children);
    return node;
  };

  // WCAG 2's relative luminance, and what it makes of it: black or white, whichever is easier to read on a colour.
  const luminance = (hex) => {
    const [r, g, b] = channels(hex);
    return 0.2126 * LINEAR[r] + 0.7152 * LINEAR[g] + 0.0722 * LINEAR[b];
  };
  const ink = (hex) => (luminance(hex) > 0.179 ? "#000" : "#fff");

  const count = ({ palette }) => `${palette.length} ${plural(palette.length)}`;

  // One tab stop for many buttons: the arrow keys go on to the nearest one in their direction.
  function rove(container) {
    const buttons = () => [...container.querySelectorAll("button")];
    container.addEventListener("focusin", ({ target }) => {
      for (const button of buttons()) button.tabIndex = button === target ? 0 : -1;
    });
    container.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      const all = buttons();
      let next = { Home: all[0], End: all.at(-1) }[event.key];
      if (way) {
        const middle = (node) => {
          const box = node.getBoundingClientRect();
          return [box.left + box.width / 2, box.top + box.height / 2];
        };
        const from = middle(event.target);
        let least = Infinity;
        for (const button of all) {
          const [x, y] = middle(button).map((at, axis) => at - from[axis]);
          const [ahead, aside] = way[0] ? [x * way[0], Math.abs(y)] : [y * way[1], Math.abs(x)];
          const far = ahead + 3 * aside;
          if (ahead > 1 && far < least) [next, least] = [button, far];
        }
        // From the end of a line to the start of the next.
        if (!next && way[0]) next = all[all.indexOf(event.target) + way[0]];
      }
      if (!way && !next) return;
      event.preventDefault();
      next?.focus();
    });
  }
  const firstStop = (container) => {
    const buttons = [...container.querySelectorAll("button")];
    const stop = buttons.find((button) => button.ariaPressed === "true") ?? buttons[0];
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
  };

  /* k: one number drives everything */

  const fromAddress = () => {
    const wanted = Number(/^#k=(\d+)$/.exec(location.hash)?.[1]);
    return ks.includes(wanted) ? wanted : data.first;
  };

  let writing;
  function show(next) {
    if (next === k || !ks.includes(next)) return;
    const first = k === null;
    k = next;
    const view = data.views[k];
    const all = view.palette.length; // fewer than k where the photo has no more
    const unit = plural(k) + (all < k ? " at most" : "");
    $("k").value = ks.indexOf(k);
    $("k").setAttribute("aria-valuetext", `${k} ${unit}`);
    $("k-value").textContent = k;
    $("k-unit").textContent = unit;
    $("few").hidden = all === k;
    $("few").textContent = `The photo has only ${all === 1 ? "this 1 colour" : `these ${all} colours`}: a larger k changes nothing.`;
    for (const mark of document.querySelectorAll("[data-k]")) mark.ariaPressed = String(Number(mark.dataset.k) === k);
    for (const row of document.querySelectorAll("[data-row]")) row.className = Number(row.dataset.row) === k ? "ours" : "";
    for (const dot of document.querySelectorAll("[data-at]")) dot.classList.toggle("now", Number(dot.dataset.at) === k);
    letGo();
    nameSides();
    showSides();
    showPalette(view);
    showScores(view);
    showKnives(view);
    showContrast(view);
    if ($("comparison")) showComparison(view.comparison);
    showDownloads(view);
    if (first) return;
    showSpace();
    scheduleSpace();
    // Safari allows a hundred of these in half a minute.
    clearTimeout(writing);
    writing = setTimeout(() => history.replaceState(null, "", `#k=${k}`), 300);
  }

  /* the two pictures: any two of the original, every k, and other quantizers */

  // What a side can show, by its value: the words for it, for the blind, and the picture.
  function side(value) {
    if (value === "original") return ["Original", `The original photograph, ${data.image}`, original];
    if (value === "error") return [`Difference at k = ${k}`, `Map of the colour difference at k = ${k}`, png(data.views[k].error)];
    const [kind, which] = value.split("=");
    if (kind === "method") return [which, `The photograph quantized by ${which}`, png(data.others[which])];
    const at = which ? Number(which) : k;
    const view = data.views[at];
    return [count(view), `The photograph in ${count(view)}`, png(view.picture)];
  }

  for (const name of ["left", "right"]) {
    const option = (value, textContent = side(value)[0]) => element("option", { value, textContent });
    const group = (label, values) => {
      const options = values.map((value) => option(value, side(value)[0]));
      return options.length ? [Object.assign(document.createElement("optgroup"), { label })].map((node) => (node.append(...options), node)) : [];
    };
    k = data.first;
    $(`side-${name}`).append(
      option("original"),
      option("k", ""),
      option("error", ""),
      ...(ks.length > 1 ? group("Always", ks.map((at) => `k=${at}`)) : []),
      ...group("Other quantizers", Object.keys(data.others).map((method) => `method=${method}`)),
    );
    $(`side-${name}`).value = name === "left" ? "original" : "k";
    $(`side-${name}`).onchange = () => showSides();
  }
  k = null;

  function nameSides() {
    for (const name of ["left", "right"]) {
      const [, follow, error] = $(`side-${name}`).options;
      follow.textContent = side("k")[0];
      error.textContent = side("error")[0];
    }
  }

  function showSides() {
    const values = ["left", "right"].map((name) => {
      const { value } = $(`side-${name}`);
      const [, alt, src] = side(value);
      if ($(name).src !== src) Object.assign($(name), { src, alt });
      return value;
    });
    const error = values.includes("error");
    $("scale").hidden = !error;
    $("layer-error").ariaPressed = String(values[1] === "error");
  }

  $("layer-error").onclick = () => {
    $("side-right").value = $("side-right").value === "error" ? "k" : "error";
    showSides();
  };

  /* the palette */

  const COPY = "<svg viewBox='0 0 16 16' aria-hidden='true'><path d='M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z'/></svg>";
  const ORDERS = {
    share: () => 0, // as it comes
    lightness: (a, b) => b.lightness - a.lightness,
    // Around the circle of hues; greys, which have none, at the end by lightness.
    hue: (a, b) => a.grey - b.grey || (a.grey ? b.lightness - a.lightness : a.hue - b.hue),
  };

  // The colours of a palette with all that is said of them.
  function colorsOf(view) {
    return view.palette.map((hex, label) => {
      const [lightness, chroma, hue] = view.oklch[label];
      return { hex, label, name: view.names[label], share: percent(view.shares[label]), lightness, chroma, hue, grey: chroma < 0.02 };
    });
  }
  const sorted = (view) => colorsOf(view).sort(ORDERS[$("sort").value]);
  const called = ({ hex, name, share }) => `${name}, ${hex}, ${share} of the pixels`;

  function showPalette(view) {
    const list = $("chips");
    const colors = sorted(view);
    const grid = colors.length > 24;
    const focused = [...list.querySelectorAll("button")].indexOf(document.activeElement);
    list.replaceChildren(
      ...colors.map((color) => {
        const { hex, label, share, name } = color;
        const words = grid ? [] : [element("code", { textContent: hex }), " ", element("span", { textContent: share })];
        if (colors.length <= 12) words.splice(1, 0, " ", element("em", { textContent: name }));
        const swatch = element("button", { type: "button", className: "swatch", ariaLabel: called(color), ariaPressed: "false", title: grid ? "" : name }, ...words);
        swatch.onclick = () => keep(label);
        swatch.onpointerenter = ({ pointerType }) => pointerType !== "touch" && point(label);
        swatch.onfocus = () => swatch.matches(":focus-visible") && point(label);
        swatch.onpointerleave = swatch.onblur = () => point(null);
        const item = element("li", {}, swatch);
        item.dataset.label = label;
        if (!grid) {
          const button = element("button", { type: "button", className: "copy", ariaLabel: `Copy ${hex}`, title: "Copy", innerHTML: COPY });
          button.onclick = () => copy(hex);
          item.append(button);
        }
        item.style.setProperty("--swatch", hex);
        item.style.setProperty("--on", ink(hex));
        item.style.flexGrow = view.shares[label];
        return item;
      }),
    );
    list.classList.toggle("many", colors.length > 12);
    list.classList.toggle("grid", grid);
    const buttons = list.querySelectorAll("button");
    firstStop(list);
    if (focused >= 0) buttons[Math.min(focused, buttons.length - 1)].focus();
    $("stripes").replaceChildren(
      ...colors.map(({ hex, label }) => {
        const stripe = element("span", { onclick: () => keep(label), onpointerenter: () => point(label), onpointerleave: () => point(null) });
        stripe.dataset.label = label;
        stripe.style.background = hex;
        stripe.style.flexGrow = view.shares[label];
        return stripe;
      }),
    );
    showDetail();
  }
  rove($("chips"));
  $("sort").onchange = () => {
    showPalette(data.views[k]);
    showContrast(data.views[k]);
    light(true);
  };

  function showDetail() {
    const view = data.views[k];
    if (lit !== null) return $("detail").replaceChildren(called(colorsOf(view)[lit]));
    const all = view.palette.length;
    $("detail").replaceChildren(all > 1 ? "Point at a colour to see where it occurs; select it to keep it highlighted." : "");
  }

  /* one cluster stands out, in the palette, the picture and the space at once */

  let kept = null; // by a tap, until Escape
  let pointed = null;
  let lit = null;
  let choices = 0; // to keep a cluster or to let go of all: what was asked for before one is no longer wanted

  const point = (label) => {
    pointed = label;
    light();
  };
  const keep = (label) => {
    choices++;
    kept = kept === label ? null : label;
    pointed = null;
    light(true);
  };
  const letGo = () => {
    choices++;
    kept = pointed = null;
    $("tip").hidden = true;
    light();
  };

  function light(always = false) {
    const next = pointed ?? kept;
    if (next === lit && !always) return;
    lit = next;
    for (const list of [$("chips"), $("stripes"), $("knives")]) {
      list.classList.toggle("lit", lit !== null);
      for (const item of list.querySelectorAll("[data-label]")) {
        const own = Number(item.dataset.label);
        item.classList.toggle("on", own === lit);
        const swatch = item.querySelector(".swatch");
        if (swatch) swatch.ariaPressed = String(own === kept);
      }
    }
    showDetail();
    showMasks();
    space.only = lit;
    scheduleSpace();
  }

  // Each pixel's cluster, read off the indexed picture of a k, and kept for the k that was read last. Decoding takes a
  // while, in which k may have changed: whoever waits for it has to look whether it still matters.
  const NOWHERE = 65535; // the cluster of pixels that do not count, and are clear
  let read = { k: null };
  function readClusters() {
    if (read.k !== k) read = { k, clusters: clustersOf(data.views[k]) };
    return read.clusters;
  }
  async function clustersOf(view) {
    const picture = new Image();
    picture.src = png(view.picture);
    await picture.decode();
    const { naturalWidth: width, naturalHeight: height } = picture;
    const context = element("canvas", { width, height }).getContext("2d", { willReadFrequently: true });
    context.drawImage(picture, 0, 0);
    const rgba = context.getImageData(0, 0, width, height).data;
    const place = new Map(view.palette.map((hex, label) => [parseInt(hex.slice(1), 16), label]));
    const labels = Uint16Array.from({ length: width * height }, (_, pixel) => {
      const at = 4 * pixel;
      return (rgba[at + 3] ? place.get((rgba[at] << 16) | (rgba[at + 1] << 8) | rgba[at + 2]) : null) ?? NOWHERE;
    });
    return { labels, width, height };
  }

  // All other pixels fade towards what the cluster stands out from: white or black. Clear ones stay clear.
  async function showMasks() {
    const masks = document.querySelectorAll(".mask");
    if (lit === null) return masks.forEach((mask) => { mask.hidden = true; });
    const at = k;
    const { labels, width, height } = await readClusters();
    if (lit === null || at !== k) return;
    const image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const veil = ink(data.views[k].palette[lit]) === "#000" ? 0xd8181818 : 0xd8f0f0f0;
    for (let pixel = 0; pixel < pixels.length; pixel++) pixels[pixel] = labels[pixel] === lit || labels[pixel] === NOWHERE ? 0 : veil;
    for (const mask of masks) {
      if (mask.width !== width || mask.height !== height) Object.assign(mask, { width, height });
      mask.getContext("2d").putImageData(image, 0, 0);
      mask.hidden = false;
    }
  }

  // Beside the pointer, within the window.
  function tip(event, title, words, hex = null, loupe = null) {
    const [canvas, disc, text] = $("tip").children;
    canvas.hidden = !loupe;
    disc.hidden = !hex;
    disc.style.background = hex ?? "";
    $("tip").classList.toggle("words", !hex);
    text.firstChild.textContent = title;
    text.lastChild.textContent = words;
    loupe?.(canvas.getContext("2d"));
    $("tip").hidden = false;
    const { offsetWidth, offsetHeight } = $("tip");
    const x = Math.min(event.clientX + 18, innerWidth - offsetWidth - 8);
    const above = event.clientY - offsetHeight - 18;
    const y = event.pointerType === "touch" || event.clientY + offsetHeight + 26 > innerHeight ? above : event.clientY + 18;
    $("tip").style.translate = `${Math.max(8, x)}px ${Math.max(8, y)}px`;
  }
  const tipColor = (event, label, loupe) => {
    const color = colorsOf(data.views[k])[label];
    tip(event, color.hex, `${color.name}\n${color.share}`, color.hex, loupe);
  };
  const hideTip = () => { $("tip").hidden = true; };

  addEventListener("keydown", (event) => {
    if (event.key === "Escape") letGo();
  });

  /* scores, and other quantizers */

  function showScores(view) {
    $("scores-title").textContent = `What ${count(view)} mean${view.palette.length === 1 ? "s" : ""}`;
    $("scores").replaceChildren(
      ...view.scores.map(({ label, value, unit, words }) =>
        element(
          "div",
          {},
          element("dt", { textContent: label }),
          element("dd", {}, element("span", { className: "value", textContent: value }), " ", element("span", { className: "unit", textContent: unit })),
          element("dd", { textContent: words }),
        ),
      ),
    );
  }

  // The silhouettes of every cluster, sorted, as high as it has pixels.
  const SVG = "http://www.w3.org/2000/svg";
  function showKnives(view) {
    $("knives-part").hidden = !view.knives;
    if (!view.knives) return;
    const values = new Int8Array(bytes(view.knives).buffer);
    const low = Math.floor(Math.min(0, ...values.filter((value) => value > -128)) / 12.7) / 10;
    const place = (value) => (100 * (value - low)) / (1 - low);
    const all = view.pixels.reduce((sum, pixels) => sum + pixels, 0);
    const gap = Math.min(1, 25 / view.palette.length);
    const unit = (100 - gap * (view.palette.length - 1)) / all;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 100 100");
    svg.setAttribute("preserveAspectRatio", "none");
    let top = 0;
    view.palette.forEach((hex, label) => {
      const own = values.slice(101 * label, 101 * label + 101);
      const height = view.pixels[label] * unit;
      if (own[0] > -128) {
        // From the highest coefficient down to the lowest.
        const edge = Array.from(own, (value, at) => `${place(value / 127).toFixed(2)} ${(top + (height * (100 - at)) / 100).toFixed(2)}`);
        const path = document.createElementNS(SVG, "path");
        path.setAttribute("d", `M${place(0)} ${top + height}L${edge.join("L")}L${place(0)} ${top}Z`);
        path.setAttribute("fill", hex);
        path.dataset.label = label;
        path.onclick = () => keep(label);
        path.onpointermove = (event) => {
          if (touches(event)) return;
          point(label);
          tipColor(event, label);
        };
        path.onpointerleave = () => { point(null); hideTip(); };
        svg.append(path);
      }
      top += height + gap;
    });
    const ticks = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1].filter((tick) => tick >= low);
    const at = (name, value, ...content) => {
      const node = element(name, {}, ...content);
      node.style.left = `${place(value)}%`;
      return node;
    };
    const mean = at("i", view.silhouette);
    mean.className = "mean";
    $("knives").classList.toggle("dense", view.palette.length > 40);
    $("knives").replaceChildren(...ticks.flatMap((tick) => [at("i", tick), at("span", tick, String(tick).replace("-", "−"))]), svg, mean);
    const lowest = view.palette.map((hex, label) => {
      const own = values.slice(101 * label, 101 * label + 101);
      return [own[0] > -128 ? own.reduce((sum, value) => sum + value, 0) / 101 / 127 : Infinity, label];
    }).sort(([a], [b]) => a - b)[0];
    $("knives-note").textContent = `The silhouettes of each cluster’s pixels, sorted; heights show numbers of pixels, the dashed line the mean, ${view.silhouette.toFixed(2)}. Pixels left of 0 are closer to another cluster. The least distinct cluster is ${view.names[lowest[1]]} (${view.palette[lowest[1]]}), averaging ${lowest[0].toFixed(2)}.`;
  }

  // WCAG's contrast of every pair: what carries text shows some.
  const MOST = 12;
  function showContrast(view) {
    const colors = sorted(view).filter(({ label }) => label < MOST);
    const head = (color, scope) => {
      const cell = element("th", { scope, title: called(color) }, element("span", { className: "hidden", textContent: color.hex }));
      cell.style.setProperty("--swatch", color.hex);
      return cell;
    };
    let pairs = 0;
    const rows = colors.map((back) => {
      const cells = colors.map((front) => {
        if (back === front) return element("td");
        const [dark, light] = [luminance(back.hex), luminance(front.hex)].sort((a, b) => a - b);
        const ratio = (light + 0.05) / (dark + 0.05);
        pairs += ratio >= 4.5;
        const cell = element("td", {
          className: ratio >= 4.5 ? "text" : ratio >= 3 ? "large" : "",
          textContent: (Math.floor(10 * ratio) / 10).toFixed(1),
          title: `${front.hex} on ${back.hex}`,
        });
        cell.style.setProperty("--swatch", back.hex);
        cell.style.setProperty("--on", front.hex);
        return cell;
      });
      return element("tr", {}, head(back, "row"), ...cells);
    });
    const corner = element("td", {}, element("span", { className: "hidden", textContent: "Backgrounds in rows, text in columns" }));
    $("contrast").replaceChildren(element("tr", {}, corner, ...colors.map((color) => head(color, "col"))), ...rows);
    const most = view.palette.length > MOST ? `Of the ${MOST} most common colours: ` : "";
    const say = pairs === 0 ? "no pair is legible as text" : pairs === 2 ? "one pair is legible as text" : `${pairs / 2} pairs are legible as text`;
    $("contrast-note").textContent = `${most}${most ? say : say[0].toUpperCase() + say.slice(1)}: WCAG requires a contrast of 4.5, or 3 for large text (shown large). Each row is a background, each column the text on it.`;
  }

  function showComparison(compared) {
    document.querySelector("#others .table").hidden = !compared;
    if (!compared) {
      const nearest = ks.filter((at) => data.views[at].comparison).sort((a, b) => Math.abs(a - k) - Math.abs(b - k))[0];
      $("comparison-words").textContent = `The other quantizers ran at the k of the study only, which ${k} is not among. The nearest is k = ${nearest}.`;
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
          element("th", { scope: "row", textContent: row.method }),
          element("td", { className: "meter" }, meter),
          ...cells.map((text) => element("td", { textContent: text })),
        );
      }),
    );
  }

  /* the table of all k */

  const table = $("all");
  table.tHead.onclick = ({ target }) => {
    const head = target.closest("th");
    if (!head) return;
    const down = head.ariaSort === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.ariaSort = down ? "descending" : "ascending";
    const number = (row) => parseFloat(row.cells[head.cellIndex].dataset.value);
    // What has no value is last, whichever way.
    const order = (a, b) => (Number.isNaN(a) - Number.isNaN(b)) || (a === b ? 0 : (a - b) * (down ? -1 : 1));
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort((a, b) => order(number(a), number(b))));
  };
  table.tBodies[0].onclick = ({ target }) => show(Number(target.closest("tr").dataset.row));
  $("copy-table").onclick = () => {
    const lines = [...table.rows].map((row) => [...row.cells].map((cell) => cell.dataset.value ?? cell.textContent).join("\t"));
    copy(lines.join("\n"), "the table");
  };

  /* copies and downloads */

  // A palette file as text: what is a file of the results is copied from it, byte for byte.
  const file = (view, suffix) => new TextDecoder().decode(bytes(view.files[suffix].split(",")[1]));
  const lines = (colors, line) => colors.map(line).join("\n");
  const FORMATS = {
    hex: (colors) => lines(colors, ({ hex }) => hex),
    "rgb()": (colors) => lines(colors, ({ hex }) => `rgb(${channels(hex).join(" ")})`),
    "oklch()": (colors) => lines(colors, ({ lightness, chroma, hue }) => `oklch(${lightness} ${chroma} ${hue})`),
    "CSS variables": (_, view) => file(view, "css"),
    "Tailwind theme": (_, view) => file(view, "css").replace(":root", "@theme").replaceAll("\n  --", "\n  --color-"),
    "SCSS map": (_, view) => file(view, "scss"),
    "Python list": (colors) => `[\n${lines(colors, ({ hex }) => `    "${hex}",`)}\n]`,
  };
  $("format").append(...Object.keys(FORMATS).map((name) => element("option", { textContent: name })));

  function showDownloads(view) {
    const offer = (suffix, href, name) => Object.assign($(`download-${suffix}`), { href, download: name });
    offer("png", png(view.picture), `${data.image}-k${k}.png`);
    for (const [suffix, href] of Object.entries(view.files)) offer(suffix, href, `${data.image}-k${k}.${suffix}`);
  }

  let fading;
  function say(text) {
    $("toast").textContent = text;
    clearTimeout(fading);
    fading = setTimeout(() => { $("toast").textContent = ""; }, 2000);
  }

  async function copy(text, what = text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without the permission, or from a page that was not served securely.
      const focus = document.activeElement;
      const area = element("textarea", { value: text, className: "hidden" });
      document.body.append(area);
      area.select();
      const copied = document.execCommand("copy");
      area.remove();
      focus?.focus();
      if (!copied) return say(text);
    }
    say(`Copied ${what}`);
  }

  $("copy-all").onclick = () => {
    const view = data.views[k];
    copy(FORMATS[$("format").value](sorted(view), view), `${count(view)}`);
  };

  /* the picture: modes, divider, zoom */

  const press = (on, ...off) => {
    $(on).ariaPressed = "true";
    for (const id of off) $(id).ariaPressed = "false";
  };

  const setMode = (name, other) => {
    press(`mode-${name}`, `mode-${other}`);
    $("stage").classList.toggle("beside", name === "beside");
  };
  $("mode-divider").onclick = () => setMode("divider", "beside");
  $("mode-beside").onclick = () => setMode("beside", "divider");

  $("cut").oninput = () => $("stage").style.setProperty("--cut", `${$("cut").value}%`);

  // The place is that of the picture's centre, in units of the frame; both pictures share it.
  const place = { x: 0, y: 0, zoom: 1 };
  function look(x, y, zoom) {
    place.zoom = Math.min(16, Math.max(1, zoom));
    const reach = (place.zoom - 1) / 2;
    place.x = Math.min(reach, Math.max(-reach, x));
    place.y = Math.min(reach, Math.max(-reach, y));
    for (const [name, value] of Object.entries(place)) $("stage").style.setProperty(`--${name}`, value);
    $("frame").classList.toggle("zoomed", place.zoom > 1);
    $("zoom-value").textContent = `${Math.round(10 * place.zoom) / 10}×`;
    leave();
  }
  // Around a point of the frame, (0, 0) its centre.
  const zoomBy = (factor, x = 0, y = 0) => {
    const zoom = Math.min(16, Math.max(1, place.zoom * factor));
    look(x + ((place.x - x) * zoom) / place.zoom, y + ((place.y - y) * zoom) / place.zoom, zoom);
  };
  $("zoom-in").onclick = () => zoomBy(2);
  $("zoom-out").onclick = () => zoomBy(0.5);
  $("zoom-fit").onclick = () => look(0, 0, 1);

  // The side under the pointer; an event's target does not tell, once the frame has captured the pointer.
  const paneAt = ({ clientX, clientY }) => document.elementFromPoint(clientX, clientY)?.closest(".pane");
  const within = (event) => {
    const pane = paneAt(event) ?? document.querySelector(".pane");
    const box = pane.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width - 0.5, (event.clientY - box.top) / box.height - 0.5, box];
  };
  $("frame").ondblclick = (event) => {
    const [x, y] = within(event);
    if (place.zoom > 1) look(0, 0, 1);
    else zoomBy(4, x, y);
  };
  $("stage").addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return; // plain wheels scroll the page
      event.preventDefault();
      const [x, y] = within(event);
      zoomBy(2 ** (-event.deltaY / 100), x, y);
    },
    { passive: false },
  );

  // The cluster of the picture's pixel under the pointer, null where there is none, and what draws its surroundings;
  // null alone if another one was kept or all was let go of meanwhile, as when k changes.
  async function pixelAt(event) {
    const [x, y] = within(event);
    const pane = paneAt(event);
    const [left, top] = [[x, place.x], [y, place.y]].map(([at, shift]) => (at - shift) / place.zoom + 0.5);
    const own = choices;
    const { labels, width, height } = await readClusters();
    if (own !== choices) return null;
    if (!pane) return [null];
    const [column, row] = [[left, width], [top, height]].map(([at, size]) => Math.min(size - 1, Math.max(0, Math.floor(at * size))));
    const label = labels[row * width + column];
    if (label === NOWHERE) return [null];
    const loupe = (context) => {
      const shown = pane.querySelector("img");
      const [scaleX, scaleY] = [shown.naturalWidth / width, shown.naturalHeight / height];
      context.imageSmoothingEnabled = false;
      context.clearRect(0, 0, 66, 66);
      context.drawImage(shown, (column - 5) * scaleX, (row - 5) * scaleY, 11 * scaleX, 11 * scaleY, 0, 0, 66, 66);
      context.strokeStyle = ink(data.views[k].palette[label]);
      context.strokeRect(29.5, 29.5, 7, 7);
    };
    return [label, loupe];
  }

  let dwelling;
  let moves = 0; // of the pointer on the picture, and of the picture below it: where it was before no longer matters
  const leave = () => {
    moves++;
    hideTip();
  };
  let pressed = null;
  const touches = (event) => event.pointerType === "touch";
  $("frame").onpointerdown = (event) => {
    pressed = { x: event.clientX, y: event.clientY };
    if (place.zoom === 1) return;
    $("frame").setPointerCapture(event.pointerId);
    const [, , box] = within(event);
    pressed.pan = ({ movementX, movementY }) => look(place.x + movementX / box.width, place.y + movementY / box.height, place.zoom);
  };
  $("frame").onpointermove = (event) => {
    clearTimeout(dwelling);
    const own = ++moves;
    if (event.buttons) return pressed?.pan?.(event);
    // Not in passing: who only crosses the picture wants it as it is.
    const late = lit === null ? 120 : 0;
    dwelling = setTimeout(async () => {
      const pixel = await pixelAt(event);
      if (pixel === null || own !== moves) return;
      const [label, loupe] = pixel;
      point(label);
      if (label === null) hideTip();
      else tipColor(event, label, loupe);
    }, late);
  };
  $("frame").onpointerup = async (event) => {
    const still = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < 6;
    pressed = null;
    if (!still) return;
    const [own, top] = [moves, scrollY];
    const pixel = await pixelAt(event);
    if (pixel === null) return;
    const [label, loupe] = pixel;
    if (label === null) return letGo();
    keep(label);
    if (kept === null || own !== moves || top !== scrollY) hideTip();
    else tipColor(event, label, loupe);
  };
  $("frame").onpointercancel = () => { pressed = null; };
  $("frame").onpointerleave = (event) => {
    clearTimeout(dwelling);
    if (touches(event)) return;
    leave();
    point(null);
  };
  $("frame").onkeydown = (event) => {
    const step = 0.25;
    const move = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
    if (event.key === "+" || event.key === "=") zoomBy(2);
    else if (event.key === "-") zoomBy(0.5);
    else if (event.key === "0") look(0, 0, 1);
    else if (move && place.zoom > 1) look(place.x + move[0], place.y + move[1], place.zoom);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  /* all k as small pictures */

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
        const button = element("button", { type: "button", ariaLabel: `k = ${at}`, onclick: () => show(at) }, image, element("span", { textContent: at }));
        button.dataset.k = at;
        return element("li", {}, button);
      }),
    );
    rove($("thumbs"));
  }

  /* the space */

  const space = new Space($("scatter"), Object.fromEntries(["r", "g", "b"].map((channel) => [channel, bytes(data.points[channel])])));
  $("scatter").space = space; // for the console
  let coloring = "palette";

  function showSpace() {
    const view = data.views[k];
    const all = view.palette.length;
    space.labels = view.places ??= bytes(view.labels);
    space.clustered = coloring === "palette";
    space.paint = space.clustered
      ? Uint32Array.from(view.palette, (hex) => channels(hex).reduce((code, channel, at) => code + channel * 256 ** at, 0xff000000))
      : space.own;
    space.markers = view.palette.map((hex, label) => ({ hex, label, size: (all > 64 ? 0.12 : 0.3) + 0.5 * Math.sqrt(view.shares[label]), ring: all > 64 ? 0.6 : 1.25 }));
  }

  let scheduled = false;
  // However fast the slider moves: once a frame.
  function scheduleSpace() {
    if (scheduled || space.labels === null) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      space.draw();
    });
  }

  function setPlace(name, zoomed) {
    const closer = space.place(name, zoomed);
    $("closer").ariaPressed = String(closer);
    for (const button of document.querySelectorAll("[data-space]")) button.ariaPressed = String(button.dataset.space === name);
    $("scatter").setAttribute("aria-label", `Scatter plot of the photo’s colours in ${SPACES[name].name}: arrow keys to rotate, plus and minus to zoom`);
    scheduleSpace();
  }
  for (const button of document.querySelectorAll("[data-space]")) button.onclick = () => setPlace(button.dataset.space, null);
  $("closer").onclick = () => setPlace(space.name, !space.zoomed);

  const setColoring = (name, other) => {
    coloring = name;
    press(`color-${name}`, `color-${other}`);
    showSpace();
    scheduleSpace();
  };
  $("color-own").onclick = () => setColoring("own", "palette");
  $("color-palette").onclick = () => setColoring("palette", "own");

  const orbit = (...turns) => {
    space.orbit(...turns);
    scheduleSpace();
  };

  const cloud = $("scatter");
  let grip = null;
  cloud.onpointerdown = (event) => {
    setSpin(false);
    grip = { x: event.clientX, y: event.clientY, moved: 0 };
    if (!touches(event)) cloud.setPointerCapture(event.pointerId);
  };
  cloud.onpointermove = (event) => {
    if (grip) {
      const [dx, dy] = [event.clientX - grip.x, event.clientY - grip.y];
      Object.assign(grip, { x: event.clientX, y: event.clientY, moved: grip.moved + Math.hypot(dx, dy) });
      hideTip();
      return orbit(-dx * 0.008, dy * 0.008);
    }
    const label = space.pick(event.offsetX, event.offsetY);
    point(label);
    if (label === null) hideTip();
    else tipColor(event, label);
  };
  cloud.onpointerup = (event) => {
    const still = grip && grip.moved < 6;
    grip = null;
    if (!still) return;
    // From the first tap on a finger turns the space any way; before, only sideways, as the page scrolls.
    if (touches(event)) cloud.classList.add("held");
    const label = space.pick(event.offsetX, event.offsetY);
    if (label === null) return letGo();
    keep(label);
    if (kept === null) hideTip();
    else tipColor(event, label);
  };
  cloud.onpointercancel = () => { grip = null; };
  cloud.onpointerleave = (event) => {
    if (grip || touches(event)) return;
    hideTip();
    point(null);
  };
  addEventListener("pointerdown", ({ target }) => {
    if (target !== cloud) cloud.classList.remove("held");
    if (!target.closest("#frame, #scatter, .area")) leave();
  });
  addEventListener("scroll", hideTip, { passive: true });
  cloud.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      orbit(0, 0, 2 ** (-event.deltaY / 200));
    },
    { passive: false },
  );
  cloud.onkeydown = (event) => {
    const turns = {
      ArrowLeft: [-0.15], ArrowRight: [0.15], ArrowUp: [0, 0.15], ArrowDown: [0, -0.15],
      "+": [0, 0, 1.1], "=": [0, 0, 1.1], "-": [0, 0, 1 / 1.1],
    };
    if (!turns[event.key]) return;
    event.preventDefault();
    orbit(...turns[event.key]);
  };

  let spinning = false;
  const setSpin = (on) => {
    if (on === spinning) return;
    spinning = on;
    $("spin").ariaPressed = String(on);
    let last = performance.now();
    const turn = (now) => {
      if (!spinning) return;
      orbit((now - last) * 0.0003);
      last = now;
      requestAnimationFrame(turn);
    };
    if (on) requestAnimationFrame(turn);
  };
  $("spin").onclick = () => setSpin(!spinning);

  /* the curves: a click or a tap chooses the nearest k */

  for (const area of document.querySelectorAll(".area")) {
    const dots = [...area.querySelectorAll("[data-at]")];
    area.classList.toggle("dense", dots.length > 48);
    const nearest = ({ clientX }, among = dots) => {
      const { left, width } = area.getBoundingClientRect();
      const at = (100 * (clientX - left)) / width;
      const away = (dot) => Math.abs(parseFloat(dot.style.left) - at);
      return among.reduce((best, dot) => (away(dot) < away(best) ? dot : best), among[0]);
    };
    if (!dots.length) continue;
    const shown = dots.filter((dot) => ks.includes(Number(dot.dataset.at)));
    area.onclick = (event) => show(Number(nearest(event, shown).dataset.at));
    area.onpointermove = (event) => {
      if (touches(event)) return;
      const { at, words } = nearest(event).dataset;
      tip(event, `k = ${at}`, words);
    };
    area.onpointerleave = hideTip;
  }

  /* start */

  // What is focused within something that scrolls comes into sight wholly.
  addEventListener("focusin", ({ target }) => {
    if (target.matches(":is(.table, .thumbs) button")) target.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  $("k").oninput = () => show(ks[Number($("k").value)]);
  for (const mark of document.querySelectorAll(".marks [data-k]")) mark.onclick = () => show(Number(mark.dataset.k));
  addEventListener("hashchange", () => show(fromAddress()));
  addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input, select, [data-keys]")) return;
    event.preventDefault();
    show(ks[ks.indexOf(k) + step] ?? k);
  });

  data.views[data.first].picture = $("right").src.split(",")[1];
  show(fromAddress());
  if ($("thumbs")) firstStop($("thumbs"));
  // After the first paint: the picture needs no chart.
  requestAnimationFrame(() => setTimeout(() => {
    setPlace(data.space, null);
    showSpace();
    space.draw();
    new ResizeObserver(scheduleSpace).observe(cloud);
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", scheduleSpace);
    }
    document.body.dataset.ready = "";
  }));
}
