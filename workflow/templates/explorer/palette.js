/* The palette: its colours in any order, the one that is highlighted, copies and downloads. */

const palette = (() => {
  const COPY = "<svg viewBox='0 0 16 16' aria-hidden='true'><path d='M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z'/></svg>";

  // Return the colours of a palette, each with its name, share and coordinates.
  function colors(view) {
    const percents = formats.percents(view.shares);
    return view.palette.map((hex, label) => {
      const [lightness, chroma, hue] = view.oklch[label];
      return { hex, label, name: view.names[label], share: percent(percents[label]), kept: selection.study.kept.includes(hex) ? ", kept" : "", lightness, chroma, hue };
    });
  }
  function sorted(view) {
    const all = colors(view);
    return formats.sort(view.palette, view.shares, selection.order).map((label) => all[label]);
  }
  const describe = ({ hex, name, share, kept }) => `${name}, ${hex}, ${share} of the pixels${kept}`;
  // The mark of a colour that the study keeps, if it is one.
  const markOf = (hex) => (selection.study.kept.includes(hex) ? [" ", element("small", { className: "kept", textContent: "kept", title: "Kept: this colour is in every palette, as the config asks" })] : []);
  const showTip = (event, label) => {
    const { hex, name, share } = colors(selection.view)[label];
    tooltip(event, hex, `${name}\n${share}`, [hex]);
  };

  function showPalette() {
    const { view } = selection;
    const list = $("chips");
    const shown = sorted(view);
    const many = shown.length > data.many;
    const grid = shown.length > 24;
    const focused = [...list.querySelectorAll("button")].indexOf(document.activeElement);
    list.replaceChildren(
      ...shown.map((color) => {
        const { hex, label, share, name, kept } = color;
        const words = grid ? markOf(hex) : [element("code", { textContent: hex }), " ", element("em", {}, name, ...markOf(hex)), " ", element("span", { textContent: share })];
        const swatch = element("button", { type: "button", className: "swatch", ariaLabel: describe(color), ariaPressed: "false", title: grid ? `${name}, ${hex}${kept}` : name }, ...words);
        swatch.onclick = () => selection.keep(label);
        swatch.onpointerenter = ({ pointerType }) => pointerType !== "touch" && selection.point(label);
        swatch.onfocus = () => swatch.matches(":focus-visible") && selection.point(label);
        swatch.onpointerleave = swatch.onblur = () => selection.point(null);
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
    list.classList.toggle("many", many);
    list.classList.toggle("grid", grid);
    const buttons = list.querySelectorAll("button");
    firstStop(list);
    if (focused >= 0) buttons[Math.min(focused, buttons.length - 1)].focus();
    $("stripes").replaceChildren(
      ...shown.map(({ hex, label }) => {
        const stripe = element("span", { onclick: () => selection.keep(label), onpointerenter: () => selection.point(label), onpointerleave: () => selection.point(null) });
        stripe.dataset.label = label;
        stripe.style.background = hex;
        stripe.style.flexGrow = view.shares[label];
        return stripe;
      }),
    );
    showColor();
  }
  rove($("chips"));
  $("sort").onchange = ({ target }) => selection.sort(target.value);

  function showColor() {
    const { color, kept, view } = selection;
    // Where swatches are too small for a button of their own, there is one for the colour that is kept.
    $("copy-color").hidden = kept === null || !$("chips").classList.contains("grid");
    highlight($("chips"));
    highlight($("stripes"));
    for (const item of $("chips").children) item.querySelector("button").ariaPressed = String(Number(item.dataset.label) === kept);
    const hint = view.palette.length > 1 ? "Point at a colour to see where it occurs; select it to keep it highlighted." : "";
    $("detail").textContent = color === null ? hint : describe(colors(view)[color]);
  }
  selection.on("view", showPalette);
  selection.on("order", showPalette);
  selection.on("color", showColor);

  // Return a palette file as text: what the results have as a file is copied from it, byte for byte.
  const file = (view, suffix) => new TextDecoder().decode(bytes(view.files[suffix].split(",")[1]));
  const lines = (colors, line) => colors.map(line).join("\n");
  // A part of config/config.yaml with which the study tries the palette on its photographs.
  const yaml = (colors) => `palettes:\n  ${selection.isEdited ? "edited" : selection.name}: [${colors.map(({ hex }) => `"${hex}"`).join(", ")}]\n`;
  const FORMATS = {
    hex: (colors) => lines(colors, ({ hex }) => hex),
    "rgb()": (colors) => lines(colors, ({ hex }) => `rgb(${channels(hex).join(" ")})`),
    "oklch()": (colors) => lines(colors, ({ lightness, chroma, hue }) => `oklch(${lightness} ${chroma} ${hue})`),
    "CSS variables": (_, view) => file(view, "css"),
    "Tailwind theme": (_, view) => file(view, "css").replace(":root", "@theme").replaceAll("\n  --", "\n  --color-"),
    "SCSS map": (_, view) => file(view, "scss"),
    "Python list": (colors) => `[\n${lines(colors, ({ hex }) => `    "${hex}",`)}\n]`,
    "YAML for config.yaml": (colors) => yaml(colors),
  };
  $("format").append(...Object.keys(FORMATS).map((name) => element("option", { textContent: name })));

  selection.on("view", () => {
    const { view, isEdited } = selection;
    $("palette-title").textContent = isEdited ? "Edited palette" : "Palette";
    for (const note of document.querySelectorAll(".unedited")) note.hidden = !isEdited;
    const name = `${data.image}-${selection.name}${isEdited ? "-edited" : ""}`;
    const offer = (suffix, href) => Object.assign($(`download-${suffix}`), { href, download: `${name}.${suffix}` });
    offer("png", png(view.picture));
    for (const [suffix, href] of Object.entries(view.files)) offer(suffix, href);
  });

  $("copy-color").onclick = () => copy(selection.view.palette[selection.kept]);
  $("copy-all").onclick = () => {
    const { view } = selection;
    copy(FORMATS[$("format").value](sorted(view), view), `${count(view)}`);
  };

  return { sorted, describe, markOf, showTip };
})();
