package clone

import (
	"reflect"
	"slices"
	"unsafe"
)

// This file holds what the copying of typed values needs to know about the layout of Go values:
// that an interface is a type and a word, a slice a pointer and two lengths, a map a pointer. Tests
// check each of it (unsafe_test.go).

// eface is an empty interface.
type eface struct {
	typ  unsafe.Pointer
	word unsafe.Pointer // the value itself if its type is one pointer, else a pointer to it
}

// slice is a slice of any type.
type slice struct {
	data unsafe.Pointer
	len  int
	cap  int
}

// typeWord returns what identifies the type of v.
func typeWord(v any) unsafe.Pointer { return (*eface)(unsafe.Pointer(&v)).typ }

// pointerWord returns the pointer that v is; its type is a pointer or a map.
func pointerWord(v any) unsafe.Pointer { return (*eface)(unsafe.Pointer(&v)).word }

// interfaceOf makes an interface of a type word and the word that belongs to it.
func interfaceOf(typ, word unsafe.Pointer) any {
	e := eface{typ, word}
	return *(*any)(unsafe.Pointer(&e))
}

// storedDirectly reports whether values of type t are one pointer, which an interface holds itself.
func storedDirectly(t reflect.Type) bool {
	return pointerWord(reflect.Zero(t).Interface()) == nil
}

// mapPointer returns what identifies a map.
func mapPointer(m map[string]any) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) }

// nowhere is what empty slices point at.
var nowhere byte

// copyFlat returns the address of a copy of n bytes that hold no pointers.
// OPTIMIZATION: append does not clear memory that it overwrites at once.
func copyFlat(p unsafe.Pointer, n, align uintptr) unsafe.Pointer {
	switch align {
	case 8:
		return unsafe.Pointer(unsafe.SliceData(slices.Clone(unsafe.Slice((*uint64)(p), n/8))))
	case 4:
		return unsafe.Pointer(unsafe.SliceData(slices.Clone(unsafe.Slice((*uint32)(p), n/4))))
	case 2:
		return unsafe.Pointer(unsafe.SliceData(slices.Clone(unsafe.Slice((*uint16)(p), n/2))))
	}
	return unsafe.Pointer(unsafe.SliceData(slices.Clone(unsafe.Slice((*byte)(p), n))))
}
