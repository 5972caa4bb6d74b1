"use strict";
{
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const ks = Object.keys(data.views).map(Number);
  const plural = (count) => (count === 1 ? "colour" : "colours");
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const png = (base64) => `data:image/png;base64,${base64}`;
  let k = null;
  let layer = "picture";

  const element = (name, properties = {}, ...children) => {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...children);
    return node;
  };

  // Black or white, whichever is easier to read on a colour (WCAG 2 relative luminance).
  const ink = (hex) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const value = parseInt(hex.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
  };

  const count = ({ palette }) => `${palette.length} ${plural(palette.length)}`;

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
    showPicture(view);
    showPalette(view);
    showScores(view);
    if ($("comparison")) showComparison(view.comparison);
    showDownloads(view);
    if (first) return;
    scheduleCharts();
    // Safari allows a hundred of these in half a minute.
    clearTimeout(writing);
    writing = setTimeout(() => history.replaceState(null, "", `#k=${k}`), 300);
  }

  function showPicture(view) {
    $("other").src = png(view[layer]);
    const what = layer === "picture" ? count(view) : `ΔE at k = ${k}`;
    $("other-tag").textContent = what;
    $("other").alt = layer === "picture" ? `The photograph in ${what}` : `Map of the colour difference, ${what}`;
  }

  function showPalette(view) {
    const chips = view.palette.map((hex, place) => {
      const share = percent(view.shares[place]);
      const chip = element(
        "button",
        { type: "button", title: "Copy", ariaLabel: `Copy ${hex}, ${share} of the pixels`, onclick: () => copy(hex) },
        element("code", { textContent: hex }),
        element("span", { textContent: share }),
      );
      chip.style.setProperty("--swatch", hex);
      chip.style.setProperty("--on", ink(hex));
      const item = element("li", {}, chip);
      item.style.flexGrow = view.shares[place];
      return item;
    });
    const focused = [...$("chips").children].findIndex((item) => item.contains(document.activeElement));
    $("chips").replaceChildren(...chips);
    $("chips").classList.toggle("many", chips.length > 12);
    if (focused >= 0) chips[Math.min(focused, chips.length - 1)].firstChild.focus();
    for (const strip of document.querySelectorAll(".stripes")) {
      strip.replaceChildren(
        ...view.palette.map((hex, place) => {
          const stripe = element("span", { title: `${hex}, ${percent(view.shares[place])}`, onclick: () => copy(hex) });
          stripe.style.background = hex;
          stripe.style.flexGrow = view.shares[place];
          return stripe;
        }),
      );
    }
  }

  function showScores(view) {
    $("scores-title").textContent = `What ${count(view)} mean${view.palette.length === 1 ? "s" : ""}`;
    $("scores").replaceChildren(
      ...view.scores.map(({ label, value, unit, words }) =>
        element(
          "div",
          {},
          element("dt", { textContent: label }),
          element(
            "dd",
            {},
            element("span", { className: "value", textContent: value }),
            element("span", { className: "unit", textContent: unit }),
          ),
          element("dd", { textContent: words }),
        ),
      ),
    );
  }

  function showComparison({ words, rows }) {
    $("comparison-words").textContent = words;
    const most = Math.max(...rows.map((row) => row.delta_e)) || 1;
    $("comparison").replaceChildren(
      ...rows.map((row) => {
        const meter = element("span");
        meter.style.width = `${(100 * row.delta_e) / most}%`;
        const cells = [row.psnr, row.ssim, row.size, row.colors];
        return element(
          "tr",
          { className: row.ours ? "ours" : "" },
          element("td", { textContent: row.method }),
          element("td", { className: "meter" }, meter),
          element("td", { textContent: row.delta_e.toFixed(2) }),
          ...cells.map((text) => element("td", { textContent: text })),
        );
      }),
    );
  }

  /* copies and downloads */

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

  $("copy-all").onclick = () => copy(data.views[k].palette.join("\n"), count(data.views[k]));

  /* the picture: layers, modes, divider, zoom */

  const press = (on, ...off) => {
    $(on).ariaPressed = "true";
    for (const id of off) $(id).ariaPressed = "false";
  };

  const setLayer = (name, other) => {
    layer = name;
    press(`layer-${name}`, `layer-${other}`);
    $("scale").hidden = name !== "error";
    showPicture(data.views[k]);
  };
  $("layer-picture").onclick = () => setLayer("picture", "error");
  $("layer-error").onclick = () => setLayer("error", "picture");

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
  }
  // Around a point of the frame, (0, 0) its centre.
  const zoomBy = (factor, x = 0, y = 0) => {
    const zoom = Math.min(16, Math.max(1, place.zoom * factor));
    look(x + ((place.x - x) * zoom) / place.zoom, y + ((place.y - y) * zoom) / place.zoom, zoom);
  };
  $("zoom-in").onclick = () => zoomBy(2);
  $("zoom-out").onclick = () => zoomBy(0.5);
  $("zoom-fit").onclick = () => look(0, 0, 1);

  const within = (event) => {
    const pane = document.querySelector(".pane").getBoundingClientRect();
    return [(event.clientX - pane.left) / pane.width - 0.5, (event.clientY - pane.top) / pane.height - 0.5, pane];
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
  $("frame").onpointerdown = (event) => {
    if (place.zoom === 1) return;
    $("frame").setPointerCapture(event.pointerId);
    $("frame").onpointermove = ({ movementX, movementY }) => {
      const [, , pane] = within(event);
      look(place.x + movementX / pane.width, place.y + movementY / pane.height, place.zoom);
    };
  };
  $("frame").onpointerup = $("frame").onpointercancel = () => { $("frame").onpointermove = null; };
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

  /* charts */

  const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const points = Object.fromEntries(["x", "y", "z"].map((axis) => [axis, bytes(data.points[axis].bdata)]));
  const hexes = (values) => Array.from(values, (code) => `#${(0x1000000 + code).toString(16).slice(1)}`);
  const own = hexes(Uint32Array.from(points.x, (x, at) => (x << 16) | (points.y[at] << 8) | points.z[at]));
  let coloring = "palette";

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const config = { displayModeBar: false, responsive: true, showTips: false };
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16; // charts grow with the text
  const font = () => ({ family: getComputedStyle(document.body).fontFamily, color: css("muted"), size: 12 * rem });

  // One step of the colour scale a label: n numbers instead of n strings.
  function cloudColors(view) {
    if (coloring === "own") return { color: own, colorscale: null, cmin: null, cmax: null };
    const all = view.palette.length;
    const steps = view.palette.flatMap((hex, step) => [[step / all, hex], [(step + 1) / all, hex]]);
    return { color: bytes(view.labels.bdata), colorscale: steps, cmin: -0.5, cmax: all - 0.5 };
  }

  // Annotations, because markers inside the cloud would be hidden by it.
  const centroids = (view) =>
    view.palette.map((hex, at) => {
      const [x, y, z] = [1, 3, 5].map((from) => parseInt(hex.slice(from, from + 2), 16));
      const border = { bgcolor: hex, bordercolor: css("ink"), borderwidth: 1.5, borderpad: view.palette.length > 32 ? 1 : 3 };
      const hover = { captureevents: true, hovertext: `${hex}, ${percent(view.shares[at])}` };
      return { x, y, z, text: "\u00a0\u00a0", font: { size: (view.palette.length > 32 ? 6 : 9) * rem }, showarrow: false, ...border, ...hover };
    });

  function drawScatter() {
    const view = data.views[k];
    const { clientWidth, clientHeight } = $("scatter");
    const away = Math.max(1, (1.1 * clientHeight) / clientWidth); // a narrow screen shows the whole cube, too
    // Across the greys, along which most photographs lie.
    const start = { eye: { x: 1.45 * away, y: -1.15 * away, z: 0.5 * away }, center: { x: 0, y: 0, z: -0.2 } };
    const axis = (title) => ({
      title: { text: title, font: { size: 14 * rem } },
      range: [0, 255],
      tickvals: [0, 128, 255],
      showbackground: false,
      showspikes: false,
      zeroline: false,
      tickfont: { size: 11 * rem },
      gridcolor: `${css("muted")}55`,
      linecolor: css("muted"),
      color: css("muted"),
    });
    return Plotly.newPlot(
      "scatter",
      // At this size a square looks like a circle, at a quarter of its triangles; a few colours alone need larger ones.
      [{ type: "scatter3d", mode: "markers", ...points, hoverinfo: "skip", marker: { size: rem * Math.max(1, 10 - (own.length >> 4)), symbol: "square", showscale: false, ...cloudColors(view) } }],
      {
        margin: { l: 0, r: 0, t: 0, b: 0 },
        paper_bgcolor: "rgba(0,0,0,0)",
        font: font(),
        showlegend: false,
        scene: {
          xaxis: axis("R"),
          yaxis: axis("G"),
          zaxis: axis("B"),
          aspectmode: "cube",
          dragmode: "orbit",
          camera: $("scatter").layout?.scene.camera ?? start,
          annotations: centroids(view),
        },
      },
      { ...config, scrollZoom: false },
    );
  }

  let drawn = coloring;
  function updateScatter() {
    const view = data.views[k];
    const layout = { "scene.annotations": centroids(view) };
    // The cloud in the photo's own colours is the same for every k.
    if (coloring === "own" && drawn === "own") return Plotly.relayout("scatter", layout);
    drawn = coloring;
    const restyled = Object.entries(cloudColors(view)).map(([name, value]) => [`marker.${name}`, [value]]);
    return Plotly.update("scatter", Object.fromEntries(restyled), layout);
  }

  function drawCurve(id, values, { marked, mark, band, ...scale }) {
    const hollow = ks.map((_, at) => id === "inertia" && data.curves.hits[at] === 1 && data.restarts > 1);
    const line = css("muted");
    const plot = $(id);
    const traces = [
      { x: ks, y: band ?? [], mode: "lines", line: { width: 0 }, hoverinfo: "skip", visible: Boolean(band) },
      {
        x: ks, y: values, mode: "lines+markers", cliponaxis: false,
        fill: band ? "tonexty" : "none", fillcolor: `${line}55`,
        line: { color: line, width: 2 * rem },
        marker: { size: 8 * rem, color: hollow.map((only) => (only ? css("paper") : line)), line: { color: line, width: 2 } },
        hovertemplate: `k = %{x}: %{y:${scale.tickformat === "~s" ? ".4s" : ".3f"}}<extra></extra>`,
      },
      { x: [k], y: [values[ks.indexOf(k)]], mode: "markers", cliponaxis: false, hoverinfo: "skip", marker: { size: 16 * rem, color: css("ink"), line: { color: css("paper"), width: 3 } } },
    ];
    const edge = 0.04 * (ks.at(-1) - ks[0]) || 1;
    // Of a photo in one colour there is no silhouette, and no inertia: a scale would be plotly's invention.
    const bare = values.some(Boolean) ? {} : { range: [0, 1], tickvals: values.includes(0) ? [0] : [] };
    const axis = { gridcolor: css("line"), zeroline: false, color: css("muted"), fixedrange: true, ticks: "" };
    const layout = {
      margin: { l: 48 * rem, r: 12 * rem, t: 18 * rem, b: 40 * rem },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: font(),
      showlegend: false,
      hovermode: "closest",
      xaxis: { ...axis, showgrid: false, ticklabelstandoff: 4 * rem, range: [ks[0] - edge, ks.at(-1) + edge], title: { text: "number of colours k" }, ...(ks.length <= 16 && { tickvals: ks }) },
      yaxis: { ...axis, nticks: 5, ...scale, ...bare },
      annotations: marked === null ? [] : [{
        x: marked, y: values[ks.indexOf(marked)], text: mark, showarrow: true, arrowhead: 0, arrowwidth: 1,
        arrowcolor: css("muted"), ax: 24 * rem, ay: -26 * rem, xanchor: "left", standoff: 9, font: { color: css("ink") },
      }],
    };
    return Plotly.newPlot(plot, traces, layout, config).then(() => {
      plot.removeAllListeners("plotly_click");
      plot.on("plotly_click", ({ points: [point] }) => show(point.x));
    });
  }

  const { inertia, silhouette, spread, hits } = data.curves;
  const band = spread.some(Boolean) ? inertia.map((value, at) => value * (1 + (spread[at] ?? 0) / 100)) : null;

  function drawCharts() {
    return Promise.all([
      drawScatter(),
      drawCurve("inertia", inertia, { marked: data.elbow, mark: "elbow", band, tickformat: "~s", rangemode: "tozero" }),
      drawCurve("silhouette", silhouette, { marked: data.separate, mark: "maximum", tickformat: ".2f" }),
    ]);
  }

  let scheduled = false;
  let ready = false;
  // However fast the slider moves: once a frame, and never behind a drawing that is still going on.
  function scheduleCharts() {
    if (scheduled || !ready) return;
    scheduled = true;
    requestAnimationFrame(async () => {
      const shown = k;
      const at = ks.indexOf(k);
      await Promise.all([
        updateScatter(),
        Plotly.restyle("inertia", { x: [[k]], y: [[inertia[at]]] }, [2]),
        Plotly.restyle("silhouette", { x: [[k]], y: [[silhouette[at]]] }, [2]),
      ]);
      scheduled = false;
      if (shown !== k) scheduleCharts();
    });
  }

  const setColoring = (name, other) => {
    coloring = name;
    press(`color-${name}`, `color-${other}`);
    scheduleCharts();
  };
  $("color-own").onclick = () => setColoring("own", "palette");
  $("color-palette").onclick = () => setColoring("palette", "own");

  /* the camera, by keys and by itself */

  const camera = () => $("scatter").layout.scene.camera;
  function orbit(turn, rise = 0, nearer = 1) {
    const { eye, ...rest } = camera();
    const radius = Math.hypot(eye.x, eye.y, eye.z) * nearer;
    const azimuth = Math.atan2(eye.y, eye.x) + turn;
    const limit = Math.PI / 2 - 0.05;
    const height = Math.min(limit, Math.max(-limit, Math.asin(eye.z / Math.hypot(eye.x, eye.y, eye.z)) + rise));
    const flat = radius * Math.cos(height);
    return Plotly.relayout("scatter", {
      "scene.camera": { ...rest, eye: { x: flat * Math.cos(azimuth), y: flat * Math.sin(azimuth), z: radius * Math.sin(height) } },
    });
  }

  $("scatter").addEventListener("keydown", (event) => {
    const turns = {
      ArrowLeft: [-0.15], ArrowRight: [0.15], ArrowUp: [0, 0.15], ArrowDown: [0, -0.15],
      "+": [0, 0, 0.9], "=": [0, 0, 0.9], "-": [0, 0, 1 / 0.9],
    };
    if (!ready || !turns[event.key]) return;
    event.preventDefault();
    orbit(...turns[event.key]);
  });

  let spinning = false;
  const setSpin = (on) => {
    if (on === spinning) return;
    spinning = on;
    $("spin").ariaPressed = String(on);
    let last = performance.now();
    const turn = async (now) => {
      if (!spinning) return;
      await orbit((now - last) * 0.0003);
      last = now;
      requestAnimationFrame(turn);
    };
    if (on) requestAnimationFrame(turn);
  };
  $("spin").onclick = () => ready && setSpin(!spinning);
  $("scatter").addEventListener("pointerdown", () => setSpin(false));

  /* start */

  $("k").oninput = () => show(ks[Number($("k").value)]);
  for (const mark of document.querySelectorAll("[data-k]")) mark.onclick = () => show(Number(mark.dataset.k));
  addEventListener("hashchange", () => show(fromAddress()));
  addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input, [data-keys]")) return;
    event.preventDefault();
    show(ks[ks.indexOf(k) + step] ?? k);
  });

  const notes = [];
  if (band) notes.push(`The band of the inertia reaches up to the median restart (at most ${Math.max(...spread).toPrecision(2)} % above).`);
  if (data.restarts > 1 && hits.includes(1)) notes.push("A hollow point was found by one restart only.");
  if (silhouette.every((value) => value === null)) notes.push("A silhouette needs two clusters.");
  notes.push("Click a point to see its k.");
  $("curves-note").textContent = notes.join(" ");

  show(fromAddress());
  // After the first paint: the picture needs no chart.
  requestAnimationFrame(() => setTimeout(async () => {
    await drawCharts();
    ready = true;
    document.body.dataset.ready = "";
    // Paper is narrower: the charts are printed as they stand, but smaller.
    const plots = document.querySelectorAll(".plot");
    addEventListener("beforeprint", () => {
      for (const plot of plots) {
        const { offsetWidth, offsetHeight, style } = plot;
        style.cssText = `zoom: ${320 / offsetWidth}; width: ${offsetWidth}px; height: ${offsetHeight}px`;
      }
    });
    addEventListener("afterprint", () => { for (const plot of plots) plot.style.cssText = ""; });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawCharts);
  }));
}
