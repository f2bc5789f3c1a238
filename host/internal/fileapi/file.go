package fileapi

import (
	"time"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// File is a [Blob] with a name and a time of modification.
//
// https://w3c.github.io/FileAPI/#file-section
type File struct {
	Blob
	name         string
	lastModified float64
}

// NewFile returns a file of data, which must not be changed afterwards, in a realm. Its bytes count
// when script sees it. lastModified is in milliseconds since 1970-01-01 UTC.
func NewFile(realm *qjs.Realm, data []byte, name, mediaType string, lastModified float64) *File {
	f := &File{Blob: Blob{data: data, mediaType: mediaType}, name: name, lastModified: lastModified}
	webidl.Init(f, realm, FileInterface)
	return f
}

// Name returns the file's name.
func (f *File) Name() string { return f.name }

// LastModified returns when the file was modified, in milliseconds since 1970-01-01 UTC.
func (f *File) LastModified() float64 { return f.lastModified }

// Serialize runs the serialization steps.
func (f *File) Serialize() (any, error) { return f.travelling(), nil }

func (f *File) travelling() *clone.File {
	return clone.NewFileAt(f.Blob.travelling(), f.name, f.mediaType, f.lastModified)
}

func received(realm *qjs.Realm, f *clone.File) (*File, error) {
	file := NewFile(realm, f.Shared(), f.Name(), f.Type(), f.LastModified())
	return file, file.hold(realm)
}

func init() {
	FileInterface.Deserialize = func(realm *qjs.Realm, travelled any) (qjs.Value, error) {
		f, err := received(realm, travelled.(*clone.File))
		if err != nil {
			return qjs.Value{}, err
		}
		return webidl.ValueOf(f), nil
	}
}

// FileInterface is the interface File.
var FileInterface = &webidl.Interface{
	Name: "File", Parent: BlobInterface, Exposed: webidl.Everywhere,
	ConstructorLength: 2,
	Constructor: func(c *qjs.Call) (any, error) {
		if c.Arg(0).IsUndefined() {
			return nil, webidl.TypeError("the parts of a file must be a sequence")
		}
		parts, err := toParts(c.Realm, c.Arg(0))
		if err != nil {
			return nil, err
		}
		name, err := webidl.USVString(c.Realm, c.Arg(1))
		if err != nil {
			return nil, err
		}
		options, err := webidl.ToDictionary(c.Realm, c.Arg(2), "FilePropertyBag")
		if err != nil {
			return nil, err
		}
		native, mediaType := toBlobOptions(options)
		modified := webidl.Member(options, "lastModified", webidl.LongLong, time.Now().UnixMilli())
		if err := options.Err(); err != nil {
			return nil, err
		}
		data, block, err := parts.bytes(c.Realm, native)
		if err != nil {
			return nil, err
		}
		return &File{Blob: Blob{data: data, mediaType: mediaType, block: block}, name: name, lastModified: float64(modified)}, nil
	},
	Attributes: []webidl.Attribute{
		{Name: "name", Get: webidl.Getter(func(r *qjs.Realm, f *File) (qjs.Value, error) { return r.String(f.name), nil })},
		{Name: "lastModified", Get: webidl.Getter(func(_ *qjs.Realm, f *File) (qjs.Value, error) {
			return qjs.Number(f.lastModified), nil
		})},
		{Name: "webkitRelativePath", Get: webidl.Getter(func(r *qjs.Realm, _ *File) (qjs.Value, error) { return r.String(""), nil })},
	},
}
