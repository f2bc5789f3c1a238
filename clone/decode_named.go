package clone

import "math"

// named reads the content of tag 27: an array whose first member is a name.
func (r *reader[V]) named(at, number int) (v V, opened bool, err error) {
	members, err := r.expect(majorArray)
	if err != nil {
		return v, false, err
	}
	b, err := r.stringBytes()
	if err != nil {
		return v, false, err
	}
	name := string(b)
	want, known := namedMembers[name]
	if _, isKind := KindOf(name); isKind {
		want, known = 4, true
	}
	if !known || want != members {
		return v, false, r.fail(at, "an unknown name or a wrong number of members")
	}
	switch name {
	case "Array":
		return r.sparseArray(at, number)
	case "Error":
		return r.errorObject(at, number)
	}
	v, err = r.namedLeaf(at, number, name)
	return v, false, err
}

// namedMembers are the names that tag 27 may hold besides typed arrays, and the number of members,
// the name included.
var namedMembers = map[string]uint64{
	"Boolean": 2, "Number": 2, "String": 2, "BigInt": 2, "ArrayBuffer": 3, "DataView": 4, "Array": 3, "Error": 3,
	"Blob": 3, "File": 5, "FileList": 2, "DOMException": 3, "MessagePort": 2, "undeliverable": 2,
	"beside": 2, // of a record in memory only
}

func (r *reader[V]) namedLeaf(at, number int, name string) (V, error) {
	switch name {
	case "Boolean", "Number", "String", "BigInt":
		return r.boxed(at, number, name)
	case "ArrayBuffer":
		return r.resizable(at, number)
	case "Blob":
		return r.blob(number)
	case "File":
		return r.file(number)
	case "FileList":
		return r.fileList(at, number)
	case "DOMException":
		return r.domException(number)
	case "MessagePort":
		return r.port(at, number)
	case "undeliverable":
		var none V
		return none, r.undeliverable(at, number)
	case "beside":
		return r.besideObject(at, number)
	}
	return r.view(at, number, name)
}

func (r *reader[V]) undeliverable(at, number int) error {
	if len(r.stack) > 0 || number >= 0 {
		return r.fail(at, "an undeliverable message inside another")
	}
	reason, err := r.stringBytes()
	if err != nil {
		return err
	}
	if r.at != len(r.body) {
		return r.fail(r.at, "more than one item")
	}
	return undeliverable(string(reason))
}

func (r *reader[V]) sparseArray(at, number int) (v V, opened bool, err error) {
	length, err := r.safeInteger()
	if err == nil && length > math.MaxUint32 {
		err = r.fail(at, "an array longer than 2^32-1")
	}
	if err != nil {
		return v, false, err
	}
	n, err := r.expect(majorMap)
	if err != nil {
		return v, false, err
	}
	count, err := r.pairs(at, n)
	if err == nil {
		v, err = r.builder.SparseArray(uint32(length), count)
	}
	if err != nil {
		return v, false, err
	}
	return r.open(readerFrame[V]{kind: readSparse, value: v, left: count, length: uint32(length), many: r.many(count)}, number)
}

// errorObject reads an Error up to its cause, which is a member that follows.
func (r *reader[V]) errorObject(at, number int) (v V, opened bool, err error) {
	name, err := r.stringBytes()
	if err != nil {
		return v, false, err
	}
	e := ErrorData{Name: string(name)}
	if errorName(e.Name) != e.Name {
		return v, false, r.fail(at, "an unknown error")
	}
	n, err := r.expect(majorMap)
	if err == nil {
		_, err = r.level(at, 2*min(n, 4))
	}
	if err != nil {
		return v, false, err
	}
	r.owed -= 2 * int(min(n, 4))
	withCause, err := r.errorMembers(at, n, &e)
	if err != nil {
		return v, false, err
	}
	if v, err = r.builder.Error(e); err != nil {
		return v, false, err
	}
	f := readerFrame[V]{kind: readCause, value: v}
	if withCause {
		f.left = 1
		r.owed++
	}
	return r.open(f, number)
}

