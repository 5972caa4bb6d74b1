/* The contrast of every pair of colours, as WCAG defines it: each cell shows text of one colour on the other. */

{
  const MOST = 12; // colours in the table
  function showContrast() {
    const { view } = selection;
    const colors = palette.sorted(view).filter(({ label }) => label < MOST);
    const head = (color, scope) => {
      const cell = element("th", { scope, title: palette.describe(color) }, element("span", { className: "hidden", textContent: color.hex }));
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
    const pairsText = pairs === 0 ? "no pair is legible as text" : pairs === 2 ? "one pair is legible as text" : `${pairs / 2} pairs are legible as text`;
    $("contrast-note").textContent = `${most}${most ? pairsText : pairsText[0].toUpperCase() + pairsText.slice(1)}: WCAG requires a contrast of 4.5, or 3 for large text (shown large). Each row is a background, each column the text on it.`;
  }
  selection.on("k", showContrast);
  selection.on("order", showContrast);
}
