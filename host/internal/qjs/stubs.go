package qjs

import lib "modernc.org/libquickjs"

type sharedBlock struct{}

// Block is memory.
type Block struct{}
type moduleLoader struct{}

func (rt *Runtime) initShared()              {}
func (rt *Runtime) closeShared()             {}
func (rt *Runtime) initModules()             {}
func (rt *Runtime) registerExotic()          {}
func (r *Realm) prepareAtomics(global Value) {}

var _ = lib.EJS_ATOM_END
