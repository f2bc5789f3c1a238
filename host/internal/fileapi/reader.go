package fileapi

import (
	"encoding/base64"
	"mime"
	"strings"

	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/encoding"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// reading is the file reading task source.
//
// https://w3c.github.io/FileAPI/#fileReadingTaskSource
const reading eventloop.TaskSource = "file reading"

// The states of a FileReader.
const (
	stateEmpty = iota
	stateLoading
	stateDone
)

// FileReader reads blobs and fires events about it.
//
// https://w3c.github.io/FileAPI/#APIASynch
type FileReader struct {
	event.Target
	state  int
	result *qjs.Ref // nil for null
	err    *qjs.Ref // nil for null
	read   *readOperation
}

// readOperation is one reading; one that is not the reader's any more was aborted.
type readOperation struct {
	done    func() // the host need not wait for it any more
	release func() // nor must the reader be kept
}

// Trace implements qjs.Tracer.
func (f *FileReader) Trace(visit func(*qjs.Ref)) {
	f.Target.Trace(visit)
	visit(f.result)
	visit(f.err)
}

// FileReaderInterface is the interface FileReader.
var FileReaderInterface = &webidl.Interface{
	Name: "FileReader", Parent: event.EventTargetInterface, Exposed: webidl.Everywhere,
	Constructor: func(*qjs.Call) (any, error) { return &FileReader{}, nil },
	Constants: []webidl.Constant{{Name: "EMPTY", Value: stateEmpty}, {Name: "LOADING", Value: stateLoading},
		{Name: "DONE", Value: stateDone}},
	Attributes: []webidl.Attribute{
		{Name: "readyState", Get: webidl.Getter(func(_ *qjs.Realm, f *FileReader) (qjs.Value, error) {
			return qjs.Number(float64(f.state)), nil
		})},
		{Name: "result", Get: webidl.Getter(func(_ *qjs.Realm, f *FileReader) (qjs.Value, error) {
			if f.result == nil {
				return qjs.Null(), nil
			}
			return f.result.Value(), nil
		})},
		{Name: "error", Get: webidl.Getter(func(_ *qjs.Realm, f *FileReader) (qjs.Value, error) {
			if f.err == nil {
				return qjs.Null(), nil
			}
			return f.err.Value(), nil
		})},
		event.HandlerAttribute("loadstart"), event.HandlerAttribute("progress"), event.HandlerAttribute("load"),
		event.HandlerAttribute("abort"), event.HandlerAttribute("error"), event.HandlerAttribute("loadend"),
	},
	Operations: []webidl.Operation{
		{Name: "readAsArrayBuffer", Length: 1, Func: readAs(asArrayBuffer)},
		{Name: "readAsBinaryString", Length: 1, Func: readAs(asBinaryString)},
		{Name: "readAsText", Length: 1, Func: readAs(asText)},
		{Name: "readAsDataURL", Length: 1, Func: readAs(asDataURL)},
		{Name: "abort", Func: abort},
	},
}

// packager packages data as the result of a reading.
//
// https://w3c.github.io/FileAPI/#blob-package-data
type packager func(realm *qjs.Realm, blob *Blob, label string) (qjs.Value, error)

func asArrayBuffer(realm *qjs.Realm, blob *Blob, _ string) (qjs.Value, error) {
	return realm.NewArrayBuffer(blob.data)
}

func asBinaryString(realm *qjs.Realm, blob *Blob, _ string) (qjs.Value, error) {
	var text strings.Builder
	for _, b := range blob.data {
		text.WriteRune(rune(b))
	}
	return realm.String(text.String()), nil
}

func asText(realm *qjs.Realm, blob *Blob, label string) (qjs.Value, error) {
	if !encoding.IsLabel(label) {
		_, parameters, _ := mime.ParseMediaType(blob.mediaType)
		label = parameters["charset"]
	}
	return realm.String(encoding.Decode(blob.data, label)), nil
}

func asDataURL(realm *qjs.Realm, blob *Blob, _ string) (qjs.Value, error) {
	mediaType := blob.mediaType
	if mediaType == "" {
		mediaType = "application/octet-stream"
	}
	return realm.String("data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString(blob.data)), nil
}

// toReadArguments converts the arguments of a method that reads: a blob, and the label
// of an encoding.
func toReadArguments(c *qjs.Call) (*Blob, string, error) {
	blob, err := webidl.To[Bloblike]("Blob")(c.Realm, c.Arg(0))
	if err != nil {
		return nil, "", err
	}
	label := ""
	if v := c.Arg(1); !v.IsUndefined() {
		if label, err = webidl.DOMString(c.Realm, v); err != nil {
			return nil, "", err
		}
	}
	return blob.ToBlob(), label, nil
}

// readAs makes a method that reads.
//
// https://w3c.github.io/FileAPI/#readOperation
func readAs(pack packager) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		f, err := webidl.This[*FileReader](c)
		if err != nil {
			return qjs.Value{}, err
		}
		blob, label, err := toReadArguments(c)
		if err != nil {
			return qjs.Value{}, err
		}
		// 1. One reading at a time.
		if f.state == stateLoading {
			return qjs.Value{}, webidl.DOMException("InvalidStateError", "the reader is reading already")
		}
		// 2. Begin.
		f.state = stateLoading
		f.setResult(nil)
		f.err.Free()
		f.err = nil
		s := settings.Of(f.Realm())
		operation := &readOperation{done: s.Pending(), release: s.Keep(f)}
		f.read = operation
		// 3. The bytes are there already, so loadstart, progress and the end follow one another.
		s.QueueTask(reading, func() {
			if f.read == operation {
				f.fire("loadstart", 0, len(blob.data))
			}
		})
		s.QueueTask(reading, func() {
			if f.read == operation && len(blob.data) > 0 {
				f.fire("progress", len(blob.data), len(blob.data))
			}
		})
		s.QueueTask(reading, func() {
			if f.read != operation {
				return
			}
			f.state = stateDone
			f.end()
			result, err := pack(s.Realm, blob, label)
			if err != nil {
				f.failed(err)
				return
			}
			f.setResult(&result)
			f.fire("load", len(blob.data), len(blob.data))
			if f.state != stateLoading {
				f.fire("loadend", len(blob.data), len(blob.data))
			}
		})
		return qjs.Undefined(), nil
	}
}

