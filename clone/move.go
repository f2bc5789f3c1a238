package clone

import (
	"math/big"
	"time"
	"unsafe"
)

// move makes a shallow copy of the value at src, without what is left out, at dst, which is zero or
// was moved to before. Pointers are stored as pointers, for the garbage collector.
func (p *plan) move(dst, src unsafe.Pointer) {
	switch p.op {
	case opStruct:
		for i := range p.fields {
			f := &p.fields[i]
			f.plan.move(unsafe.Add(dst, f.offset), unsafe.Add(src, f.offset))
		}
	case opArray:
		for i := range p.len {
			offset := uintptr(i) * p.elem.size
			p.elem.move(unsafe.Add(dst, offset), unsafe.Add(src, offset))
		}
	case opString:
		*(*string)(dst) = *(*string)(src)
	case opSlice, opView, opList:
		*(*[]byte)(dst) = *(*[]byte)(src)
	case opAny:
		*(*any)(dst) = *(*any)(src)
	case opError:
		*(*error)(dst) = *(*error)(src)
	case opPointer, opCanon, opMap:
		*(*unsafe.Pointer)(dst) = *(*unsafe.Pointer)(src)
	case opTime:
		*(*time.Time)(dst) = *(*time.Time)(src)
	case opBigInt:
		*(*big.Int)(dst) = *(*big.Int)(src)
	case opNever, opUndefined, opIface, opThrown:
		// They are nothing, or never part of a typed snapshot.
	default:
		p.moveScalar(dst, src)
	}
}

func (p *plan) moveScalar(dst, src unsafe.Pointer) {
	switch p.size {
	case 1:
		*(*uint8)(dst) = *(*uint8)(src)
	case 2:
		*(*uint16)(dst) = *(*uint16)(src)
	case 4:
		*(*uint32)(dst) = *(*uint32)(src)
	case 8:
		*(*uint64)(dst) = *(*uint64)(src)
	}
}
