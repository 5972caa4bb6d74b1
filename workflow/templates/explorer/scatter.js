/* The colours in colour space: the buttons, pointer and keys of the drawing in space.js. */

const scatter = (() => {
  const space = new Space($("scatter"), Object.fromEntries(["r", "g", "b"].map((channel) => [channel, bytes(data.points[channel])])));
  $("scatter").space = space; // for the console
  let coloring = "palette";

  function showSpace() {
    const { view } = selection;
    const all = view.palette.length;
    if (typeof view.labels === "string") view.labels = bytes(view.labels);
    space.labels = view.labels;
    space.clustered = coloring === "palette";
    space.paint = space.clustered
      ? Uint32Array.from(view.palette, (hex) => channels(hex).reduce((code, channel, at) => code + channel * 256 ** at, 0xff000000))
      : space.own;
    space.markers = view.palette.map((hex, label) => ({ hex, label, size: (all > 64 ? 0.12 : 0.3) + 0.5 * Math.sqrt(view.shares[label]), ring: all > 64 ? 0.6 : 1.25 }));
  }

  let scheduled = false;
  // Draw once a frame, however fast the slider moves.
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
    $("scatter").setAttribute("aria-label", `Scatter plot of the photo’s colours in ${data.spaces[name]}: arrow keys to rotate, plus and minus to zoom`);
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
    if (!isTouch(event)) cloud.setPointerCapture(event.pointerId);
  };
  cloud.onpointermove = (event) => {
    if (grip) {
      const [dx, dy] = [event.clientX - grip.x, event.clientY - grip.y];
      Object.assign(grip, { x: event.clientX, y: event.clientY, moved: grip.moved + Math.hypot(dx, dy) });
      hideTip();
      return orbit(-dx * 0.008, dy * 0.008);
    }
    const label = space.pick(event.offsetX, event.offsetY);
    selection.point(label);
    if (label === null) hideTip();
    else palette.showTip(event, label);
  };
  cloud.onpointerup = (event) => {
    const still = grip && grip.moved < 6;
    grip = null;
    if (!still) return;
    // After a first tap, a finger turns the space in any direction; before, only sideways, since the page scrolls.
    if (isTouch(event)) cloud.classList.add("held");
    const label = space.pick(event.offsetX, event.offsetY);
    if (label === null) return selection.release();
    selection.keep(label);
    if (selection.kept === null) hideTip();
    else palette.showTip(event, label);
  };
  cloud.onpointercancel = () => { grip = null; };
  cloud.onpointerleave = (event) => {
    if (grip || isTouch(event)) return;
    hideTip();
    selection.point(null);
  };
  addEventListener("pointerdown", ({ target }) => {
    if (target !== cloud) cloud.classList.remove("held");
  });
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

  selection.on("color", () => {
    space.only = selection.color;
    scheduleSpace();
  });

  function start() {
    setPlace(data.space, null);
    showSpace();
    space.draw();
    selection.on("view", () => {
      showSpace();
      scheduleSpace();
    });
    new ResizeObserver(scheduleSpace).observe(cloud);
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", scheduleSpace);
    }
  }

  return { start };
})();
