/* A drawing of the photo's colours as points in a colour space.

   It has a depth buffer of its own: this takes little code for some ten thousand points, tells which point the pointer
   is on, and spares the page a library of five megabytes. */

const FAR = 3.2; // the eye's distance, in lengths of the box

class Space {
  // points: the colours' red, green and blue, each (n,) bytes
  constructor(canvas, points) {
    Object.assign(this, { canvas, ...points, count: points.r.length });
    this.context = canvas.getContext("2d");
    this.layer = document.createElement("canvas");
    this.own = Uint32Array.from(points.r, (r, at) => (0xff000000 | (points.b[at] << 16) | (points.g[at] << 8) | r) >>> 0);
    this.eye = { turn: -0.67, rise: 0.27, near: 1 }; // across the greys, along which most photographs lie
    this.labels = null; // each point's cluster
    this.paint = this.own; // a colour a point, or, with `clustered`, a cluster
    this.clustered = false;
    this.markers = []; // {hex, label, size, ring}, drawn over all points
    this.only = null; // the one cluster that is not dimmed
    this.place("rgb", false);
  }

  // The largest part of the space's box that the colours take up along an axis.
  static extent(ranges, box) {
    return Math.max(...ranges.map(([low, high], axis) => (high - low) / (box[axis][1] - box[axis][0])));
  }

  // Choose the space, and whether to zoom from its whole box to the photo's colours; null: if these are close together.
  place(name, zoomed) {
    const { from, box } = SPACES[name];
    const raw = new Float32Array(3 * this.count);
    const ranges = box.map(() => [Infinity, -Infinity]);
    for (let point = 0; point < this.count; point++) {
      from(this.r[point], this.g[point], this.b[point]).forEach((value, axis) => {
        raw[3 * point + axis] = value;
        if (value < ranges[axis][0]) ranges[axis][0] = value;
        if (value > ranges[axis][1]) ranges[axis][1] = value;
      });
    }
    this.name = name;
    this.zoomed = zoomed ?? Space.extent(ranges, box) < 0.6;
    const least = 0.02 * (box[2][1] - box[2][0]); // a photo in one colour has a box, too
    this.ranges = this.zoomed
      ? ranges.map(([low, high]) => {
          const pad = Math.max(0.04 * (high - low), least);
          return [low - pad, high + pad];
        })
      : box;
    const longest = Math.max(...this.ranges.map(([low, high]) => high - low));
    this.middle = this.ranges.map(([low, high]) => (low + high) / 2);
    this.half = this.ranges.map(([low, high]) => (high - low) / longest / 2);
    this.unit = 1 / longest;
    this.at = raw.map((value, index) => (value - this.middle[index % 3]) * this.unit);
    return this.zoomed;
  }

  // Return for each point the place of the nearest colour of a palette, in a space; of equally near ones the first.
  nearest(palette, name) {
    const { from } = SPACES[name];
    if (this.measured !== name) {
      this.measured = name;
      this.places = new Float64Array(3 * this.count);
      for (let point = 0; point < this.count; point++) this.places.set(from(this.r[point], this.g[point], this.b[point]), 3 * point);
    }
    const labels = new Uint8Array(this.count);
    const least = new Float64Array(this.count).fill(Infinity);
    palette.forEach((hex, label) => {
      const [x, y, z] = from(...channels(hex));
      for (let point = 0; point < this.count; point++) {
        const at = 3 * point;
        const distance = (this.places[at] - x) ** 2 + (this.places[at + 1] - y) ** 2 + (this.places[at + 2] - z) ** 2;
        if (distance < least[point]) [least[point], labels[point]] = [distance, label];
      }
    });
    return labels;
  }

  // Fit the buffers to the canvas, in device pixels.
  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    const density = Math.min(2, devicePixelRatio);
    const [width, height] = [clientWidth, clientHeight].map((side) => Math.max(1, Math.round(side * density)));
    if (this.canvas.width === width && this.canvas.height === height && this.depth) return;
    for (const canvas of [this.canvas, this.layer]) Object.assign(canvas, { width, height });
    this.density = density;
    this.depth = new Float32Array(width * height);
    this.owner = new Uint16Array(width * height);
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  view() {
    const { turn, rise, near } = this.eye;
    const [sin, cos, up, flat] = [Math.sin(turn), Math.cos(turn), Math.sin(rise), Math.cos(rise)];
    const { width, height } = this.canvas;
    // A sphere around the box fits whichever way it turns; its corners are empty and may be cut off.
    const scale = (near * 0.47 * Math.min(width, 1.1 * height)) / Math.hypot(...this.half);
    return { sin, cos, up, flat, scale, left: width / 2, top: 0.5 * height };
  }

