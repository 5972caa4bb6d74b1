/* The pictures under pointer, finger and keys: what is at a place, zooming, panning, and a click that keeps a colour. */

{
  const frame = $("frame");
  const panes = [...document.querySelectorAll(".pane")];
  const marks = panes.map((pane) => {
    const mark = element("i", { className: "mark-here", hidden: true });
    pane.append(mark);
    return mark;
  });
  const reading = element("p", { className: "hidden", role: "status" });
  frame.after(reading);

  // Return the picture under the pointer; once the frame has captured the pointer, an event's target is the frame.
  const paneAt = ({ clientX, clientY }) => document.elementFromPoint(clientX, clientY)?.closest(".pane");
  // Return a place in the picture's frame, whose centre is (0, 0), and the frame's box.
  const within = (event, pane = paneAt(event) ?? panes[0]) => {
    const box = pane.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width - 0.5, (event.clientY - box.top) / box.height - 0.5, box];
  };
  // Return the place in the picture, from 0 to 1, at one of the frame, and the other way round.
  const toPicture = (at, axis) => (at - selection.place[axis]) / selection.place.zoom + 0.5;
  const toFrame = (at, axis) => (at - 0.5) * selection.place.zoom + selection.place[axis];

  // Everything that is asked has a token; an answer that comes when there is a newer one is of no use any more.
  let asked = null;
  let cursor = null; // the pixel that the keys have chosen, {x, y} from 0 to 1
  function forget() {
    asked = null;
    cursor = null;
    hideTip();
    for (const mark of marks) mark.hidden = true;
  }
  for (const what of ["view", "sides", "place", "release"]) selection.on(what, forget);

  // Choose the picture in few colours that a pane is asked about: its own; that beside the original; or the one at k.
  function subject(pane) {
    const { left, right } = selection.sides;
    const [own, other] = pane === panes[0] ? [left, right] : [right, left];
    const value = own === "original" ? other : own;
    return value === "original" || value === "error" ? "k" : value;
  }

  // Return the colour at a place of a picture, from 0 to 1 in both directions, null where it is transparent.
  function colorAt({ rgba, width, height }, [column, row]) {
    const at = 4 * (row * width + column);
    return rgba[at + 3] ? hexOf([rgba[at], rgba[at + 1], rgba[at + 2]]) : null;
  }
  const pixelAt = ({ width, height }, x, y) =>
    [[x, width], [y, height]].map(([at, size]) => Math.min(size - 1, Math.max(0, Math.floor(at * size))));
  // Of a picture that was compared at every second pixel, say, a pixel stands for the first of two.
  const sourcePixel = (from, [column, row], to) => [[column, from.width, to.width], [row, from.height, to.height]].map(([at, few, all]) => {
    const step = Math.ceil(all / few);
    return Math.ceil(all / step) === few ? at * step : Math.min(all - 1, Math.floor(((at + 0.5) / few) * all));
  });

  // Find out what is at a place; null if there is nothing.
  async function find(pane, x, y) {
    const { view } = selection;
    const value = subject(pane);
    const [original, shown, clusters] = await Promise.all([
      pictures.pixelsOf(pictures.sourceOf("original")),
      pictures.pixelsOf(pictures.sourceOf(value)),
      pictures.clustersOf(view),
    ]);
    const place = pixelAt(shown, x, y);
    const [hex, source] = [colorAt(shown, place), colorAt(original, sourcePixel(shown, place, original))];
    const [column, row] = pixelAt(clusters, x, y);
    const label = clusters.labels[row * clusters.width + column];
    if (!hex || !source) return null;
    const share = value === "k" && label !== NONE ? `, ${percent(formats.percents(view.shares)[label])}` : "";
    const name = share ? view.names[label] : nameOf(hex);
    const other = value === "k" ? "" : `${pictures.labelOf(value)}\n`;
    const difference = deltaE(pointsOf([source], "lab"), 0, pointsOf([hex], "lab"), 0);
    return {
      hex,
      source,
      label: label === NONE ? null : label,
      words: `${other}${name}${share}\nOriginal ${source}\nΔE ${difference.toFixed(1)} here`,
      centre: [(place[0] + 0.5) / shown.width, (place[1] + 0.5) / shown.height],
      loupe(context) {
        const picture = pane.querySelector("img");
        const [wide, high] = [picture.naturalWidth, picture.naturalHeight];
        const [left, top] = pixelAt({ width: wide, height: high }, x, y);
        context.imageSmoothingEnabled = false;
        context.clearRect(0, 0, 66, 66);
        context.drawImage(picture, left - 5, top - 5, 11, 11, 0, 0, 66, 66);
        context.strokeStyle = ink(picture.src === pictures.sourceOf("original") ? source : hex);
        context.strokeRect(29.5, 29.5, 7, 7);
      },
    };
  }

  // Show what was found at a place: in a tip there, and by a mark at the same place of the other picture.
  function show(event, pane, found, onBoth = false) {
    tooltip(event, found.hex, found.words, [found.source, found.hex], found.loupe);
    const beside = $("stage").classList.contains("beside");
    panes.forEach((other, at) => {
      marks[at].hidden = !onBoth && (other === pane || !beside);
      marks[at].style.left = `${100 * (toFrame(found.centre[0], "x") + 0.5)}%`;
      marks[at].style.top = `${100 * (toFrame(found.centre[1], "y") + 0.5)}%`;
    });
  }

  let dwelling;
  async function point(event) {
    const own = (asked = {});
    const pane = paneAt(event);
    const [x, y] = within(event, pane ?? undefined);
    const found = pane && (await find(pane, toPicture(x, "x"), toPicture(y, "y")));
    if (own !== asked) return;
    if (found) show(event, pane, found);
    else forget();
  }
  function leave() {
    clearTimeout(dwelling);
    forget();
  }

  let pressed = null;
  const pan = (right, down) => {
    const { x, y, zoom } = selection.place;
    selection.look(x + right, y + down, zoom);
  };
  frame.onpointerdown = (event) => {
    pressed = { x: event.clientX, y: event.clientY };
    if (selection.place.zoom === 1) return;
    frame.setPointerCapture(event.pointerId);
    const [, , box] = within(event);
    pressed.pan = ({ movementX, movementY }) => pan(movementX / box.width, movementY / box.height);
  };
  frame.onpointermove = (event) => {
    clearTimeout(dwelling);
    asked = {};
    cursor = null;
    if (event.buttons) return pressed?.pan?.(event);
    // A pointer that only crosses the picture asks for nothing.
    dwelling = setTimeout(point, $("tip").hidden ? 80 : 0, event);
  };
  frame.onpointerup = async (event) => {
    const still = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < 6;
    pressed = null;
    if (!still) return;
    clearTimeout(dwelling);
    const pane = paneAt(event);
    const [own, { choices }] = [(asked = {}), selection];
    const [x, y] = within(event, pane ?? undefined);
    const found = pane && (await find(pane, toPicture(x, "x"), toPicture(y, "y")));
    // The click counts even if the pointer has moved on, but not if another colour was chosen.
    if (choices !== selection.choices) return;
    const isCurrent = own === asked && Boolean(found);
    if (!found || found.label === null) selection.release();
    else selection.keep(found.label);
    if (isCurrent && !(isTouch(event) && selection.kept === null)) show(event, pane, found);
    else if (isTouch(event)) forget();
  };
  frame.onpointercancel = () => { pressed = null; };
  frame.onpointerleave = (event) => {
    if (!isTouch(event)) leave();
  };
  // The pointer may leave without any word of it, as when the page is busy.
  addEventListener("pointermove", (event) => {
    if (asked && !cursor && !isTouch(event) && !frame.contains(event.target)) leave();
  });
  addEventListener("pointerdown", ({ target }) => {
    if (!target.closest("#frame, #scatter, .area")) leave();
  });
  addEventListener("scroll", () => (cursor ? step(0, 0) : forget()), { passive: true });

  frame.ondblclick = (event) => {
    const [x, y] = within(event);
    if (selection.place.zoom > 1) selection.look(0, 0, 1);
    else pictures.zoomBy(4, x, y);
  };
  $("stage").addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return; // plain wheels scroll the page
      event.preventDefault();
      const [x, y] = within(event);
      pictures.zoomBy(2 ** (-event.deltaY / 100), x, y);
    },
    { passive: false },
  );

  // Ask about the pixel that is a number of steps away from the last one, or from the middle of what is in sight.
  async function step(right, down) {
    const { zoom } = selection.place;
    const pane = $("stage").classList.contains("beside") ? panes[1] : null;
    const { naturalWidth: width, naturalHeight: height } = $("left");
    const pixels = Math.max(1, Math.round(Math.max(width, height) / zoom / 60));
    const inSight = (at, axis) => Math.min(toPicture(0.499, axis), Math.max(toPicture(-0.499, axis), at));
    cursor = cursor
      ? { x: inSight(cursor.x + (right * pixels) / width, "x"), y: inSight(cursor.y + (down * pixels) / height, "y") }
      : { x: toPicture(0, "x"), y: toPicture(0, "y") };
    const own = (asked = {});
    const box = (pane ?? panes[0]).getBoundingClientRect();
    const event = { clientX: box.left + box.width * (toFrame(cursor.x, "x") + 0.5), clientY: box.top + box.height * (toFrame(cursor.y, "y") + 0.5) };
    const asks = pane ?? paneAt(event) ?? panes[1];
    const found = await find(asks, cursor.x, cursor.y);
    if (own !== asked) return;
    if (found) show(event, asks, found, true);
    reading.textContent = found ? `${found.hex}, ${found.words.replaceAll("\n", ", ")}` : "Transparent";
    cursor.label = found?.label ?? null;
  }

  frame.onkeydown = (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (way && event.shiftKey) step(...way);
    else if (way && selection.place.zoom > 1) pan(...way.map((at) => -0.25 * at));
    else if (event.key === "Enter" && cursor && (cursor.label ?? null) !== null) selection.keep(cursor.label);
    else if (event.key === "+" || event.key === "=") pictures.zoomBy(2);
    else if (event.key === "-") pictures.zoomBy(0.5);
    else if (event.key === "0") selection.look(0, 0, 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  frame.onblur = () => { if (cursor) forget(); };
}
