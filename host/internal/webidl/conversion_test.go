package webidl

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/entangle-go/entangle/host/internal/qjs"
)

// wrapped is the slow and obvious conversion of a finite number to an integer type of so many bits.
func wrapped(x float64, bits uint, signed bool) *big.Int {
	n, _ := big.NewFloat(math.Trunc(x)).Int(nil)
	modulus := new(big.Int).Lsh(big.NewInt(1), bits)
	n.Mod(n, modulus)
	if signed && n.Cmp(new(big.Int).Rsh(modulus, 1)) >= 0 {
		n.Sub(n, modulus)
	}
	return n
}

func convertNumber[T integer](t *testing.T, realm *qjs.Realm, convert Convert[T], x float64, bits uint, signed bool) {
	t.Helper()
	got, err := convert(realm, qjs.Number(x))
	if err != nil {
		t.Fatal(err)
	}
	want := wrapped(x, bits, signed)
	if fmt.Sprint(got) != want.String() {
		t.Errorf("%v as %T: %d, want %v", x, got, got, want)
	}
}

func TestIntegersWrapAround(t *testing.T) {
	realm := page(t)
	numbers := []float64{0, math.Copysign(0, -1), 0.9, -0.9, 1, -1, 127, 128, -128, -129, 255, 256, 257, 32767, 32768, 65535, 65536, -65537,
		1<<31 - 1, 1 << 31, -1 << 31, -1<<31 - 1, 1<<32 - 1, 1 << 32, 1<<32 + 5, 1<<53 - 1, 1 << 53, -1<<53 - 2, 1 << 63, -1 << 63, 1 << 64,
		1<<64 + 1<<12, -1 << 65, 1e300, -1e300, 4294967296.7}
	for _, x := range numbers {
		convertNumber(t, realm, Byte, x, 8, true)
		convertNumber(t, realm, Octet, x, 8, false)
		convertNumber(t, realm, Short, x, 16, true)
		convertNumber(t, realm, UnsignedShort, x, 16, false)
		convertNumber(t, realm, Long, x, 32, true)
		convertNumber(t, realm, UnsignedLong, x, 32, false)
		convertNumber(t, realm, LongLong, x, 64, true)
		convertNumber(t, realm, UnsignedLongLong, x, 64, false)
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if n, err := Long(realm, qjs.Number(x)); n != 0 || err != nil {
			t.Errorf("%v: %d, %v", x, n, err)
		}
	}
}

func TestEnforceRangeAndClamp(t *testing.T) {
	realm := page(t)
	for _, test := range []struct {
		x        float64
		enforced string // of an octet; "": a TypeError
		clamped  uint8
	}{
		{0, "0", 0}, {255, "255", 255}, {255.9, "255", 255}, {256, "", 255}, {-0.9, "0", 0}, {-1, "", 0}, {2.5, "2", 2}, {3.5, "3", 4},
		{1.7, "1", 2}, {math.NaN(), "", 0}, {math.Inf(1), "", 255}, {math.Inf(-1), "", 0},
	} {
		n, err := EnforceRange[uint8](realm, qjs.Number(test.x))
		if got := fmt.Sprint(n); err == nil && got != test.enforced {
			t.Errorf("EnforceRange %v: %s, want %q", test.x, got, test.enforced)
		}
		var native *qjs.NativeError
		if (err != nil) != (test.enforced == "") || err != nil && (!errors.As(err, &native) || native.Kind != "TypeError") {
			t.Errorf("EnforceRange %v: %v", test.x, err)
		}
		if n, err := Clamp[uint8](realm, qjs.Number(test.x)); n != test.clamped || err != nil {
			t.Errorf("Clamp %v: %d, %v, want %d", test.x, n, err, test.clamped)
		}
	}
	if _, err := EnforceRange[uint64](realm, qjs.Number(1<<53)); err == nil {
		t.Error("2^53 is no integer that a Number holds exactly")
	}
}

