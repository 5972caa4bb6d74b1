// A static picture needs one frame, and nobody points at it. plotly.js draws every point again in
// each animation frame and once more, offscreen, to know what the mouse is over; with the software
// renderer of a headless browser that is most of the work. The frame that toImage() reads is drawn
// outside both, so its pixels are the same without them (tests/test_scatter.py compares the bytes).
{
  const gl = WebGLRenderingContext.prototype;
  const { bindFramebuffer, drawArrays, readPixels } = gl;
  const requestFrame = window.requestAnimationFrame;
  let animating = false;
  window.requestAnimationFrame = (callback) => requestFrame((time) => {
    animating = true;
    try { callback(time); } finally { animating = false; }
  });
  gl.bindFramebuffer = function (target, framebuffer) {
    this.offscreen = framebuffer !== null;
    bindFramebuffer.call(this, target, framebuffer);
  };
  gl.drawArrays = function (...args) { if (!animating && !this.offscreen) drawArrays.apply(this, args); };
  gl.readPixels = function (...args) { if (!this.offscreen) readPixels.apply(this, args); };
}
