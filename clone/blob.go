package clone

import (
	"bytes"
	"time"
)

// Blob is immutable bytes with a media type. Clones share the bytes.
type Blob struct {
	mediaType string
	data      []byte
}

// NewBlob makes a blob of b. The caller must not change b afterwards.
func NewBlob(b []byte, mediaType string) *Blob { return &Blob{mediaType, b} }

// Size returns the number of bytes.
func (b *Blob) Size() int { return len(b.data) }

// Type returns the media type, "" if unknown.
func (b *Blob) Type() string { return b.mediaType }

// Bytes returns a copy of the bytes.
func (b *Blob) Bytes() []byte { return bytes.Clone(b.data) }

// Shared returns the bytes themselves. The caller must not change them.
func (b *Blob) Shared() []byte { return b.data }

// NewReader returns a reader of the bytes, without copying them first.
func (b *Blob) NewReader() *bytes.Reader { return bytes.NewReader(b.data) }

// File is a [Blob] with a name and a time of modification.
type File struct {
	Blob
	name         string
	lastModified float64
}

// NewFile makes a file of b. The caller must not change b afterwards.
func NewFile(b []byte, name, mediaType string, lastModified time.Time) *File {
	return &File{Blob{mediaType, b}, name, float64(lastModified.UnixMilli())}
}

// NewFileAt is like NewFile, with the time in milliseconds since 1970-01-01 UTC.
func NewFileAt(b []byte, name, mediaType string, lastModified float64) *File {
	return &File{Blob{mediaType, b}, name, lastModified}
}

// Name returns the file's name.
func (f *File) Name() string { return f.name }

// LastModified returns when the file was modified, in milliseconds since 1970-01-01 UTC.
func (f *File) LastModified() float64 { return f.lastModified }

// FileList is a list of files.
type FileList struct {
	Files []*File
}