  // Project a place in the box, each axis from −half to half, onto the canvas; the third number is its depth.
  project([x, y, z], { sin, cos, up, flat, scale, left, top }) {
    const front = x * flat * cos + y * flat * sin + z * up;
    const size = (scale * FAR) / (FAR - front);
    return [left + (y * cos - x * sin) * size, top - (z * flat - (x * cos + y * sin) * up) * size, front];
  }

  draw() {
    this.resize();
    const view = this.view();
    this.drawPoints(view);
    const { context, canvas } = this;
    context.clearRect(0, 0, canvas.width, canvas.height);
    const style = getComputedStyle(canvas);
    const text = parseFloat(style.fontSize) * this.density;
    const axes = this.drawBox(view, style.color, text);
    context.drawImage(this.layer, 0, 0);
    axes();
    this.drawMarkers(view, text);
  }

  drawPoints({ sin, cos, up, flat, scale, left, top }) {
    const { at, count, labels, only, depth, owner, pixels } = this;
    const { width, height } = this.canvas;
    depth.fill(-9);
    owner.fill(NONE);
    // A pixel or two each, larger ones where there are few.
    const side = Math.max(1.5, 10 - count / 16) * this.density;
    for (let point = 0; point < count; point++) {
      const [x, y, z] = [at[3 * point], at[3 * point + 1], at[3 * point + 2]];
      let front = x * flat * cos + y * flat * sin + z * up;
      const size = (scale * FAR) / (FAR - front);
      const edge = Math.round((side * FAR) / (FAR - front));
      const x0 = Math.round(left + (y * cos - x * sin) * size - edge / 2);
      const y0 = Math.round(top - (z * flat - (x * cos + y * sin) * up) * size - edge / 2);
      if (x0 < 0 || y0 < 0 || x0 + edge > width || y0 + edge > height) continue;
      if (only !== null && labels[point] === only) front += 5; // in front of all that is dimmed
      for (let row = y0 * width; row < (y0 + edge) * width; row += width) {
        for (let pixel = row + x0; pixel < row + x0 + edge; pixel++) {
          if (front > depth[pixel]) {
            depth[pixel] = front;
            owner[pixel] = point;
          }
        }
      }
    }
    const { paint, clustered } = this;
    for (let pixel = 0; pixel < pixels.length; pixel++) {
      const point = owner[pixel];
      if (point === NONE) pixels[pixel] = 0;
      else if (only !== null && labels[point] !== only) pixels[pixel] = 0x22808080;
      else pixels[pixel] = paint[clustered ? labels[point] : point];
    }
    this.layer.getContext("2d").putImageData(this.image, 0, 0);
  }