// conversions are functions that show a conversion's result to script.
func conversions(realm *qjs.Realm) {
	define := func(name string, f func(r *qjs.Realm, v qjs.Value) (string, error)) {
		must(realm.Global().Set(realm, name, realm.NewFunction(name, 1, func(c *qjs.Call) (qjs.Value, error) {
			s, err := f(c.Realm, c.Arg(0))
			return c.Realm.String(s), err
		})))
	}
	define("domString", DOMString)
	define("usvString", USVString)
	define("legacyNull", LegacyNullToEmptyString)
	define("byteString", func(r *qjs.Realm, v qjs.Value) (string, error) {
		s, err := ByteString(r, v)
		return fmt.Sprintf("% x", s), err
	})
	define("color", Enum("Color", "red", "green", ""))
	define("sequence", func(r *qjs.Realm, v qjs.Value) (string, error) {
		s, err := SequenceOf(DOMString)(r, v)
		return strings.Join(s, "|"), err
	})
	define("record", func(r *qjs.Realm, v qjs.Value) (string, error) {
		entries, err := RecordOf(USVString, Long)(r, v)
		var b strings.Builder
		for _, e := range entries {
			fmt.Fprintf(&b, "%s=%d;", e.Key, e.Value)
		}
		return b.String(), err
	})
	define("dictionary", func(r *qjs.Realm, v qjs.Value) (string, error) {
		d, err := ToDictionary(r, v, "Options")
		if err != nil {
			return "", err
		}
		a := Member(d, "a", Boolean, true)
		b, hasB := Optional(d, "b", DOMString)
		need := Required(d, "need", Long)
		return fmt.Sprintf("%t %q %t %d", a, b, hasB, need), d.Err()
	})
	define("double", func(r *qjs.Realm, v qjs.Value) (string, error) {
		f, err := Double(r, v)
		return fmt.Sprint(f), err
	})
}

func TestConversions(t *testing.T) {
	realm := page(t)
	conversions(realm)
	run(t, realm, `
		equal(domString("a\uD800b"), "a\uD800b", "a DOMString keeps lone surrogates");
		equal(domString(null), "null", "null"); equal(legacyNull(null), "", "[LegacyNullToEmptyString]");
		throws(TypeError, () => domString(Symbol()), "a symbol");
		equal(usvString("a\uD800b\uDC00"), "a\uFFFDb\uFFFD", "a USVString does not");
		equal(usvString("\u{1F600}"), "\u{1F600}", "pairs stay");
		equal(usvString("\uDE00\uD83D"), "\uFFFD\uFFFD", "two that are no pair");
		equal(byteString("a\xff"), "61 ff", "ByteString");
		throws(TypeError, () => byteString("\u0100"), "not a byte");
		equal(color("red"), "red", "enum"); equal(color(""), "", "enum"); throws(TypeError, () => color("Red"), "not of the enum");
		equal(double("1.5"), "1.5", "double"); throws(TypeError, () => double(NaN), "NaN"); throws(TypeError, () => double(1n), "a BigInt");

		equal(sequence(["a", 1, null]), "a|1|null", "sequence");
		equal(sequence(new Set(["x", "y"])), "x|y", "any iterable");
		equal(sequence(new String("hi")), "h|i", "a String object");
		equal(sequence((function* () { yield 1; })()), "1", "a generator");
		for (const wrong of ["hi", 1, null, undefined, {}, { [Symbol.iterator]: 1 }, { [Symbol.iterator]() { return 1; } },
			{ [Symbol.iterator]() { return { next() { return 1; } }; } }])
			throws(TypeError, () => sequence(wrong), "not a sequence");
		const own = ["a"]; own[Symbol.iterator] = function* () { yield "mine"; };
		equal(sequence(own), "mine", "the iterator protocol counts");

		equal(record({ b: 1, a: "2", 1: 3 }), "1=3;b=1;a=2;", "record");
		equal(record({ "\uD800": 1, x: 2, "\uD801": 3 }), "\uFFFD=3;x=2;", "keys that become the same");
		equal(record(Object.defineProperty({ a: 1 }, "hidden", { value: 2 })), "a=1;", "enumerable ones only");
		throws(TypeError, () => record({ [Symbol.iterator]: 1 }), "a symbol is no key");
		throws(TypeError, () => record(1), "not an object");

		equal(dictionary({ need: 5 }), 'true "" false 5', "defaults");
		equal(dictionary({ a: 0, b: null, need: 1 }), 'false "null" true 1', "members");
		throws(TypeError, () => dictionary(undefined), "required");
		throws(TypeError, () => dictionary(1), "not a dictionary");
		equal(dictionary(Object.assign(() => {}, { need: 2 })), 'true "" false 2', "a function is an object");
		const order = [];
		try { dictionary(new Proxy({}, { get(_, key) { order.push(key); if (key === "b") throw "stop"; } }));
			} catch (e) { equal(e, "stop", "exception"); }
		equal(order.join(), "a,b", "order, and the end at the first error");`)
}

