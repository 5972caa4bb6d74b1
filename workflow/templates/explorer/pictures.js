/* The two pictures: which ones are shown, the divider, the zoom, and the highlighted cluster's pixels. */

{
  const original = $("left").src;

  // Return the label, the alternative text and the picture of an option of the two menus.
  function side(value) {
    if (value === "original") return ["Original", `The original photograph, ${data.title}`, original];
    if (value === "error") return [`Difference at k = ${selection.k}`, `Map of the colour difference at k = ${selection.k}`, png(selection.view.error)];
    const [kind, which] = value.split("=");
    if (kind === "method") return [which, `The photograph quantized by ${which}`, png(data.others[which])];
    const at = which ? Number(which) : selection.k;
    const view = data.views[at];
    return [count(view), `The photograph in ${count(view)}`, png(view.picture)];
  }

  for (const name of ["left", "right"]) {
    const option = (value, textContent = side(value)[0]) => element("option", { value, textContent });
    const group = (label, values) => (values.length ? [element("optgroup", { label }, ...values.map((value) => option(value)))] : []);
    $(`side-${name}`).append(
      option("original"),
      option("k", ""),
      option("error", ""),
      ...(ks.length > 1 ? group("Always", ks.map((at) => `k=${at}`)) : []),
      ...group("Other quantizers", Object.keys(data.others).map((method) => `method=${method}`)),
    );
    $(`side-${name}`).onchange = ({ target }) => selection.setSide(name, target.value);
  }

  function nameSides() {
    for (const name of ["left", "right"]) {
      const [, follow, error] = $(`side-${name}`).options;
      follow.textContent = side("k")[0];
      error.textContent = side("error")[0];
    }
  }

  function showSides() {
    for (const [name, value] of Object.entries(selection.sides)) {
      const [, alt, src] = side(value);
      $(`side-${name}`).value = value;
      if ($(name).src !== src) Object.assign($(name), { src, alt });
    }
    const { left, right } = selection.sides;
    $("scale").hidden = left !== "error" && right !== "error";
    $("layer-error").ariaPressed = String(right === "error");
  }
  selection.on("k", nameSides);
  selection.on("k", showSides);
  selection.on("sides", showSides);

  $("layer-error").onclick = () => selection.setSide("right", selection.sides.right === "error" ? "k" : "error");

  // Return the cluster of each pixel of the indexed picture, NONE where it is transparent; the last result is kept.
  // Decoding is asynchronous: k may have changed when it ends, so the caller has to check if the result still matters.
  let read = { k: null };
  function readClusters() {
    if (read.k !== selection.k) read = { k: selection.k, clusters: clustersOf(selection.view) };
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
    const labelOf = new Map(view.palette.map((hex, label) => [parseInt(hex.slice(1), 16), label]));
    const labels = Uint16Array.from({ length: width * height }, (_, pixel) => {
      const at = 4 * pixel;
      return (rgba[at + 3] ? labelOf.get((rgba[at] << 16) | (rgba[at + 1] << 8) | rgba[at + 2]) : null) ?? NONE;
    });
    return { labels, width, height };
  }

  // Fade all other pixels to white or black, whichever the cluster stands out from. Transparent ones stay as they are.
  async function showMasks() {
    const masks = document.querySelectorAll(".mask");
    if (selection.color === null) return masks.forEach((mask) => { mask.hidden = true; });
    const { k } = selection;
    const { labels, width, height } = await readClusters();
    const { color, view } = selection;
    if (color === null || k !== selection.k) return;
    const image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const veil = ink(view.palette[color]) === "#000" ? 0xd8181818 : 0xd8f0f0f0;
    for (let pixel = 0; pixel < pixels.length; pixel++) pixels[pixel] = labels[pixel] === color || labels[pixel] === NONE ? 0 : veil;
    for (const mask of masks) {
      if (mask.width !== width || mask.height !== height) Object.assign(mask, { width, height });
      mask.getContext("2d").putImageData(image, 0, 0);
      mask.hidden = false;
    }
  }
  selection.on("color", showMasks);

  const setMode = (name, other) => {
    press(`mode-${name}`, `mode-${other}`);
    $("stage").classList.toggle("beside", name === "beside");
  };
  $("mode-divider").onclick = () => setMode("divider", "beside");
  $("mode-beside").onclick = () => setMode("beside", "divider");

  $("cut").oninput = () => $("stage").style.setProperty("--cut", `${$("cut").value}%`);

  // Both pictures have the same place and zoom.
  selection.on("place", () => {
    const { zoom } = selection.place;
    for (const [name, value] of Object.entries(selection.place)) $("stage").style.setProperty(`--${name}`, value);
    $("frame").classList.toggle("zoomed", zoom > 1);
    $("zoom-value").textContent = `${Math.round(10 * zoom) / 10}×`;
    leave();
  });
  // Zoom around a point of the frame, whose centre is (0, 0).
  const zoomBy = (factor, atX = 0, atY = 0) => {
    const { x, y, zoom } = selection.place;
    const next = Math.min(16, Math.max(1, zoom * factor));
    selection.look(atX + ((x - atX) * next) / zoom, atY + ((y - atY) * next) / zoom, next);
  };
  $("zoom-in").onclick = () => zoomBy(2);
  $("zoom-out").onclick = () => zoomBy(0.5);
  $("zoom-fit").onclick = () => selection.look(0, 0, 1);

  // Return the picture under the pointer; once the frame has captured the pointer, an event's target is the frame.
  const paneAt = ({ clientX, clientY }) => document.elementFromPoint(clientX, clientY)?.closest(".pane");
  const within = (event) => {
    const pane = paneAt(event) ?? document.querySelector(".pane");
    const box = pane.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width - 0.5, (event.clientY - box.top) / box.height - 0.5, box];
  };
  $("frame").ondblclick = (event) => {
    const [x, y] = within(event);
    if (selection.place.zoom > 1) selection.look(0, 0, 1);
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

  // Return the cluster of the pixel under the pointer, null where there is none, and a function that draws the pixels
  // around it; or only null if a cluster was chosen or released in the meantime, as when k changes.
  async function pixelAt(event) {
    const [x, y] = within(event);
    const pane = paneAt(event);
    const { place, choices } = selection;
    const [left, top] = [[x, place.x], [y, place.y]].map(([at, shift]) => (at - shift) / place.zoom + 0.5);
    const { labels, width, height } = await readClusters();
    if (choices !== selection.choices) return null;
    if (!pane) return [null];
    const [column, row] = [[left, width], [top, height]].map(([at, size]) => Math.min(size - 1, Math.max(0, Math.floor(at * size))));
    const label = labels[row * width + column];
    if (label === NONE) return [null];
    const loupe = (context) => {
      const shown = pane.querySelector("img");
      const [scaleX, scaleY] = [shown.naturalWidth / width, shown.naturalHeight / height];
      context.imageSmoothingEnabled = false;
      context.clearRect(0, 0, 66, 66);
      context.drawImage(shown, (column - 5) * scaleX, (row - 5) * scaleY, 11 * scaleX, 11 * scaleY, 0, 0, 66, 66);
      context.strokeStyle = ink(selection.view.palette[label]);
      context.strokeRect(29.5, 29.5, 7, 7);
    };
    return [label, loupe];
  }

  let dwelling;
  let moves = 0; // counts moves of the pointer on the picture, and of the picture under it, to notice outdated ones
  const leave = () => {
    moves++;
    hideTip();
  };
  let pressed = null;
  const pan = (right, down) => {
    const { x, y, zoom } = selection.place;
    selection.look(x + right, y + down, zoom);
  };
  $("frame").onpointerdown = (event) => {
    pressed = { x: event.clientX, y: event.clientY };
    if (selection.place.zoom === 1) return;
    $("frame").setPointerCapture(event.pointerId);
    const [, , box] = within(event);
    pressed.pan = ({ movementX, movementY }) => pan(movementX / box.width, movementY / box.height);
  };
  $("frame").onpointermove = (event) => {
    clearTimeout(dwelling);
    const own = ++moves;
    if (event.buttons) return pressed?.pan?.(event);
    // A pointer that only crosses the picture highlights nothing.
    const late = selection.color === null ? 120 : 0;
    dwelling = setTimeout(async () => {
      const pixel = await pixelAt(event);
      if (pixel === null || own !== moves) return;
      const [label, loupe] = pixel;
      selection.point(label);
      if (label === null) hideTip();
      else palette.showTip(event, label, loupe);
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
    if (label === null) return selection.release();
    selection.keep(label);
    if (selection.kept === null || own !== moves || top !== scrollY) hideTip();
    else palette.showTip(event, label, loupe);
  };
  $("frame").onpointercancel = () => { pressed = null; };
  $("frame").onpointerleave = (event) => {
    clearTimeout(dwelling);
    if (isTouch(event)) return;
    leave();
    selection.point(null);
  };
  $("frame").onkeydown = (event) => {
    const step = 0.25;
    const move = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
    if (event.key === "+" || event.key === "=") zoomBy(2);
    else if (event.key === "-") zoomBy(0.5);
    else if (event.key === "0") selection.look(0, 0, 1);
    else if (move && selection.place.zoom > 1) pan(...move);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener("pointerdown", ({ target }) => {
    if (!target.closest("#frame, #scatter, .area")) leave();
  });
}
