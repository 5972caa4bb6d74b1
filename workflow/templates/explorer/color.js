/* Colours: their channels and luminance, three colour spaces, differences and names. */

// Linear light of each sRGB code.
const LINEAR = Float64Array.from({ length: 256 }, (_, code) => {
  const value = code / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});
// The sRGB code of linear light, which is cut off where it does not fit.
const encoded = (light) => {
  const value = Math.min(1, Math.max(0, light));
  return Math.round(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
};

const product = (matrix, [x, y, z]) => matrix.map((row) => row[0] * x + row[1] * y + row[2] * z);
const cross = ([a, b, c], [d, e, f]) => [b * f - c * e, c * d - a * f, a * e - b * d];
function inverse([a, b, c]) {
  const columns = [cross(b, c), cross(c, a), cross(a, b)];
  const size = a.reduce((sum, value, at) => sum + value * columns[0][at], 0);
  return [0, 1, 2].map((row) => columns.map((column) => column[row] / size));
}

// Linear sRGB to XYZ relative to white D65, and by way of the cones' responses to Oklab (Ottosson 2020).
const XYZ = [[0.412453, 0.35758, 0.180423], [0.212671, 0.71516, 0.072169], [0.019334, 0.119193, 0.950227]]
  .map((row, at) => row.map((value) => value / [0.95047, 1, 1.08883][at]));
const LMS = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]];
const OKLAB = [[1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766], [0.2104542553, 0.793617785, -0.0040720468]];
const [FROM_XYZ, FROM_LMS, FROM_OKLAB] = [XYZ, LMS, OKLAB].map(inverse);

// Colour spaces: the names of the axes, the third one upright; the box that holds all of sRGB; the conversions from and to
// sRGB codes.
const SPACES = {
  rgb: {
    axes: ["R", "G", "B"],
    box: [[0, 255], [0, 255], [0, 255]],
    from: (r, g, b) => [r, g, b],
    to: (...rgb) => rgb.map(Math.round),
  },
  lab: {
    axes: ["a*", "b*", "L*"],
    box: [[-100, 100], [-110, 100], [0, 100]],
    from: (r, g, b) => {
      const root = (t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
      const [x, y, z] = product(XYZ, [LINEAR[r], LINEAR[g], LINEAR[b]]).map(root);
      return [500 * (x - y), 200 * (y - z), 116 * y - 16];
    },
    to: (a, b, lightness) => {
      const y = (lightness + 16) / 116;
      const cube = (t) => (t > 0.2068966 ? t ** 3 : (t - 16 / 116) / 7.787);
      return product(FROM_XYZ, [y + a / 500, y, y - b / 200].map(cube)).map(encoded);
    },
  },
  oklab: {
    axes: ["a", "b", "L"],
    box: [[-0.3, 0.3], [-0.35, 0.25], [0, 1]],
    from: (r, g, b) => product(OKLAB, product(LMS, [LINEAR[r], LINEAR[g], LINEAR[b]]).map(Math.cbrt)),
    to: (a, b, lightness) => product(FROM_LMS, product(FROM_OKLAB, [a, b, lightness]).map((t) => t ** 3)).map(encoded),
  },
};

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const hexOf = (rgb) => `#${rgb.map((code) => code.toString(16).padStart(2, "0")).join("")}`;
// Convert hex codes to the points of a space, three numbers each.
const pointsOf = (hexes, space) => Float64Array.from(hexes.flatMap((hex) => SPACES[space].from(...channels(hex))));

// Relative luminance, as WCAG 2 defines it.
const luminance = (hex) => {
  const [r, g, b] = channels(hex);
  return 0.2126 * LINEAR[r] + 0.7152 * LINEAR[g] + 0.0722 * LINEAR[b];
};
// Black or white, whichever is easier to read on a colour.
const ink = (hex) => (luminance(hex) > data.ink_threshold ? "#000" : "#fff");

// The colour difference CIEDE2000 (Sharma, Wu and Dalal 2005) of two colours, whose a*, b* and L* begin at places of arrays.
function deltaE(first, at, second, to) {
  const turn = Math.PI / 180;
  const [b1, l1, b2, l2] = [first[at + 1], first[at + 2], second[to + 1], second[to + 2]];
  const length = (x, y) => Math.sqrt(x * x + y * y); // Math.hypot() takes several times as long
  const strength = (chroma) => {
    const seventh = chroma * chroma * chroma * chroma * chroma * chroma * chroma;
    return Math.sqrt(seventh / (seventh + 25 ** 7));
  };
  const stretch = 1.5 - 0.5 * strength((length(first[at], b1) + length(second[to], b2)) / 2);
  const [a1, a2] = [stretch * first[at], stretch * second[to]];
  const [c1, c2] = [length(a1, b1), length(a2, b2)];
  const [h1, h2] = [Math.atan2(b1, a1), Math.atan2(b2, a2)];
  // Grey has no hue: the mean is then the other's.
  let apart = c1 * c2 ? h2 - h1 : 0;
  if (Math.abs(apart) > Math.PI) apart -= 2 * Math.PI * Math.sign(apart);
  const hue = c1 ? (c2 ? h1 + apart / 2 : h1) : h2;
  const [light, chroma] = [(l1 + l2) / 2 - 50, (c1 + c2) / 2];
  const t = 1 - 0.17 * Math.cos(hue - 30 * turn) + 0.24 * Math.cos(2 * hue) + 0.32 * Math.cos(3 * hue + 6 * turn) - 0.2 * Math.cos(4 * hue - 63 * turn);
  const blue = ((((hue / turn) % 360) + 360) % 360 - 275) / 25;
  const l = (l2 - l1) / (1 + (0.015 * light ** 2) / Math.sqrt(20 + light ** 2));
  const c = (c2 - c1) / (1 + 0.045 * chroma);
  const h = (2 * Math.sqrt(c1 * c2) * Math.sin(apart / 2)) / (1 + 0.015 * chroma * t);
  const mixed = -2 * strength(chroma) * Math.sin(60 * turn * Math.exp(-(blue ** 2)));
  return Math.sqrt(Math.max(0, l ** 2 + c ** 2 + h ** 2 + mixed * c * h));
}

// Name a colour by the nearest of the xkcd colour survey, as photopalette.color.names does.
const nameOf = (() => {
  const names = new Map();
  let survey;
  return (hex) => {
    survey ??= data.survey.split(",").map((entry) => entry.trim()).map((entry) => ({ lab: pointsOf([entry.slice(0, 7)], "lab"), name: entry.slice(8) }));
    if (!names.has(hex)) {
      const lab = pointsOf([hex], "lab");
      // The first of equals, up to how a sum was rounded.
      const far = survey.map((entry) => Math.round(1e9 * deltaE(lab, 0, entry.lab, 0)));
      names.set(hex, survey[far.indexOf(Math.min(...far))].name);
    }
    return names.get(hex);
  };
})();
