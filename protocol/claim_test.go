package protocol

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/protocol.md, 6 has the same table of transitions.
func TestTransitionsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	// A row: | name | from, from | to | when | accountable before → after |
	for _, m := range regexp.MustCompile(`(?m)^\| (\w+) \| ([\w, ]+) \| (\w+) \| .* \| [^|]* → [^|]* \|$`).FindAllStringSubmatch(string(text),
		-1) {
		if m[1] != "transition" {
			rows[m[1]] = m[2:4]
		}
	}
	for _, tr := range transitions {
		var from []string
		for _, l := range tr.from {
			from = append(from, l.String())
		}
		row := rows[tr.name]
		if row == nil || row[0] != strings.Join(from, ", ") || row[1] != tr.to.String() {
			t.Errorf("%s: from %s to %s; docs/protocol.md says %q", tr.name, strings.Join(from, ", "), tr.to, row)
		}
		delete(rows, tr.name)
	}
	for name := range rows {
		t.Errorf("docs/protocol.md has %s, which is no transition", name)
	}
}

// Each state of a claim's life is reached, and left unless it is the last one.
func TestTransitionsAreWhole(t *testing.T) {
	for l := held; l <= buried; l++ {
		reached := l == held
		left := l == buried
		for _, tr := range transitions {
			reached = reached || tr.to == l
			left = left || slices.Contains(tr.from, l)
		}
		if !reached || !left {
			t.Errorf("%s: reached %t, left %t", l, reached, left)
		}
	}
}

// A transition that there is not is a mistake of the machine's, and is found where it is made.
func TestTransitionRefused(t *testing.T) {
	for l := held; l <= buried; l++ {
		for tr := range transitionCount {
			k := newCustody(ID{1}, testSettings.Keys.sets[0])
			k.out = new(SessionOut)
			c := &claim{handle: 1, hands: inHands, id: ID{2}, peer: ID{3}, token: Token{0, []Nonce{{}}}}
			k.add(c)
			c.life = l
			allowed := c.may(tr)
			func() {
				defer func() {
					if p := recover(); (p == nil) != allowed {
						t.Errorf("a claim that is %s, %s: allowed %t, panic %v", l, transitions[tr].name, allowed, p)
					}
				}()
				k.become(c, tr)
				if c.life != transitions[tr].to {
					t.Errorf("%s: it is %s", transitions[tr].name, c.life)
				}
			}()
		}
	}
}
