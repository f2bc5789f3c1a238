package console

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// maxColumns is how many columns a table has.
const maxColumns = 20

// grid is a table as text: the first row is the head.
type grid struct {
	columns []string
	rows    []map[string]string
}

// table logs an array or an object of objects as a table; anything else as log does.
//
// https://console.spec.whatwg.org/#table
func table(realm *qjs.Realm, args []qjs.Value) error {
	if len(args) == 0 || !args[0].IsObject() || args[0].IsFunction() {
		return logger("log")(realm, args)
	}
	var wanted []string
	if len(args) > 1 && args[1].IsObject() {
		var err error
		if wanted, err = webidl.SequenceOf(settings.Counting(webidl.DOMString))(realm, args[1]); err != nil {
			return err
		}
	}
	p := &inspector{realm: realm, maxDepth: 0}
	g := &grid{columns: []string{"(index)"}}
	values := false
	for key, row := range p.cells(args[0]) {
		cells := map[string]string{"(index)": key}
		if !row.IsObject() || row.IsFunction() {
			cells["Values"], values = p.show(row), true
			g.rows = append(g.rows, cells)
			continue
		}
		for column, cell := range p.cells(row) {
			if wanted != nil && !slices.Contains(wanted, column) {
				continue
			}
			if !slices.Contains(g.columns, column) {
				if len(g.columns) > maxColumns {
					continue
				}
				g.columns = append(g.columns, column)
			}
			cells[column] = p.show(cell)
		}
		g.rows = append(g.rows, cells)
	}
	if values {
		g.columns = append(g.columns, "Values")
	}
	print(realm, "log", g.String())
	return nil
}

// cells yields the enumerable data properties of an object.
func (p *inspector) cells(v qjs.Value) func(yield func(string, qjs.Value) bool) {
	return func(yield func(string, qjs.Value) bool) {
		if v.Class() == qjs.ClassProxy || v.Class() == qjs.ClassExotic {
			return
		}
		keys, err := v.OwnKeys(p.realm, qjs.Strings|qjs.OnlyEnumerable)
		if err != nil {
			return
		}
		for _, key := range keys[:min(len(keys), maxEntries)] {
			property, found, err := v.GetOwn(p.realm, key)
			if err == nil && found && !property.Accessor && !yield(p.text(key), property.Value) {
				return
			}
		}
	}
}

// String draws the table.
func (g *grid) String() string {
	width := make([]int, len(g.columns))
	for i, column := range g.columns {
		width[i] = utf8.RuneCountInString(column)
		for _, row := range g.rows {
			width[i] = max(width[i], utf8.RuneCountInString(row[column]))
		}
	}
	var b strings.Builder
	rule := func(left, middle, right string) {
		for i, w := range width {
			if i == 0 {
				b.WriteString(left)
			} else {
				b.WriteString(middle)
			}
			b.WriteString(strings.Repeat("─", w+2))
		}
		b.WriteString(right)
	}
	line := func(cell func(column string) string) {
		for i, column := range g.columns {
			text := cell(column)
			fmt.Fprintf(&b, "│ %s%s ", text, strings.Repeat(" ", width[i]-utf8.RuneCountInString(text)))
		}
		b.WriteString("│\n")
	}
	rule("┌", "┬", "┐\n")
	line(func(column string) string { return column })
	rule("├", "┼", "┤\n")
	for _, row := range g.rows {
		line(func(column string) string { return row[column] })
	}
	rule("└", "┴", "┘")
	return b.String()
}
