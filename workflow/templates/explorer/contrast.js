/* Text on colour: the contrast of the pairs of colours, as WCAG 2 defines it, and the pairs that colour-blind people confuse. */

{
  const MOST = 24; // colours whose pairs are shown
  const BEST = 12; // pairs that are shown at once
  const ALIKE = 5; // ΔE below which two colours are confused, unless they are side by side
  // Machado, Oliveira and Fernandes (2009), severity 1.0, in linear light.
  const VISIONS = {
    protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
  };
  let vision = "typical";

  // Convert a colour to how it is seen.
  const seen = (hex) => (vision === "typical" ? hex : hexOf(product(VISIONS[vision], channels(hex).map((code) => LINEAR[code])).map(encoded)));

  const pairsOf = (colors) => colors.flatMap((one, at) => colors.slice(at + 1).map((other) => [one, other]));
  const plural = (number, one, more = `${one}s`) => `${number || "no"} ${number === 1 ? one : more}`;

  // A sample: each colour as text on the other, large if only that is legible; or, of two that are alike, each with its own
  // code.
  function sample({ one, other, words, areAlike, isLarge }) {
    const half = (back, front) => {
      const box = element("span", { className: `sample${isLarge ? " large" : ""}`, textContent: areAlike ? back.hex : front.hex });
      box.style.background = seen(back.hex);
      box.style.color = areAlike ? ink(seen(back.hex)) : seen(front.hex);
      return box;
    };
    return element("li", { title: `${one.name} and ${other.name}` }, half(one, other), half(other, one), element("span", { className: "ratio", textContent: words }));
  }
  function more(title, items) {
    const details = element("details", {}, element("summary", { textContent: title }));
    // The samples are made when they are asked for: there may be hundreds.
    details.ontoggle = () => {
      details.ontoggle = null;
      details.append(element("ul", { className: "samples" }, ...items.map(sample)));
    };
    return details;
  }

  function showContrast() {
    const { view } = selection;
    const colors = view.palette.map((hex, label) => ({ hex, name: view.names[label], share: view.shares[label] }))
      .sort((a, b) => b.share - a.share).slice(0, MOST);
    const pairs = pairsOf(colors).map(([one, other]) => {
      const [dark, light] = [luminance(one.hex), luminance(other.hex)].sort((a, b) => a - b);
      const ratio = (light + 0.05) / (dark + 0.05);
      const level = ratio >= 7 ? "AAA" : ratio >= 4.5 ? "AA" : ratio >= 3 ? "large text" : "";
      return { one, other, ratio, isLarge: level === "large text", words: `${(Math.floor(10 * ratio) / 10).toFixed(1)} ${level}` };
    }).sort((a, b) => b.ratio - a.ratio);
    const [text, large, poor] = [pairs.filter(({ ratio }) => ratio >= 4.5), pairs.filter(({ ratio }) => ratio >= 3 && ratio < 4.5), pairs.filter(({ ratio }) => ratio < 3)];
    const groups = [[`${plural(text.length - BEST, "more pair")} legible as text`, text.slice(BEST)], [`${plural(large.length, "pair")} legible as large text only`, large], [`${plural(poor.length, "pair")} that fail`.replace("1 pair that fail", "1 pair that fails"), poor]];
    $("contrast").replaceChildren(
      element("ul", { className: "samples" }, ...text.slice(0, BEST).map(sample)),
      ...groups.filter(([, items]) => items.length).map(([title, items]) => more(title, items)),
    );
    const all = view.palette.length > MOST ? `of the ${MOST} most common colours, ` : "";
    const words = `${all}${plural(text.length, "pair")} ${text.length === 1 ? "is" : "are"} legible as text.`;
    $("contrast-note").textContent = `${words[0].toUpperCase()}${words.slice(1)} WCAG requires a contrast of 4.5 (AA) or 7 (AAA), and 3 for large text.`;
    showVision(colors, all);
  }

  function showVision(colors, all) {
    for (const button of document.querySelectorAll("[data-vision]")) button.ariaPressed = String(button.dataset.vision === vision);
    $("seen").replaceChildren(...colors.map(({ hex, name }) => {
      const swatch = element("li", { title: `${name}, ${hex}${vision === "typical" ? "" : `, seen as ${seen(hex)}`}` });
      swatch.style.background = `linear-gradient(${hex} 50%, ${seen(hex)} 50%)`;
      return swatch;
    }));
    const far = (one, other) => deltaE(pointsOf([one], "lab"), 0, pointsOf([other], "lab"), 0);
    const alike = pairsOf(colors)
      .map(([one, other]) => ({ one, other, now: far(seen(one.hex), seen(other.hex)), before: far(one.hex, other.hex) }))
      .filter(({ now }) => now < ALIKE)
      .sort((a, b) => a.now - b.now)
      .map(({ one, other, now, before }) => ({ one, other, areAlike: true, words: `ΔE\u00a0${now.toFixed(1)}${vision === "typical" ? "" : `, typically ${before.toFixed(1)}`}` }));
    $("confused").replaceChildren(...alike.slice(0, BEST).map(sample));
    const who = vision === "typical" ? "With typical vision" : `With ${vision}`;
    $("vision-note").textContent = `${who}, ${all}${plural(alike.length, "pair")} of colours ${alike.length === 1 ? "is" : "are"} easily confused (less than ΔE\u00a0${ALIKE} apart)${alike.length > BEST ? `; the ${BEST} closest are shown` : ""}.${vision === "typical" ? "" : " Upper halves: the palette; lower halves: as it is seen (simulated after Machado et al., 2009). The contrasts above are those of the palette itself."}`;
  }

  for (const button of document.querySelectorAll("[data-vision]")) {
    button.onclick = () => {
      ({ vision } = button.dataset);
      showContrast();
    };
  }
  selection.on("view", showContrast);
}
