/* What is selected: the number of colours, a colour, the order of the palette, the two pictures and their zoom; and the
   palettes that were edited.

   Every part of the page reads it, but only its functions change it. They then call the listeners of what has changed. */

const selection = (() => {
  const listeners = { k: [], view: [], color: [], release: [], order: [], sides: [], place: [] };
  const tell = (what) => listeners[what].forEach((listener) => listener());

  let k = null;
  const edited = new Map(); // what the page shows at a k whose palette was edited
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
    get k() { return k; },
    get study() { return data.views[k]; }, // as the study found it
    get view() { return edited.get(k) ?? data.views[k]; },
    get isEdited() { return edited.has(k); },
    get color() { return color; },
    get kept() { return kept; },
    get choices() { return choices; }, // how often a cluster was chosen or released
    get order() { return order; },
    get sides() { return sides; },
    get place() { return place; }, // of the pictures' centre, in units of the frame

    // Call a function whenever one of the keys of `listeners` changes.
    on(what, listener) { listeners[what].push(listener); },

    // Select a number of colours; one that was not studied changes nothing.
    show(next) {
      if (next === k || !ks.includes(next)) return;
      k = next;
      this.release();
      tell("k");
      tell("view");
    },

    // Show another view than the study's at a k, or the study's again (null).
    edit(at, view) {
      if (at === k) this.release();
      if (view) edited.set(at, view);
      else edited.delete(at);
      if (at === k) tell("view");
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