// failed says that there is no result: not enough memory.
func (f *FileReader) failed(err error) {
	realm := f.Realm()
	v := webidl.NewDOMException(realm, "NotReadableError", err.Error())
	f.err.Free()
	f.err = realm.Runtime().NewRef(v)
	f.fire("error", 0, 0)
	if f.state != stateLoading {
		f.fire("loadend", 0, 0)
	}
}

// end ends the reading.
func (f *FileReader) end() {
	f.read.done()
	f.read.release()
	f.read = nil
}

// setResult sets the result; nil is null.
func (f *FileReader) setResult(v *qjs.Value) {
	if f.result != nil {
		f.result.Free()
		f.result = nil
	}
	if v != nil {
		f.result = f.Realm().Runtime().NewRef(*v)
	}
}

// fire fires a progress event.
//
// https://w3c.github.io/FileAPI/#fire-a-progress-event
func (f *FileReader) fire(name string, loaded, total int) {
	event.FireProgress(f, name, event.ProgressInit{LengthComputable: true, Loaded: float64(loaded), Total: float64(total)})
}

// abort ends a reading.
//
// https://w3c.github.io/FileAPI/#dfn-abort
func abort(c *qjs.Call) (qjs.Value, error) {
	f, err := webidl.This[*FileReader](c)
	if err != nil {
		return qjs.Value{}, err
	}
	f.setResult(nil)
	if f.state != stateLoading {
		return qjs.Undefined(), nil
	}
	f.state = stateDone
	f.end()
	f.fire("abort", 0, 0)
	if f.state != stateLoading {
		f.fire("loadend", 0, 0)
	}
	return qjs.Undefined(), nil
}

// FileReaderSync reads blobs at once, in workers.
//
// https://w3c.github.io/FileAPI/#FileReaderSync
type FileReaderSync struct{ webidl.Platform }

// FileReaderSyncInterface is the interface FileReaderSync.
var FileReaderSyncInterface = &webidl.Interface{
	Name: "FileReaderSync", Exposed: webidl.Worker,
	Constructor: func(*qjs.Call) (any, error) { return &FileReaderSync{}, nil },
	Operations: []webidl.Operation{
		{Name: "readAsArrayBuffer", Length: 1, Func: readSync(asArrayBuffer)},
		{Name: "readAsBinaryString", Length: 1, Func: readSync(asBinaryString)},
		{Name: "readAsText", Length: 1, Func: readSync(asText)},
		{Name: "readAsDataURL", Length: 1, Func: readSync(asDataURL)},
	},
}

func readSync(pack packager) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		if _, err := webidl.This[*FileReaderSync](c); err != nil {
			return qjs.Value{}, err
		}
		blob, label, err := toReadArguments(c)
		if err != nil {
			return qjs.Value{}, err
		}
		return pack(c.Realm, blob, label)
	}
}
