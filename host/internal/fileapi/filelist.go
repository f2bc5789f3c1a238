package fileapi

import (
	"strconv"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// FileList is a list of files. Script cannot make one.
//
// https://w3c.github.io/FileAPI/#filelist-section
type FileList struct {
	webidl.Platform
	files []*File
}

// NewFileList returns a list in a realm.
func NewFileList(realm *qjs.Realm, files []*File) *FileList {
	l := &FileList{files: files}
	webidl.Init(l, realm, FileListInterface)
	return l
}

// Files returns the files.
func (l *FileList) Files() []*File { return l.files }

// FileValues returns the files as what is serialized of the list.
func (l *FileList) FileValues() []qjs.Value {
	values := make([]qjs.Value, len(l.files))
	for i, f := range l.files {
		values[i] = webidl.ValueOf(f)
	}
	return values
}

// FileListInterface is the interface FileList.
//
// https://w3c.github.io/FileAPI/#filelist-section
var FileListInterface = &webidl.Interface{
	Name: "FileList", Exposed: webidl.Everywhere,
	Attributes: []webidl.Attribute{
		{Name: "length", Get: webidl.Getter(func(_ *qjs.Realm, l *FileList) (qjs.Value, error) { return qjs.Int(int32(len(l.files))), nil })},
	},
	Operations: []webidl.Operation{
		{Name: "item", Length: 1, Func: webidl.Method(func(c *qjs.Call, l *FileList) (qjs.Value, error) {
			i, err := webidl.UnsignedLong(c.Realm, c.Arg(0))
			if err != nil || int64(i) >= int64(len(l.files)) {
				return qjs.Null(), err
			}
			return webidl.ValueOf(l.files[i]), nil
		})},
	},
	Iterable: &webidl.Iterable{Indexed: true},
}

func init() {
	FileListInterface.Deserialize = func(realm *qjs.Realm, travelled any) (qjs.Value, error) {
		list := &FileList{}
		for _, v := range travelled.([]qjs.Value) {
			f, _ := webidl.As[*File](v) // nothing else comes
			list.files = append(list.files, f)
		}
		return webidl.Wrap(realm, FileListInterface, list), nil
	}
}

// GetNamed implements qjs.Named: the indices are properties.
func (l *FileList) GetNamed(_ *qjs.Realm, key qjs.Key) (p qjs.Property, found bool, err error) {
	i, ok := key.Index()
	if !ok || i >= len(l.files) {
		return p, false, nil
	}
	return qjs.Property{Value: webidl.ValueOf(l.files[i]), Flags: qjs.Configurable | qjs.Enumerable}, true, nil
}

// SetNamed implements qjs.Named.
func (l *FileList) SetNamed(_ *qjs.Realm, key qjs.Key, _ qjs.Value) (mine, ok bool, err error) {
	_, index := key.Index()
	return index, false, nil
}

// DeleteNamed implements qjs.Named.
func (l *FileList) DeleteNamed(_ *qjs.Realm, key qjs.Key) (mine, ok bool, err error) {
	i, index := key.Index()
	return index && i < len(l.files), false, nil
}

// NamedKeys implements qjs.Named.
func (l *FileList) NamedKeys(realm *qjs.Realm) ([]qjs.Value, error) {
	var keys []qjs.Value
	for i := range l.files {
		keys = append(keys, realm.String(strconv.Itoa(i)))
	}
	return keys, nil
}
