/* Colours: their channels, their luminance, and their places in three colour spaces. */

// Linear light of each sRGB code.
const LINEAR = Float64Array.from({ length: 256 }, (_, code) => {
  const value = code / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

// Colour spaces: the names of the axes, the third one upright; the box that holds all of sRGB; the conversion.
const SPACES = {
  rgb: {
    axes: ["R", "G", "B"],
    box: [[0, 255], [0, 255], [0, 255]],
    from: (r, g, b) => [r, g, b],
  },
  lab: {
    axes: ["a*", "b*", "L*"],
    box: [[-100, 100], [-110, 100], [0, 100]],
    from: (r, g, b) => {
      const root = (t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
      const [R, G, B] = [LINEAR[r], LINEAR[g], LINEAR[b]];
      const x = root((0.412453 * R + 0.35758 * G + 0.180423 * B) / 0.95047);
      const y = root(0.212671 * R + 0.71516 * G + 0.072169 * B);
      const z = root((0.019334 * R + 0.119193 * G + 0.950227 * B) / 1.08883);
      return [500 * (x - y), 200 * (y - z), 116 * y - 16];
    },
  },
  oklab: {
    axes: ["a", "b", "L"],
    box: [[-0.3, 0.3], [-0.35, 0.25], [0, 1]],
    from: (r, g, b) => {
      const [R, G, B] = [LINEAR[r], LINEAR[g], LINEAR[b]];
      const l = Math.cbrt(0.4122214708 * R + 0.5363325363 * G + 0.0514459929 * B);
      const m = Math.cbrt(0.2119034982 * R + 0.6806995451 * G + 0.1073969566 * B);
      const s = Math.cbrt(0.0883024619 * R + 0.2817188376 * G + 0.6299787005 * B);
      return [
        1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
        0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
      ];
    },
  },
};

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

// Relative luminance, as WCAG 2 defines it.
const luminance = (hex) => {
  const [r, g, b] = channels(hex);
  return 0.2126 * LINEAR[r] + 0.7152 * LINEAR[g] + 0.0722 * LINEAR[b];
};
// Black or white, whichever is easier to read on a colour.
const ink = (hex) => (luminance(hex) > data.ink_threshold ? "#000" : "#fff");
