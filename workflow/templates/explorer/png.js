/* Indexed PNGs (W3C PNG, third edition). */

const CRC = Uint32Array.from({ length: 256 }, (_, code) => {
  for (let bit = 0; bit < 8; bit++) code = code & 1 ? 0xedb88320 ^ (code >>> 1) : code >>> 1;
  return code;
});

// Encode a picture from the place in a palette of each pixel, NONE where it is transparent; as bytes.
async function encodePng({ labels, width, height }, hexes) {
  const clear = labels.includes(NONE);
  const depth = [1, 2, 4, 8].find((bits) => hexes.length + clear <= 2 ** bits);
  const stride = Math.ceil((width * depth) / 8) + 1; // each row begins with its filter, 0
  const rows = new Uint8Array(stride * height);
  const each = 8 / depth;
  for (let row = 0, pixel = 0; row < height; row++) {
    for (let column = 0; column < width; column++, pixel++) {
      const place = labels[pixel] === NONE ? hexes.length : labels[pixel];
      rows[row * stride + 1 + Math.floor(column / each)] |= place << (8 - depth * ((column % each) + 1));
    }
  }
  const packed = await new Response(new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"))).arrayBuffer();
  const number = (value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
  const chunk = (name, content) => {
    const body = [...new TextEncoder().encode(name), ...content];
    const sum = body.reduce((crc, byte) => CRC[(crc ^ byte) & 255] ^ (crc >>> 8), -1);
    return [...number(content.length), ...body, ...number(~sum)];
  };
  return Uint8Array.from([
    ...[137, 80, 78, 71, 13, 10, 26, 10],
    ...chunk("IHDR", [...number(width), ...number(height), depth, 3, 0, 0, 0]),
    ...chunk("PLTE", [...hexes.flatMap(channels), ...(clear ? [0, 0, 0] : [])]),
    ...(clear ? chunk("tRNS", [...hexes.map(() => 255), 0]) : []),
    ...chunk("IDAT", new Uint8Array(packed)),
    ...chunk("IEND", []),
  ]);
}