  // Draw the far edges of the box; return a function that writes the axes over the points.
  drawBox(view, color, text) {
    const { context, half, ranges } = this;
    const corner = (x, y, z) => this.project([x * half[0], y * half[1], z * half[2]], view);
    const ends = [-1, 1];
    const nearest = ends.flatMap((x) => ends.flatMap((y) => ends.map((z) => [x, y, z])))
      .reduce((best, next) => (corner(...next)[2] > corner(...best)[2] ? next : best));
    const edges = [0, 1, 2].flatMap((axis) =>
      ends.flatMap((first) => ends.map((second) => {
        const [from, to] = ends.map((end) => {
          const place = [first, second];
          place.splice(axis, 0, end);
          return place;
        });
        return { axis, from, to, near: from.every((end, other) => other === axis || end === nearest[other]) };
      })),
    );
    context.strokeStyle = color;
    context.lineWidth = this.density;
    context.globalAlpha = 0.28;
    context.beginPath();
    for (const { from, to, near } of edges) {
      if (near) continue;
      context.moveTo(...corner(...from).slice(0, 2));
      context.lineTo(...corner(...to).slice(0, 2));
    }
    context.stroke();
    context.globalAlpha = 1;
    return () => {
      context.fillStyle = color;
      context.textAlign = "center";
      context.textBaseline = "middle";
      const centre = this.project([0, 0, 0], view);
      const away = ([x, y], by) => {
        const [dx, dy] = [x - centre[0], y - centre[1]];
        const length = Math.hypot(dx, dy) || 1;
        return [x + (dx / length) * by, y + (dy / length) * by];
      };
      const taken = []; // two axes may end in one corner: it has room for one number
      for (const axis of [0, 1, 2]) {
        // Upright: the leftmost edge. Level: of those at the bottom the one in front.
        const middle = ({ from, to }) => corner(...from.map((end, other) => (end + to[other]) / 2));
        const bottom = this.eye.rise >= 0 ? -1 : 1;
        const [edge] = edges
          .filter((one) => one.axis === axis && (axis === 2 || one.from[2] === bottom))
          .sort((a, b) => (axis === 2 ? middle(a)[0] - middle(b)[0] : middle(b)[2] - middle(a)[2]));
        const [low, high] = ranges[axis];
        const ticks = niceTicks(low, high, half[axis] > 0.3 ? 4 : 2);
        for (const tick of ticks) {
          const along = (2 * (tick - low)) / (high - low) - 1;
          const [x, y] = away(corner(...edge.from.map((end, other) => (other === axis ? along : end))), 1.1 * text);
          if (taken.some(([left, top]) => Math.hypot(left - x, top - y) < 1.6 * text)) continue;
          taken.push([x, y]);
          context.font = `${0.85 * text}px ${getComputedStyle(this.canvas).fontFamily}`;
          context.fillText(String(tick), x, y);
        }
        context.font = `600 ${1.1 * text}px ${getComputedStyle(this.canvas).fontFamily}`;
        // The name of the axis stays in the canvas.
        const { width, height } = this.canvas;
        const inside = (at, size) => Math.min(size - text, Math.max(text, at));
        const [x, y] = away(middle(edge), 2.6 * text);
        // Where it has to move towards a number, it stands below it.
        context.fillText(SPACES[this.name].axes[axis], inside(x, width), inside(y + (x < text ? 1.5 * text : 0), height));
      }
    };
  }

  // Draw the palette, ringed in white and black to be visible on points of any colour, and in both themes.
  drawMarkers(view, text) {
    const { context, density } = this;
    const from = SPACES[this.name].from;
    for (const marker of this.markers) {
      const place = from(...channels(marker.hex)).map((value, axis) => (value - this.middle[axis]) * this.unit);
      const [x, y] = this.project(place, view);
      const radius = marker.size * text;
      Object.assign(marker, { x, y, radius });
      context.globalAlpha = this.only === null || this.only === marker.label ? 1 : 0.2;
      for (const [extra, color] of [[2 * marker.ring, "#000"], [marker.ring, "#fff"], [0, marker.hex]]) {
        context.beginPath();
        context.arc(x, y, radius + extra * density, 0, 2 * Math.PI);
        context.fillStyle = color;
        context.fill();
      }
    }
    context.globalAlpha = 1;
  }

  // Return the cluster at a place of the canvas in CSS pixels, or null.
  pick(left, top) {
    const [x, y] = [left * this.density, top * this.density];
    const hit = this.markers.find((marker) => Math.hypot(marker.x - x, marker.y - y) < marker.radius + 3 * this.density);
    if (hit) return hit.label;
    const { width, height } = this.canvas;
    let [best, nearest] = [NONE, Infinity];
    const reach = Math.round(4 * this.density);
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        const [px, py] = [Math.round(x) + dx, Math.round(y) + dy];
        if (px < 0 || py < 0 || px >= width || py >= height) continue;
        const point = this.owner[py * width + px];
        if (point !== NONE && dx * dx + dy * dy < nearest) [best, nearest] = [point, dx * dx + dy * dy];
      }
    }
    return best === NONE ? null : this.labels[best];
  }

  orbit(turn, rise = 0, nearer = 1) {
    const limit = Math.PI / 2 - 0.02;
    this.eye.turn += turn;
    this.eye.rise = Math.min(limit, Math.max(-limit, this.eye.rise + rise));
    this.eye.near = Math.min(6, Math.max(0.5, this.eye.near * nearer));
  }
}

// Choose round numbers within a range, about `most` of them.
function niceTicks(low, high, most) {
  if (low === 0 && high === 255) return [0, 128, 255];
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const ticks = [];
  for (let tick = Math.ceil(low / step); tick * step <= high; tick++) ticks.push(Number((tick * step).toPrecision(6)));
  return ticks;
}
