/* The files of a palette that was edited in the page, byte for byte as photopalette.palettes.formats writes them. */

const formats = (() => {
  // Numbers as Python rounds and prints them. toFixed() rounds halves up, which are exact in binary; Python to even digits.
  function fixed(value, digits) {
    const text = value.toFixed(digits);
    const half = Math.abs(value * 2 ** (digits + 1)) % 2 === 1;
    return half && Number(text.at(-1)) % 2 ? (value * (1 - Number.EPSILON)).toFixed(digits) : text;
  }
  const round = (value, digits) => Number(fixed(value, digits));
  const roundArray = (value, digits) => { // as numpy does, without a negative zero
    const scaled = value * 10 ** digits;
    const whole = Math.abs(scaled % 1) === 0.5 ? 2 * Math.round(scaled / 2) : Math.round(scaled);
    return whole / 10 ** digits + 0;
  };
  const float = (value) => {
    if (Number.isInteger(value)) return `${value}.0`;
    return Math.abs(value) < 1e-4 ? value.toExponential().replace(/-(\d)$/, "-0$1") : String(value);
  };
  const list = (values) => values.map(float);
  const text = (value) => JSON.stringify(value).replace(/[\u007f-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const escape = (value) => value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

  function hsl(r, g, b) {
    const [high, low] = [Math.max(r, g, b), Math.min(r, g, b)];
    const lightness = (high + low) / 2;
    if (high === low) return [0, round(100 * lightness, 1), 0];
    const saturation = (high - low) / (lightness <= 0.5 ? high + low : 2 - high - low);
    const [red, green, blue] = [r, g, b].map((value) => (high - value) / (high - low));
    const hue = r === high ? blue - green : g === high ? 2 + red - blue : 4 + green - red;
    const turn = hue / 6 < 0 ? hue / 6 + 1 : hue / 6;
    return [round(360 * turn, 1) % 360, round(100 * lightness, 1), round(100 * saturation, 1)];
  }

  const oklch = (hex) => {
    const [a, b, lightness] = SPACES.oklab.from(...channels(hex));
    const grey = new Set(channels(hex)).size === 1;
    const hue = grey ? 0 : ((Math.atan2(b, a) * (180 / Math.PI)) % 360 + 360) % 360;
    return [roundArray(lightness, 5), grey ? 0 : roundArray(Math.hypot(a, b), 5), roundArray(hue, 2) % 360];
  };

  // Write counts as shares of their sum, to a number of digits at which they add up to one, as photopalette.files.tables does.
  function shares(counts, digits) {
    const [unit, total] = [10 ** digits, counts.reduce((sum, count) => sum + count, 0)];
    const lost = counts.map((count) => (count * unit) % total);
    const whole = counts.map((count, place) => (count * unit - lost[place]) / total);
    const missing = unit - whole.reduce((sum, part) => sum + part, 0);
    const first = counts.map((_, place) => place).sort((a, b) => lost[b] - lost[a]).slice(0, missing);
    first.forEach((place) => { whole[place] += 1; });
    return whole.map((part) => part / unit);
  }
  const percents = (parts) => shares(parts.map((part) => Math.round(1e6 * part)), 3).map((share) => round(100 * share, 1));

  // Return the places of colours in an order, as photopalette.color.order has it.
  function sort(hexes, pixels, order) {
    const keys = hexes.map((hex, label) => {
      const [, chroma, hue] = oklch(hex);
      const [grey, dark] = [Number(chroma < 0.02), -roundArray(SPACES.lab.from(...channels(hex))[2], 2)];
      return { share: [], lightness: [dark], hue: [grey, grey ? 0 : hue, dark] }[order].concat(-pixels[label]);
    });
    const compare = (a, b) => keys[a].map((key, at) => key - keys[b][at]).find((difference) => difference) ?? 0;
    return hexes.map((_, label) => label).sort(compare);
  }

  // Tabulate colours and their pixels in the study's order, with the columns of palette.csv.
  function rows(hexes, pixels, names) {
    const order = sort(hexes, pixels, data.order);
    const counts = order.map((label) => pixels[label]);
    const parts = shares(counts, 6);
    const labels = percents(parts);
    return order.map((label, cluster) => {
      const hex = hexes[label];
      const [r, g, b] = channels(hex);
      const [first, second, lightness] = SPACES.lab.from(r, g, b);
      const [h, l, s] = hsl(r / 255, g / 255, b / 255);
      return {
        cluster,
        hex,
        name: names[label],
        rgb: [r, g, b],
        hsl: [h, s, l],
        lab: [lightness, first, second].map((value) => roundArray(value, 2)),
        oklch: oklch(hex),
        luminance: roundArray(luminance(hex), 5),
        pixels: pixels[label],
        share: parts[cluster],
        kept: selection.study.kept.includes(hex),
        percent: labels[cluster],
      };
    });
  }

  const label = ({ name, percent }) => `${name}, ${fixed(percent, 1)} %`;
  const title = (rows, image) => `${image}, ${rows.length} colour${rows.length === 1 ? "" : "s"}`;
  const identifier = (image) => image.replace(/[^A-Za-z0-9_-]/gu, "-");
  const cell = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const lines = (rows, line) => rows.map((row) => line(row)).join("\n");
  const columns = () => ["cluster", "hex", "name", "r", "g", "b", "hsl", "lab", "oklch", "luminance", "pixels", "share", ...(selection.study.kept.length ? ["kept"] : [])];

  const WRITERS = {
    css: (rows, image) => `:root {\n${lines(rows, (row) => `  --${identifier(image)}-${row.cluster + 1}: ${row.hex}; /* ${label(row).replaceAll("*/", "* /")} */`)}\n}\n`,
    scss(rows, image) {
      const name = identifier(image).replace(/^(?=\d)/, "photo-");
      const entries = lines(rows, ({ cluster }) => `  ${cluster + 1}: $${name}-${cluster + 1},`);
      return `${lines(rows, (row) => `$${name}-${row.cluster + 1}: ${row.hex}; // ${label(row)}`)}\n\n$${name}: (\n${entries}\n);\n`;
    },
    "tokens.json"(rows, image) {
      const tokens = rows.map((row) => `    "${row.cluster + 1}": {
      "$value": {
        "colorSpace": "srgb",
        "components": [
          ${list(row.rgb.map((code) => round(code / 255, 6))).join(",\n          ")}
        ],
        "hex": "${row.hex}"
      },
      "$description": ${text(label(row))}
    }`);
      return `{\n  ${text(identifier(image))}: {\n    "$type": "color",\n${tokens.join(",\n")}\n  }\n}\n`;
    },
    ase(rows, image) {
      const numbers = (size, write) => {
        const view = new DataView(new ArrayBuffer(size));
        write(view);
        return [...new Uint8Array(view.buffer)];
      };
      const short = (value) => numbers(2, (view) => view.setUint16(0, value));
      const long = (value) => numbers(4, (view) => view.setUint32(0, value));
      const single = (value) => numbers(4, (view) => view.setFloat32(0, value));
      const letters = (name) => Array.from({ length: name.length }, (_, at) => short(name.charCodeAt(at))).flat();
      const named = (name) => [...short(name.length + 1), ...letters(name), 0, 0];
      const block = (kind, content) => [...short(kind), ...long(content.length), ...content];
      const colors = rows.map((row) =>
        block(1, [...named(`${row.name} ${row.hex}`), ...new TextEncoder().encode("RGB "), ...row.rgb.flatMap((code) => single(code / 255)), 0, 2]));
      const blocks = [block(0xc001, named(image)), ...colors, block(0xc002, [])];
      return Uint8Array.from([...new TextEncoder().encode("ASEF"), 0, 1, 0, 0, ...long(blocks.length), ...blocks.flat()]);
    },
    act(rows) {
      const table = new Uint8Array(772);
      table.set(rows.flatMap((row) => row.rgb));
      new DataView(table.buffer).setUint32(768, rows.length * 65536 + 65535);
      return table;
    },
    hex: (rows) => `${lines(rows, (row) => row.hex.slice(1))}\n`,
    gpl: (rows, image) =>
      `GIMP Palette\nName: ${title(rows, image)}\nColumns: ${Math.min(rows.length, 16)}\n#\n${lines(rows, (row) => `${row.rgb.map((code) => String(code).padStart(3)).join(" ")}\t${label(row)}`)}\n`,
    svg(rows, image) {
      const [columns, size] = [Math.min(rows.length, 16), 96];
      const [width, height] = [columns * size, Math.ceil(rows.length / columns) * size];
      const swatch = (row) => {
        const [x, y] = [(row.cluster % columns) * size, Math.floor(row.cluster / columns) * size];
        const ink = row.luminance > data.ink_threshold ? "black" : "white";
        return `<g><title>${escape(label(row))}</title><rect x="${x}" y="${y}" width="${size}" height="${size}" fill="${row.hex}"/><text x="${x + size / 2}" y="${y + size - 10}" fill="${ink}">${row.hex}</text></g>`;
      };
      return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">\n<title>${escape(title(rows, image))}</title>\n<g font-family="sans-serif" font-size="14" text-anchor="middle">\n${lines(rows, swatch)}\n</g>\n</svg>\n`;
    },
    json(rows, image) {
      const color = (row) => {
        const [r, g, b] = row.rgb;
        const known = { cluster: row.cluster, hex: text(row.hex), name: text(row.name), r, g, b, kept: row.kept };
        for (const name of ["hsl", "lab", "oklch"]) known[name] = `[${list(row[name]).join(", ")}]`;
        Object.assign(known, { luminance: float(row.luminance), pixels: row.pixels, share: float(row.share) });
        return `    {${columns().map((column) => `"${column}": ${known[column]}`).join(", ")}}`;
      };
      return `{\n  "image": ${text(image)},\n  "k": ${rows.length},\n  "colors": [\n${rows.map(color).join(",\n")}\n  ]\n}\n`;
    },
    csv: (rows) => `${columns().join(",")}\n${lines(rows, (row) => [row.cluster, row.hex, cell(row.name), ...row.rgb, ...["hsl", "lab", "oklch"].map((name) => list(row[name]).join(" ")), float(row.luminance), row.pixels, float(row.share), ...(selection.study.kept.length ? [row.kept ? "True" : "False"] : [])].join(","))}\n`,
  };

  // Write a palette in every format, as bytes by their files' suffixes.
  function files(hexes, pixels, image, names = hexes.map(nameOf)) {
    const table = rows(hexes, pixels, names);
    return Object.fromEntries(Object.entries(WRITERS).map(([suffix, write]) => {
      const content = write(table, image);
      return [suffix, typeof content === "string" ? new TextEncoder().encode(content) : content];
    }));
  }

  return { files, oklch, percents, shares, sort };
})();