func TestFrozenArray(t *testing.T) {
	realm := page(t)
	run(t, realm, `Object.freeze = function () { throw new Error("tampered") }`)
	must(realm.Global().Set(realm, "array", FrozenArray(realm, qjs.Int(1), qjs.Int(2))))
	run(t, realm, `
		equal(Array.isArray(array) && Object.isFrozen(array), true, "frozen");
		equal(array.join(), "1,2", "elements");`)
}

// pairs is iterable.
type pairs struct {
	Platform
	of [][2]string
}

var pairsInterface = &Interface{
	Name: "Pairs", Exposed: Everywhere,
	Constructor: func(*qjs.Call) (any, error) { return &pairs{of: [][2]string{{"a", "1"}, {"b", "2"}}}, nil },
	Operations: []Operation{{Name: "add", Func: Method(func(_ *qjs.Call, p *pairs) (qjs.Value, error) {
		p.of = append(p.of, [2]string{"new", "3"})
		return qjs.Value{}, nil
	})}},
	Iterable: &Iterable{Pair: func(r *qjs.Realm, object any, i int) (key, value qjs.Value, ok bool) {
		p := object.(*pairs)
		if i >= len(p.of) {
			return key, value, false
		}
		return r.String(p.of[i][0]), r.String(p.of[i][1]), true
	}},
}

func TestPairIterator(t *testing.T) {
	realm := page(t, pairsInterface)
	run(t, realm, `
		const p = new Pairs();
		equal(JSON.stringify([...p]), '[["a","1"],["b","2"]]', "@@iterator");
		equal([...p.keys()].join(), "a,b", "keys"); equal([...p.values()].join(), "1,2", "values");
		equal(Pairs.prototype[Symbol.iterator], Pairs.prototype.entries, "@@iterator is entries");
		descriptor(Pairs.prototype, Symbol.iterator, "value writable configurable");
		descriptor(Pairs.prototype, "forEach", "value writable enumerable configurable");
		const it = p.entries(), proto = Object.getPrototypeOf(it);
		equal(Object.prototype.toString.call(it), "[object Pairs Iterator]", "tag");
		equal(Object.getPrototypeOf(proto), Object.getPrototypeOf(Object.getPrototypeOf([].values())), "inherits from %Iterator.prototype%");
		equal(it[Symbol.iterator](), it, "an iterator is iterable");
		const seen = [];
		p.forEach(function (value, key, object) { seen.push(key + value + (object === p) + this.x); }, { x: 1 });
		equal(seen.join(), "a1true1,b2true1", "forEach");
		it.next(); it.next(); p.add(); equal(it.next().value.join(), "new,3", "it sees changes"); equal(it.next().done, true, "done");
		throws(TypeError, () => p.forEach(), "no callback"); throws(TypeError, () => p.forEach({}), "not a callback");
		throws(TypeError, () => proto.next.call({}), "brand check"); throws(TypeError, () => Pairs.prototype.keys.call({}), "brand check");
		let e; try { p.forEach(() => { throw "stop"; }); } catch (x) { e = x; } equal(e, "stop", "exceptions are passed on");`)
}

func TestScalarValueString(t *testing.T) {
	for in, want := range map[string]string{
		"plain é": "plain é", "\xed\xa0\x80": "�", "\xed\xa0\xbdx": "�x", "\xf0\x9f\x98\x80": "😀", "\xed\x9f\xbf": "\ud7ff",
	} {
		if got := ScalarValueString(in); got != want {
			t.Errorf("%x: %q, want %q", in, got, want)
		}
	}
}

func FuzzScalarValueString(f *testing.F) {
	f.Add("a\xed\xa0\x80b")
	f.Fuzz(func(t *testing.T, s string) {
		if got := ScalarValueString(s); slices.Contains([]rune(got), 0xD800) || !strings.HasPrefix(got, s[:commonASCII(s)]) {
			t.Errorf("%q became %q", s, got)
		}
	})
}

// commonASCII is how many bytes at the beginning are ASCII.
func commonASCII(s string) int {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return i
		}
	}
	return len(s)
}
