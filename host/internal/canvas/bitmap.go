package canvas

import (
	"runtime"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// maxPixels is how many pixels a bitmap may have.
const maxPixels = 1 << 26

// bitmap is a rectangle of pixels of four bytes: red, green, blue, alpha, not premultiplied.
type bitmap struct {
	width, height int
	pixels        []byte // nil: all of them are transparent black
}

// newBitmap returns transparent black. Its memory is counted when somebody writes to it.
func newBitmap(width, height int) *bitmap { return &bitmap{width: width, height: height} }

// tooLarge reports whether a bitmap cannot have so many pixels.
func tooLarge(width, height int) bool {
	return width > maxPixels || height > maxPixels || width*height > maxPixels
}

// allocate makes room for pixels that are not transparent black.
func (b *bitmap) allocate(rt *qjs.Runtime) error {
	if tooLarge(b.width, b.height) {
		return webidl.RangeError("a bitmap may have %d pixels", maxPixels)
	}
	size := 4 * b.width * b.height
	if b.pixels != nil || size == 0 {
		return nil
	}
	if err := rt.ChargeOrCollect(size); err != nil {
		return err
	}
	b.pixels = make([]byte, size)
	runtime.AddCleanup(b, rt.Refund, size)
	return nil
}

// rectangle is a part of a bitmap; it may reach beyond it.
type rectangle struct{ x, y, width, height int }

// turned makes negative sizes positive.
func (r rectangle) turned() rectangle {
	if r.width < 0 {
		r.x, r.width = r.x+r.width, -r.width
	}
	if r.height < 0 {
		r.y, r.height = r.y+r.height, -r.height
	}
	return r
}

// copyInto copies the pixels of a rectangle to a place of another bitmap, whose memory is there.
// What is outside of either is left out.
func (b *bitmap) copyInto(to *bitmap, from rectangle, x, y int) {
	// The columns and rows that both have.
	first, last := max(0, -from.x, -x), min(from.width, b.width-from.x, to.width-x)
	if first >= last {
		return
	}
	for row := max(0, -from.y, -y); row < min(from.height, b.height-from.y, to.height-y); row++ {
		start := (y+row)*to.width + x
		target := to.pixels[4*(start+first) : 4*(start+last)]
		if b.pixels == nil {
			clear(target)
		} else {
			copy(target, b.pixels[4*((from.y+row)*b.width+from.x+first):])
		}
	}
}

// crop returns a rectangle as a bitmap of its own; what is outside is transparent black.
func (b *bitmap) crop(rt *qjs.Runtime, r rectangle) (*bitmap, error) {
	part := newBitmap(r.width, r.height)
	if b.pixels == nil {
		return part, nil
	}
	if err := part.allocate(rt); err != nil {
		return nil, err
	}
	b.copyInto(part, r, 0, 0)
	return part, nil
}

// whole is all of it.
func (b *bitmap) whole() rectangle { return rectangle{0, 0, b.width, b.height} }
