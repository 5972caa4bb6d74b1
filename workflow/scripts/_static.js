// A static picture needs one frame, and nobody points at it. plotly.js draws every point when the
// canvas is made, in each animation frame, and once more offscreen to know what the mouse is over;
// with the software renderer of a headless browser that is most of the work. The one frame that
// toImage() reads is drawn outside all three, so the pixels are the same without them
// (tests/test_scatter.py compares the bytes).
{
  const gl = WebGLRenderingContext.prototype;
  const { bindFramebuffer, drawArrays, readPixels } = gl;
  const { getContext } = HTMLCanvasElement.prototype;
  const requestFrame = window.requestAnimationFrame;
  let creating = false;
  let animating = false;
  HTMLCanvasElement.prototype.getContext = function (type, ...rest) {
    if (type !== "2d") {
      creating = true;
      setTimeout(() => { creating = false; });
    }
    return getContext.call(this, type, ...rest);
  };
  window.requestAnimationFrame = (callback) => requestFrame((time) => {
    animating = true;
    try { callback(time); } finally { animating = false; }
  });
  gl.bindFramebuffer = function (target, framebuffer) {
    this.offscreen = framebuffer !== null;
    bindFramebuffer.call(this, target, framebuffer);
  };
  gl.drawArrays = function (...args) {
    if (!creating && !animating && !this.offscreen) drawArrays.apply(this, args);
  };
  gl.readPixels = function (...args) {
    if (!this.offscreen) readPixels.apply(this, args);
  };
}
