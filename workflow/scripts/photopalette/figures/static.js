// A static picture needs one frame, and nobody points at it. plotly.js draws every point when the
// plot is made, in each animation frame, and offscreen to know what the mouse is over; with the
// software renderer of a headless browser that is most of the work. Then toImage() gives WebGL half
// a second, draws once more, and reads that frame: here only this one is drawn, and at once, in the
// picture's own resolution and not in twice that, since WebGL smooths edges itself
// (tests/test_scatter.py compares the bytes).
{
  const gl = WebGLRenderingContext.prototype;
  const { bindFramebuffer, drawArrays, readPixels } = gl;
  const { setTimeout } = window;
  const { toImage } = Plotly;
  let kept = false;
  // The camera is interpolated between the times of frames, with errors of rounding that decide on which of
  // two equal edges the labels of an axis stand. The frames are at the same times, whenever they are drawn.
  performance.now = () => (kept ? 500 : 0);
  Plotly.toImage = (figure, options) =>
    toImage({ ...figure, config: { ...figure.config, plotGlPixelRatio: 1 } }, options);
  window.setTimeout = (callback, delay, ...rest) => {
    if (delay !== 500) return setTimeout(callback, delay, ...rest);
    return setTimeout(() => { kept = true; callback(); });
  };
  gl.bindFramebuffer = function (target, framebuffer) {
    this.offscreen = framebuffer !== null;
    bindFramebuffer.call(this, target, framebuffer);
  };
  gl.drawArrays = function (...args) {
    if (kept && !this.offscreen) drawArrays.apply(this, args);
  };
  gl.readPixels = function (...args) {
    if (this.offscreen) return;
    readPixels.apply(this, args);
    kept = false;
  };
}
