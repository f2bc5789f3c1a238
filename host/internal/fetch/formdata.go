package fetch

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/entangle-go/entangle/host/internal/encoding"
	"github.com/entangle-go/entangle/host/internal/fileapi"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/url"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// maxFormEntries is how many entries a form that is parsed may have.
const maxFormEntries = 10_000

// formEntry is an entry of a form: a string or a file.
type formEntry struct {
	name, value string
	file        *fileapi.File
}

// FormData is the interface FormData.
//
// https://xhr.spec.whatwg.org/#interface-formdata
//
// FIXME: making one of a form element.
type FormData struct {
	webidl.Platform
	entries []formEntry
	memory  settings.Memory
}

// Finalize implements qjs.Finalizer.
func (f *FormData) Finalize() { f.memory.Release() }

// size is what an entry takes. The content of a file counts here, too: its wrapper may be gone.
func (e formEntry) size() int {
	n := len(e.name) + len(e.value) + 64
	if e.file != nil {
		n += len(e.file.Bytes())
	}
	return n
}

// hold counts an entry that is about to be added.
func (f *FormData) hold(r *qjs.Realm, e formEntry) error {
	return f.memory.Hold(r.Runtime(), e.size(), func() int {
		n := e.size()
		for _, other := range f.entries {
			n += other.size()
		}
		return n
	})
}

// FormDataInterface is the interface FormData.
var FormDataInterface = &webidl.Interface{
	Name: "FormData", Exposed: webidl.Everywhere,
	Constructor: func(c *qjs.Call) (any, error) {
		if !c.Arg(0).IsUndefined() {
			return nil, webidl.TypeError("forms are not supported")
		}
		return &FormData{}, nil
	},
	Operations: []webidl.Operation{
		{Name: "append", Length: 2, Func: webidl.Method(func(c *qjs.Call, f *FormData) (qjs.Value, error) {
			entry, err := toFormEntry(c)
			if err == nil {
				err = f.hold(c.Realm, entry)
			}
			if err == nil {
				f.entries = append(f.entries, entry)
			}
			return qjs.Undefined(), err
		})},
		{Name: "delete", Length: 1, Func: byEntryName(func(_ *qjs.Realm, f *FormData, name string) qjs.Value {
			f.entries = slices.DeleteFunc(f.entries, func(e formEntry) bool { return e.name == name })
			return qjs.Undefined()
		})},
		{Name: "get", Length: 1, Func: byEntryName(func(r *qjs.Realm, f *FormData, name string) qjs.Value {
			for _, e := range f.entries {
				if e.name == name {
					return e.object(r)
				}
			}
			return qjs.Null()
		})},
		{Name: "getAll", Length: 1, Func: byEntryName(func(r *qjs.Realm, f *FormData, name string) qjs.Value {
			var values []qjs.Value
			for _, e := range f.entries {
				if e.name == name {
					values = append(values, e.object(r))
				}
			}
			return r.NewArray(values...)
		})},
		{Name: "has", Length: 1, Func: byEntryName(func(_ *qjs.Realm, f *FormData, name string) qjs.Value {
			return qjs.Bool(slices.ContainsFunc(f.entries, func(e formEntry) bool { return e.name == name }))
		})},
		{Name: "set", Length: 2, Func: webidl.Method(setEntry)},
	},
	Iterable: &webidl.Iterable{Pair: func(r *qjs.Realm, object any, i int) (key, value qjs.Value, ok bool) {
		f := object.(*FormData)
		if i >= len(f.entries) {
			return qjs.Value{}, qjs.Value{}, false
		}
		return r.String(f.entries[i].name), f.entries[i].object(r), true
	}},
}

func (e formEntry) object(r *qjs.Realm) qjs.Value {
	if e.file != nil {
		return webidl.ValueOf(e.file)
	}
	return r.String(e.value)
}

func byEntryName(do func(*qjs.Realm, *FormData, string) qjs.Value) qjs.Func {
	return webidl.Method(func(c *qjs.Call, f *FormData) (qjs.Value, error) {
		name, err := webidl.USVString(c.Realm, c.Arg(0))
		if err != nil {
			return qjs.Value{}, err
		}
		return do(c.Realm, f, name), nil
	})
}