// errorMembers reads n members, or up to the key of the last one if that is cause.
func (r *reader[V]) errorMembers(at int, n uint64, e *ErrorData) (withCause bool, err error) {
	for ; n > 0; n-- {
		key, err := r.stringBytes()
		if err != nil {
			return false, err
		}
		var member *string
		switch name := string(key); {
		case name == "cause" && n == 1:
			return true, nil
		case name == "message" && !e.HasMessage && !e.HasStack:
			member, e.HasMessage = &e.Message, true
		case name == "stack" && !e.HasStack:
			member, e.HasStack = &e.Stack, true
		default:
			return false, r.fail(at, "an unknown, duplicate or misplaced member of an error")
		}
		b, err := r.stringBytes()
		if err != nil {
			return false, err
		}
		*member = string(b)
	}
	return false, nil
}

func (r *reader[V]) boxed(at, number int, name string) (v V, err error) {
	inner := r.at
	major, n, err := r.head()
	if err != nil {
		return v, err
	}
	first := r.body[inner]
	var fits bool
	switch name {
	case "Boolean":
		fits = first == byteFalse || first == byteTrue
	case "Number":
		fits = major == majorUint || major == majorNegative || first >= byteFloat16
	case "String":
		fits = major == majorText || major == majorTag && n == tagWTF8
	case "BigInt":
		fits = major == majorTag && (n == tagBigInt || n == tagNegative)
	}
	if !fits {
		return v, r.fail(at, "an object of another primitive type than its name")
	}
	r.at = inner
	primitive, _, err := r.item(-1)
	if err != nil {
		return v, err
	}
	v, err = r.builder.Boxed(primitive)
	return r.leaf(number, v, err)
}

func (r *reader[V]) blob(number int) (v V, err error) {
	mediaType, err := r.stringBytes()
	if err != nil {
		return v, err
	}
	data, err := r.bytes()
	if err != nil {
		return v, err
	}
	v, err = r.builder.Blob(mediaType, data)
	return r.leaf(number, v, err)
}

func (r *reader[V]) file(number int) (v V, err error) {
	name, err := r.stringBytes()
	if err != nil {
		return v, err
	}
	mediaType, err := r.stringBytes()
	if err != nil {
		return v, err
	}
	at := r.at
	major, n, err := r.head()
	if err != nil {
		return v, err
	}
	time := float64(n)
	if major == majorNegative {
		time = -1 - time
	}
	if major > majorNegative || n > maxSafeInteger || time < -maxSafeInteger {
		return v, r.fail(at, "a time of modification that is not an integer up to 2^53-1")
	}
	data, err := r.bytes()
	if err != nil {
		return v, err
	}
	v, err = r.builder.File(name, mediaType, time, data)
	r.keep(number, v, shape{kind: shapeFile})
	return v, err
}

func (r *reader[V]) fileList(at, number int) (v V, err error) {
	n, err := r.expect(majorArray)
	if err != nil {
		return v, err
	}
	count, err := r.level(at, n)
	r.owed -= count
	if err != nil {
		return v, err
	}
	files := make([]V, count)
	for i := range files {
		if files[i], err = r.part(shapeFile); err != nil {
			return v, err
		}
	}
	v, err = r.builder.FileList(files)
	return r.leaf(number, v, err)
}

func (r *reader[V]) domException(number int) (v V, err error) {
	name, err := r.stringBytes()
	if err != nil {
		return v, err
	}
	message, err := r.stringBytes()
	if err != nil {
		return v, err
	}
	v, err = r.builder.DOMException(name, message)
	return r.leaf(number, v, err)
}

func (r *reader[V]) port(at, number int) (v V, err error) {
	n, err := r.safeInteger()
	if err != nil {
		return v, err
	}
	if n >= r.options.Ports {
		return v, r.fail(at, "a port that did not come along")
	}
	if r.ports == nil {
		r.ports = make([]bool, r.options.Ports)
	}
	if r.ports[n] {
		return v, r.fail(at, "a port that occurred before")
	}
	r.ports[n] = true
	v, err = r.builder.Port(n)
	return r.leaf(number, v, err)
}

// besideObject reads the number of an object that travelled beside the bytes.
func (r *reader[V]) besideObject(at, number int) (v V, err error) {
	n, err := r.safeInteger()
	if err != nil {
		return v, err
	}
	if n >= len(r.options.beside) {
		return v, r.fail(at, "an object that did not come along")
	}
	object := r.options.beside[n]
	s := shape{}
	switch object := object.(type) {
	case Buffer:
		s = shape{shapeBuffer, object.Resizable(), object.ByteLength()}
	case *File:
		s.kind = shapeFile
	}
	if v, err = r.builder.Beside(object); err == nil { // which may take the content
		r.keep(number, v, s)
	}
	return v, err
}
