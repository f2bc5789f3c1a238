// Package canvas is pixels without a screen: the 2D context of canvas and OffscreenCanvas as far as
// it reads and writes pixels, ImageBitmap, and createImageBitmap.
//
// # Deviations
//
// FIXME: Nothing is drawn: no paths, text, styles, transformations, and no image files are decoded.
// What there is are createImageData, getImageData, putImageData, clearRect, and drawImage without
// scaling, so that messages that carry pixels can be made and looked into.
//
// # Standard
//
// https://html.spec.whatwg.org/multipage/canvas.html and imagebitmap-and-animations.html as of
// 2026-08-21. Colors are not converted.
//
// # Limits
//
// A bitmap has at most [maxPixels] pixels; they count as memory of the runtime that made them.
//
// # Concurrency
//
// Everything runs on the goroutine of the agent. What a bitmap travels as is never changed.
package canvas