// toFormEntry creates an entry of the arguments of append and set: a blob becomes a file.
//
// https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#create-an-entry
func toFormEntry(c *qjs.Call) (formEntry, error) {
	name, err := webidl.USVString(c.Realm, c.Arg(0))
	if err != nil {
		return formEntry{}, err
	}
	b, ok := webidl.As[fileapi.Bloblike](c.Arg(1))
	if !ok {
		if len(c.Args) > 2 {
			return formEntry{}, webidl.TypeError("only a blob has a file name")
		}
		value, err := webidl.USVString(c.Realm, c.Arg(1))
		return formEntry{name: name, value: value}, err
	}
	file, isFile := b.(*fileapi.File)
	if isFile && c.Arg(2).IsUndefined() {
		return formEntry{name: name, file: file}, nil
	}
	filename, modified := "blob", float64(time.Now().UnixMilli())
	if isFile {
		modified = file.LastModified()
	}
	if v := c.Arg(2); !v.IsUndefined() {
		if filename, err = webidl.USVString(c.Realm, v); err != nil {
			return formEntry{}, err
		}
	}
	return formEntry{name: name, file: fileapi.NewFile(c.Realm, b.ToBlob().Bytes(), filename, b.ToBlob().Type(), modified)}, nil
}

func setEntry(c *qjs.Call, f *FormData) (qjs.Value, error) {
	entry, err := toFormEntry(c)
	if err != nil {
		return qjs.Value{}, err
	}
	if err := f.hold(c.Realm, entry); err != nil {
		return qjs.Value{}, err
	}
	i := slices.IndexFunc(f.entries, func(e formEntry) bool { return e.name == entry.name })
	if i < 0 {
		f.entries = append(f.entries, entry)
		return qjs.Undefined(), nil
	}
	f.entries[i] = entry
	rest := slices.DeleteFunc(f.entries[i+1:], func(e formEntry) bool { return e.name == entry.name })
	f.entries = f.entries[:i+1+len(rest)]
	return qjs.Undefined(), nil
}

// lines are spelled as on the network.
var lines = strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n")

// quoted escapes a name in a Content-Disposition.
var quoted = strings.NewReplacer("\n", "%0A", "\r", "%0D", `"`, "%22")

// encode is the multipart/form-data encoding algorithm.
//
// https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
func (f *FormData) encode() (data []byte, boundary string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, e := range f.entries {
		header := textproto.MIMEHeader{}
		disposition := `form-data; name="` + quoted.Replace(lines.Replace(e.name)) + `"`
		content := []byte(lines.Replace(e.value))
		if e.file != nil {
			disposition += `; filename="` + quoted.Replace(e.file.Name()) + `"`
			mediaType := e.file.Type()
			if mediaType == "" {
				mediaType = "application/octet-stream"
			}
			header.Set("Content-Type", mediaType)
			content = e.file.Bytes()
		}
		header.Set("Content-Disposition", disposition)
		part, _ := w.CreatePart(header) // a buffer takes everything
		_, _ = part.Write(content)
	}
	_ = w.Close()
	return b.Bytes(), w.Boundary()
}

// parseFormData reads a form from a body.
//
// https://fetch.spec.whatwg.org/#dom-body-formdata
func parseFormData(r *qjs.Realm, data []byte, contentType string) (*FormData, error) {
	essence, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, webidl.TypeError("the body is not a form")
	}
	f := &FormData{}
	switch essence {
	case "application/x-www-form-urlencoded":
		for _, pair := range url.ParseForm(string(data)) {
			f.entries = append(f.entries, formEntry{name: pair.Name, value: pair.Value})
		}
		return f, nil
	case "multipart/form-data":
		reader := multipart.NewReader(bytes.NewReader(data), parameters["boundary"])
		for {
			part, err := reader.NextRawPart()
			if errors.Is(err, io.EOF) {
				return f, nil
			}
			if err != nil || len(f.entries) == maxFormEntries {
				return nil, webidl.TypeError("the body is not a form, or one of more than %d entries", maxFormEntries)
			}
			var content bytes.Buffer
			if _, err := content.ReadFrom(part); err != nil {
				return nil, webidl.TypeError("the body is not a form: %v", err)
			}
			entry := formEntry{name: part.FormName(), value: encoding.DecodeUTF8WithoutBOM(content.Bytes())}
			if filename := part.FileName(); filename != "" {
				mediaType := part.Header.Get("Content-Type")
				if mediaType == "" {
					mediaType = "text/plain"
				}
				entry.file = fileapi.NewFile(r, content.Bytes(), filename, mediaType, float64(time.Now().UnixMilli()))
			}
			if err := f.hold(r, entry); err != nil {
				return nil, err
			}
			f.entries = append(f.entries, entry)
		}
	}
	return nil, webidl.TypeError("%.100q is not the type of a form", essence)
}
