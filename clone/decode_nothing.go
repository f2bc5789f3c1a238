package clone

import "math/big"

// nothing is a builder that builds nothing: reading with it only checks the bytes.
type nothing struct{}

type none = struct{}

func (nothing) Undefined() (v none, err error)                            { return }
func (nothing) Null() (v none, err error)                                 { return }
func (nothing) Boolean(bool) (v none, err error)                          { return }
func (nothing) Number(float64) (v none, err error)                        { return }
func (nothing) BigInt(*big.Int) (v none, err error)                       { return }
func (nothing) String([]byte) (v none, err error)                         { return }
func (nothing) Boxed(none) (v none, err error)                            { return }
func (nothing) Date(float64) (v none, err error)                          { return }
func (nothing) RegExp(_, _ []byte) (v none, err error)                    { return }
func (nothing) ArrayBuffer([]byte) (v none, err error)                    { return }
func (nothing) ResizableArrayBuffer([]byte, int) (v none, err error)      { return }
func (nothing) TypedArray(Kind, none, int, int) (v none, err error)       { return }
func (nothing) DataView(none, int, int) (v none, err error)               { return }
func (nothing) Map(int) (v none, err error)                               { return }
func (nothing) MapSet(_, _, _ none) (err error)                           { return }
func (nothing) Set(int) (v none, err error)                               { return }
func (nothing) SetAdd(_, _ none) (err error)                              { return }
func (nothing) Object(int) (v none, err error)                            { return }
func (nothing) Property(none, []byte, none) (err error)                   { return }
func (nothing) Array(int) (v none, err error)                             { return }
func (nothing) SparseArray(uint32, int) (v none, err error)               { return }
func (nothing) Element(none, int, none) (err error)                       { return }
func (nothing) Error(ErrorData) (v none, err error)                       { return }
func (nothing) Cause(_, _ none) (err error)                               { return }
func (nothing) DOMException(_, _ []byte) (v none, err error)              { return }
func (nothing) Blob(_, _ []byte) (v none, err error)                      { return }
func (nothing) File(_, _ []byte, _ float64, _ []byte) (v none, err error) { return }
func (nothing) FileList([]none) (v none, err error)                       { return }
func (nothing) Port(int) (v none, err error)                              { return }
func (nothing) Beside(any) (v none, err error)                            { return }
