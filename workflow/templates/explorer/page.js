/* The page's data, and what all parts of the page use: elements, keyboard focus, the tooltip, the clipboard. */

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
// The first picture is in the page already, which shows it before it reads the data.
data.views[data.first].picture = $("right").src.split(",")[1];
const ids = Object.keys(data.views); // each is k or, of a stock, stock/k; in their order on the slider
const kOf = (id) => Number(id.split("/").at(-1));

const NONE = 65535; // stands for no cluster and no point in arrays of 16-bit numbers

const plural = (count) => (count === 1 ? "colour" : "colours");
const count = ({ palette, stock }) => `${palette.length} ${plural(palette.length)}${stock ? ` of “${stock}”` : ""}`;
// Keep a name that may be written from right to left apart from the text around it.
const isolate = (name) => (/[^ -~]/.test(name) ? `\u2068${name}\u2069` : name);
const percent = (value) => `${value.toFixed(1)}\u00a0%`;
const atK = (k) => `k\u00a0=\u00a0${k}`; // no line ends in it
const png = (base64) => `data:image/png;base64,${base64}`;
const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const base64 = (bytes) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
};
const isTouch = (event) => event.pointerType === "touch";

const element = (name, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};

// Press one button of a group, and release the others.
const press = (on, ...off) => {
  $(on).ariaPressed = "true";
  for (const id of off) $(id).ariaPressed = "false";
};

const stops = (container) => [...container.querySelectorAll("button:enabled, input:enabled")];

// Make the buttons of a container one tab stop: arrow keys move the focus to the nearest button in their direction.
function rove(container) {
  const buttons = () => stops(container);
  container.addEventListener("focusin", ({ target }) => {
    for (const button of buttons()) button.tabIndex = button === target ? 0 : -1;
  });
  container.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const all = buttons();
    let next = { Home: all[0], End: all.at(-1) }[event.key];
    if (way) {
      const middle = (node) => {
        const box = node.getBoundingClientRect();
        return [box.left + box.width / 2, box.top + box.height / 2];
      };
      const from = middle(event.target);
      let least = Infinity;
      for (const button of all) {
        const [x, y] = middle(button).map((at, axis) => at - from[axis]);
        const [ahead, aside] = way[0] ? [x * way[0], Math.abs(y)] : [y * way[1], Math.abs(x)];
        const far = ahead + 3 * aside;
        if (ahead > 1 && far < least) [next, least] = [button, far];
      }
      // At the end of a line, go on to the start of the next.
      if (!next && way[0]) next = all[all.indexOf(event.target) + way[0]];
    }
    if (!way && !next) return;
    event.preventDefault();
    next?.focus();
  });
}

// Make the pressed button of a container its tab stop, or else the first.
const firstStop = (container) => {
  const buttons = stops(container);
  const stop = buttons.find((button) => button.ariaPressed === "true") ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
};

// Show a tooltip beside the pointer, within the window, with a disc of up to two colours; `loupe` draws magnified pixels
// into its canvas.
function tooltip(event, title, words, hexes = [], loupe = null) {
  const [canvas, disc, text] = $("tip").children;
  canvas.hidden = !loupe;
  disc.hidden = !hexes.length;
  disc.style.background = hexes.length ? `linear-gradient(90deg, ${hexes[0]} 50%, ${hexes.at(-1)} 50%)` : "";
  $("tip").classList.toggle("words", !hexes.length);
  text.firstChild.textContent = title;
  text.lastChild.textContent = words;
  loupe?.(canvas.getContext("2d"));
  $("tip").hidden = false;
  const { offsetWidth, offsetHeight } = $("tip");
  const x = Math.min(event.clientX + 18, innerWidth - offsetWidth - 8);
  const above = event.clientY - offsetHeight - 18;
  const y = isTouch(event) || event.clientY + offsetHeight + 26 > innerHeight ? above : event.clientY + 18;
  $("tip").style.translate = `${Math.max(8, x)}px ${Math.max(8, y)}px`;
}
const hideTip = () => { $("tip").hidden = true; };

// Show a short message for two seconds.
let fading;
function say(text) {
  $("toast").textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => { $("toast").textContent = ""; }, 2000);
}

// Copy text to the clipboard, and confirm it; `what` is what the message calls the text.
async function copy(text, what = text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // There is no permission, or the page was not served securely.
    const focus = document.activeElement;
    const area = element("textarea", { value: text, className: "hidden" });
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    focus?.focus();
    if (!copied) return say(text);
  }
  say(`Copied ${what}`);
}

// Show the explanation of a word below it, or above where there is no room; without this, it is at the window's bottom.
addEventListener("click", ({ target }) => {
  const word = target.closest?.(".word");
  if (!word) return;
  const { left, top, bottom } = word.getBoundingClientRect();
  const { style } = $(word.getAttribute("popovertarget"));
  const below = bottom < innerHeight - 140;
  style.left = `max(8px, min(${left}px, 100vw - 21rem))`;
  [style.top, style.bottom] = below ? [`${bottom + 6}px`, "auto"] : ["auto", `${innerHeight - top + 6}px`];
}, { capture: true });
addEventListener("scroll", () => document.querySelector(".about:popover-open")?.hidePopover(), { passive: true });
