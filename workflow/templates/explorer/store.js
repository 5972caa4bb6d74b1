/* What is selected: whose colours and how many, a colour, the order of the palette, the two pictures and their zoom; and the
   palettes that were edited.

   Every part of the page reads it, but only its functions change it. They then call the listeners of what has changed. */

const selection = (() => {
  const listeners = { stock: [], k: [], view: [], color: [], release: [], order: [], sides: [], place: [] };
  const tell = (what) => listeners[what].forEach((listener) => listener());

  let id = null; // of the view
  const edited = new Map(); // what the page shows in place of a view whose palette was edited, by its id
  let kept = null; // the cluster that a click or a tap has chosen
  let pointed = null; // the cluster under the pointer
  let color = null; // the cluster that is highlighted
  let choices = 0;
  let order = $("sort").value;
  let sides = Object.freeze({ left: "original", right: "k" });
  let place = Object.freeze({ x: 0, y: 0, zoom: 1 });

  function highlightNext(always = false) {
    const next = pointed ?? kept;
    if (next === color && !always) return;
    color = next;
    tell("color");
  }

  return Object.freeze({
    get id() { return id; },
    get k() { return kOf(id); },
    get stock() { return this.study?.stock ?? ""; }, // whose colours they are; none for the study's own palettes
    get stops() { return ids.filter((other) => (data.views[other].stock ?? "") === this.stock); }, // of the slider
    get name() { return [this.stock, `k${this.k}`].filter(Boolean).join("-"); }, // in those of files
    get study() { return data.views[id]; }, // as the study found it
    get view() { return edited.get(id) ?? data.views[id]; },
    get isEdited() { return edited.has(id); },
    get color() { return color; },
    get kept() { return kept; },
    get choices() { return choices; }, // how often a cluster was chosen or released
    get order() { return order; },
    get sides() { return sides; },
    get place() { return place; }, // of the pictures' centre, in units of the frame

    // Call a function whenever one of the keys of `listeners` changes.
    on(what, listener) { listeners[what].push(listener); },

    // Select a number of colours, of the study's own palettes (k) or of a stock (stock/k); an unknown one changes nothing.
    show(next) {
      if (String(next) === id || !ids.includes(String(next))) return;
      const before = id && this.stock;
      id = String(next);
      this.release();
      if (this.stock !== before) tell("stock");
      tell("k");
      tell("view");
    },

    // Show another view than the study's in a place, or the study's again (null).
    edit(at, view) {
      if (at === id) this.release();
      if (view) edited.set(at, view);
      else edited.delete(at);
      if (at === id) tell("view");
    },

    // Highlight a cluster while the pointer is on it, or none.
    point(label) {
      pointed = label;
      highlightNext();
    },

    // Highlight a cluster until it is chosen again or released.
    keep(label) {
      choices++;
      kept = kept === label ? null : label;
      pointed = null;
      highlightNext(true);
    },

    // Highlight nothing any more.
    release() {
      choices++;
      kept = pointed = null;
      tell("release");
      highlightNext();
    },

    sort(next) {
      order = next;
      tell("order");
    },

    setSide(name, value) {
      sides = Object.freeze({ ...sides, [name]: value });
      tell("sides");
    },

    // Move the pictures, and zoom them up to 16 times, so that they still fill the frame.
    look(x, y, zoom) {
      const next = Math.min(16, Math.max(1, zoom));
      const reach = (next - 1) / 2;
      const within = (at) => Math.min(reach, Math.max(-reach, at));
      place = Object.freeze({ x: within(x), y: within(y), zoom: next });
      tell("place");
    },
  });
})();

// Highlight the selected cluster's items in a list, if a cluster is selected.
function highlight(list) {
  list.classList.toggle("lit", selection.color !== null);
  for (const item of list.querySelectorAll("[data-label]")) {
    item.classList.toggle("on", Number(item.dataset.label) === selection.color);
  }
}
