/* The two pictures: which ones are shown, the divider, the zoom, and the highlighted cluster's pixels. */

const pictures = (() => {
  const original = $("left").src;

  const edited = () => (selection.isEdited ? ", edited" : "");

  // Return the label and the alternative text of an option of the two menus, and a function that returns its picture.
  function side(value) {
    if (value === "original") return ["Original", `The original photograph, ${data.title}`, () => original];
    if (value === "error") return [`Difference at k = ${selection.k}${edited()}`, `Map of the colour difference at k = ${selection.k}${edited()}`, () => png(selection.view.error)];
    const which = value.slice(value.indexOf("=") + 1);
    if (value.startsWith("method=")) return [which.replace(/^.*(?=, )/s, isolate), `The photograph quantized by ${which}`, () => png(data.others[which])];
    const view = value === "k" ? selection.view : data.views[which];
    const words = count(view) + (value === "k" ? edited() : "");
    return [words, `The photograph in ${words}`, () => png(view.picture)];
  }

  for (const name of ["left", "right"]) {
    const option = (value, textContent = side(value)[0]) => element("option", { value, textContent });
    const group = (label, values) => (values.length ? [element("optgroup", { label }, ...values.map((value) => option(value)))] : []);
    $(`side-${name}`).append(
      option("original"),
      option("k", ""),
      option("error", ""),
      ...(ids.length > 1 ? group("Always", ids.map((id) => `k=${id}`)) : []),
      ...group("Comparison", Object.keys(data.others).map((method) => `method=${method}`)),
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
      const [label, alt, picture] = side(value);
      const src = picture();
      $(`side-${name}`).value = value;
      document.querySelector(`.${name} .which`).textContent = label;
      if ($(name).src !== src) Object.assign($(name), { src, alt });
    }
    const { left, right } = selection.sides;
    $("scale").hidden = left !== "error" && right !== "error";
    $("layer-error").ariaPressed = String(right === "error");
  }
  selection.on("view", nameSides);
  selection.on("view", showSides);
  selection.on("sides", showSides);

  let covered = "k"; // what the difference takes the place of
  $("layer-error").onclick = () => {
    const { right } = selection.sides;
    if (right !== "error") covered = right;
    selection.setSide("right", right === "error" ? covered : "error");
  };

  // Decode a picture to its pixels, four bytes each; the original and the last two others are kept.
  const decoded = new Map();
  function pixelsOf(src) {
    if (!decoded.has(src)) {
      const [, oldest] = [...decoded.keys()].filter((other) => other !== original).reverse();
      decoded.delete(oldest);
      decoded.set(src, decode(src));
    }
    return decoded.get(src);
  }
  async function decode(src) {
    const picture = new Image();
    picture.src = src;
    await picture.decode();
    const { naturalWidth: width, naturalHeight: height } = picture;
    const context = element("canvas", { width, height }).getContext("2d", { willReadFrequently: true });
    context.drawImage(picture, 0, 0);
    return { width, height, rgba: context.getImageData(0, 0, width, height).data };
  }

  // Return the cluster of each pixel of a view's picture, NONE where it is transparent; the last result is kept.
  // Decoding is asynchronous: what is selected may have changed when it ends, so the caller has to check if the result
  // still matters.
  let read = { view: null };
  function clustersOf(view) {
    if (view.clusters) return view.clusters;
    if (read.view !== view) read = { view, clusters: findClusters(view) };
    return read.clusters;
  }
  async function findClusters(view) {
    const { width, height, rgba } = await pixelsOf(png(view.picture));
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
    const { view } = selection;
    const found = selection.color === null ? null : await clustersOf(view);
    const { color } = selection;
    if (view !== selection.view) return;
    if (color === null) return masks.forEach((mask) => { mask.hidden = true; });
    if (!found) return;
    const { labels, width, height } = found;
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

  return { pixelsOf, clustersOf, labelOf: (value) => side(value)[0], sourceOf: (value) => side(value)[2](), zoomBy };
})();
