// Draws figures one after the other in the same plot, for a browser to take its own picture of the page: the
// points' buffers, axes and programs of WebGL are made once, and no picture is read back, flipped, encoded and
// decoded on the way, as in plotly.js's export (tests/scripts/test_scatter.py compares the pictures).
{
  const gl = WebGLRenderingContext.prototype;
  const { bindFramebuffer, drawArrays, readPixels } = gl;
  // The camera is interpolated between the times of frames, with errors of rounding that decide on which of
  // two equal edges the labels of an axis stand. All frames are at the same time, whenever they are drawn.
  performance.now = () => 0;
  // plotly.js draws all points once more, offscreen, to know what the mouse is over; but nobody points at it.
  gl.bindFramebuffer = function (target, framebuffer) {
    this.offscreen = framebuffer !== null;
    bindFramebuffer.call(this, target, framebuffer);
  };
  gl.drawArrays = function (...args) {
    if (!this.offscreen) drawArrays.apply(this, args);
  };
  gl.readPixels = function (...args) {
    if (!this.offscreen) readPixels.apply(this, args);
  };

  const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

  window.draw = async (figure) => {
    const plot = document.getElementById("figure");
    await Plotly.react(plot, { ...figure, config: { displayModeBar: false, plotGlPixelRatio: 1 } });
    await nextFrame(); // plotly.js draws what has changed in each
    await nextFrame();
  };

  // Where there is no WebGL, plotly.js writes a message in place of the points.
  window.hasDrawn = () => {
    const canvases = [...document.querySelectorAll("#figure .gl-container canvas")];
    return canvases.length > 0 && canvases.every((canvas) => canvas.getContext("webgl")?.isContextLost() === false);
  };
}
