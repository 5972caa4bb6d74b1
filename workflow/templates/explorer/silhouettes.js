/* The silhouette plot: the sorted silhouettes of every cluster's pixels. */

{
  const SVG = "http://www.w3.org/2000/svg";

  // The height of a cluster shows its number of pixels.
  function showSilhouettes() {
    const view = selection.study;
    $("silhouettes").hidden = !view.silhouettes;
    if (!view.silhouettes) {
      $("silhouettes-note").textContent = view.stock ? "Computed only for palettes of any colours." : view.studied ? "A silhouette needs two clusters." : `Not computed at ${atK(selection.k)}, which was found in the search for the answer: silhouettes take long, so they are computed only at the k that were studied.`;
      return;
    }
    const { quantiles, scale, missing } = view.silhouettes;
    const values = new Int8Array(bytes(view.silhouettes.values).buffer);
    const ofCluster = (label) => values.slice(quantiles * label, quantiles * (label + 1));
    const low = Math.floor((10 * Math.min(0, ...values.filter((value) => value !== missing))) / scale) / 10;
    const place = (value) => (100 * (value - low)) / (1 - low);
    const all = view.pixels.reduce((sum, pixels) => sum + pixels, 0);
    const gap = Math.min(1, 25 / view.palette.length);
    const unit = (100 - gap * (view.palette.length - 1)) / all;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 100 100");
    svg.setAttribute("preserveAspectRatio", "none");
    let top = 0;
    view.palette.forEach((hex, label) => {
      const own = ofCluster(label);
      const height = view.pixels[label] * unit;
      if (own[0] !== missing) {
        // From the highest coefficient down to the lowest.
        const edge = Array.from(own, (value, at) => `${place(value / scale).toFixed(2)} ${(top + (height * (quantiles - 1 - at)) / (quantiles - 1)).toFixed(2)}`);
        const path = document.createElementNS(SVG, "path");
        path.setAttribute("d", `M${place(0)} ${top + height}L${edge.join("L")}L${place(0)} ${top}Z`);
        path.setAttribute("fill", hex);
        path.dataset.label = label;
        path.onclick = () => selection.isEdited || selection.keep(label);
        path.onpointermove = (event) => {
          if (isTouch(event) || selection.isEdited) return;
          selection.point(label);
          palette.showTip(event, label);
        };
        path.onpointerleave = () => { selection.point(null); hideTip(); };
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
    $("silhouettes").classList.toggle("dense", view.palette.length > 40);
    $("silhouettes").replaceChildren(...ticks.flatMap((tick) => [at("i", tick), at("span", tick, String(tick).replace("-", "−"))]), svg, mean);
    const lowest = view.palette.map((hex, label) => {
      const own = ofCluster(label);
      return [own[0] !== missing ? own.reduce((sum, value) => sum + value, 0) / quantiles / scale : Infinity, label];
    }).sort(([a], [b]) => a - b)[0];
    $("silhouettes-note").textContent = `The silhouettes of each cluster's pixels, sorted; heights show numbers of pixels, the dashed line the mean, ${view.silhouette.toFixed(2)}. Pixels left of 0 are closer to another cluster. The least distinct cluster is ${view.names[lowest[1]]} (${view.palette[lowest[1]]}), averaging ${lowest[0].toFixed(2)}.`;
  }
  selection.on("k", showSilhouettes);
  // The clusters are the study's, not those of an edited palette.
  selection.on("color", () => selection.isEdited || highlight($("silhouettes")));
}
