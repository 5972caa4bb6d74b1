/* What was lost: the colours that changed most, what stands for them now, and where they were. */

{
  const list = $("lost");
  let chosen = null; // the number of the loss whose place is shown

  const TRANSPARENT = 255;

  // Return which loss each pixel belongs to, from 1, 0 for none, or TRANSPARENT.
  async function readPlaces(view) {
    const map = new Image();
    map.src = png(view.where);
    await map.decode();
    const { naturalWidth: width, naturalHeight: height } = map;
    const context = element("canvas", { width, height }).getContext("2d", { willReadFrequently: true });
    context.drawImage(map, 0, 0);
    return { places: context.getImageData(0, 0, width, height).data.filter((_, at) => at % 4 === 0), width, height };
  }

  function choose(number) {
    chosen = number;
    for (const [at, button] of list.querySelectorAll("button").entries()) button.ariaPressed = String(at + 1 === number);
  }

  // Fade all pixels that do not belong to a loss, in both pictures. Transparent ones stay as they are.
  async function show(number) {
    selection.release();
    choose(number);
    const view = selection.study;
    const { places, width, height } = await readPlaces(view);
    if (view !== selection.study || chosen !== number) return;
    const veil = ink(view.lost[number - 1].color) === "#000" ? 0xd8181818 : 0xd8f0f0f0;
    const image = new ImageData(width, height);
    new Uint32Array(image.data.buffer).set(Uint32Array.from(places, (place) => (place === number || place === TRANSPARENT ? 0 : veil)));
    for (const mask of document.querySelectorAll(".mask")) {
      Object.assign(mask, { width, height });
      mask.getContext("2d").putImageData(image, 0, 0);
      mask.hidden = false;
    }
  }

  function hide() {
    if (chosen === null) return;
    choose(null);
    if (selection.color === null) for (const mask of document.querySelectorAll(".mask")) mask.hidden = true;
  }

  function showLosses() {
    const { lost } = selection.study;
    choose(null);
    list.replaceChildren(
      ...lost.map((loss, at) => {
        const button = element(
          "button",
          {
            type: "button",
            className: "loss",
            ariaPressed: "false",
            ariaLabel: `${loss.name}, ${loss.color}, ${percent(100 * loss.share)} of the pixels, has become ${loss.replacement_name}, ${loss.replacement}; ΔE ${loss.delta_e.toFixed(1)}. Show where`,
            title: `${loss.color} → ${loss.replacement}, ΔE ${loss.delta_e.toFixed(1)}`,
            onclick: () => (chosen === at + 1 ? hide() : show(at + 1)),
          },
          element("i"),
          element("span", { textContent: loss.words }),
          " ",
          element("span", { textContent: percent(100 * loss.share) }),
        );
        button.style.setProperty("--from", loss.color);
        button.style.setProperty("--to", loss.replacement);
        return element("li", {}, button);
      }),
    );
    $("lost-note").replaceChildren(
      ...(lost.length
        ? [`The colours that changed most (ΔE above\u00a010${data.seen}), and what stands for them now. `, element("span", { className: "live", textContent: "Click one to see where it was." })]
        : [`No colour changed by a ΔE of more than 10${data.seen}.`]),
    );
    firstStop(list);
  }
  rove(list);
  selection.on("k", showLosses);
  // A highlighted cluster takes the picture over, and what is released is not lit any more.
  selection.on("color", () => selection.color !== null && choose(null));
  selection.on("release", hide);
}
