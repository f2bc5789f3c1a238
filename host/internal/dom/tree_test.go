package dom

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// model is a slow and obvious tree: each node has a list of children.
type model struct {
	name     int
	parent   *model
	children []*model
}

func (m *model) contains(other *model) bool {
	for ; other != nil; other = other.parent {
		if other == m {
			return true
		}
	}
	return false
}

func (m *model) remove() {
	if m.parent != nil {
		m.parent.children = slices.DeleteFunc(m.parent.children, func(c *model) bool { return c == m })
		m.parent = nil
	}
}

func (m *model) String() string {
	s := fmt.Sprint(m.name, "(")
	for _, c := range m.children {
		s += c.String()
	}
	return s + ")"
}

func shape(n *Node, names map[*Node]int) string {
	s := fmt.Sprint(names[n], "(")
	for c := n.FirstChild(); c != nil; c = c.Next() {
		s += shape(c, names)
	}
	return s + ")"
}

// TestTreesAgreeWithModel moves nodes about at random and compares with the model after each step.
func TestTreesAgreeWithModel(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		d := newDocument()
		root := d.NewHTML("html")
		if err := d.Append(root.AsNode()); err != nil {
			t.Fatal(err)
		}
		nodes, models, names := []*Node{root.AsNode()}, []*model{{}}, map[*Node]int{root.AsNode(): 0}
		for i := 1; i < 12; i++ {
			n := d.NewHTML("x").AsNode()
			nodes, models = append(nodes, n), append(models, &model{name: i})
			names[n] = i
		}
		for step := range 300 {
			i, j := random.IntN(len(nodes)), 1+random.IntN(len(nodes)-1) // the root stays where it is
			parent, child, p, c := nodes[i], nodes[j], models[i], models[j]
			var err error
			switch op := random.IntN(4); {
			case op == 0:
				child.Remove()
				c.remove()
			case op == 1 && len(p.children) > 0: // before a random child
				k := random.IntN(len(p.children))
				before := p.children[k]
				if err = parent.InsertBefore(child, nodes[before.name]); !c.contains(p) {
					if before == c {
						break
					}
					c.remove()
					at := slices.Index(p.children, before)
					p.children, c.parent = slices.Insert(p.children, at, c), p
				}
			case op == 2 && len(p.children) > 0: // replaces one
				old := p.children[random.IntN(len(p.children))]
				if err = parent.Replace(child, nodes[old.name]); !c.contains(p) && old != c {
					c.remove()
					at := slices.Index(p.children, old)
					p.children[at], c.parent, old.parent = c, p, nil
				}
			default:
				if err = parent.Append(child); !c.contains(p) {
					c.remove()
					p.children, c.parent = append(p.children, c), p
				}
			}
			for k, m := range models {
				if m.parent == nil && shape(nodes[k], names) != m.String() {
					t.Fatalf("seed %d step %d: %s, want %s (%v)", seed, step, shape(nodes[k], names), m, err)
				}
				if connected := models[0].contains(m); nodes[k].Connected() != connected {
					t.Fatalf("seed %d step %d: node %d connected %v", seed, step, k, !connected)
				}
			}
		}
	}
}

func TestComparePositions(t *testing.T) {
	d := parseBody(t, `<div><p>1<b>2</b></p><i></i></div><u>3</u>`)
	order := d.descendants()
	for i, a := range order {
		for j, b := range order {
			want := 0
			switch {
			case i == j:
			case a.Contains(b):
				want = ContainedBy | Following
			case b.Contains(a):
				want = PositionContains | Preceding
			case i < j:
				want = Following
			default:
				want = Preceding
			}
			if got := a.Compare(b); got != want {
				t.Errorf("%s and %s: %d, want %d", a.NodeName(), b.NodeName(), got, want)
			}
			if Equal(a, b) != (i == j) {
				t.Errorf("%s and %s: equal", a.NodeName(), b.NodeName())
			}
		}
	}
}

func TestCharacterData(t *testing.T) {
	c := newDocument().NewText("a😀b")
	for _, step := range []struct {
		offset, count uint32
		text, want    string
	}{{0, 1, "x", "x😀b"}, {2, 1, "", "x\xed\xa0\xbdb"}, {2, 0, "\xed\xb8\x80", "x😀b"}, {4, 9, "é", "x😀bé"}, {1, 2, "", "xbé"}} {
		if err := c.Replace(step.offset, step.count, step.text); err != nil || c.Data() != step.want {
			t.Errorf("%v: %q %v", step, c.Data(), err)
		}
	}
	if err := c.Replace(4, 0, ""); err == nil || !strings.Contains(err.Error(), "IndexSizeError") {
		t.Error(err)
	}
	for _, s := range []string{"", "abc", "aé😀\xed\xa0\x80", "\xed\xb0\x80\xed\xa0\x80"} {
		if got := fromUnits(units(s)); got != s || len(units(s)) != unitLength(s) {
			t.Errorf("%q: %q, %d units, length %d", s, got, len(units(s)), unitLength(s))
		}
	}
}

// TestMemoryIsGivenBack makes more nodes than the limit allows at a time.
func TestMemoryIsGivenBack(t *testing.T) {
	d := NewDocument(Options{Interfaces: bare, Agent: NewAgent(4 << 20)})
	full := false
	kept := map[*Node]bool{}
	for range 100000 {
		if d.Room(nodeSize) != nil {
			full = true
			break
		}
		kept[d.NewText("x").AsNode()] = true
	}
	if !full {
		t.Fatal("the limit was not reached")
	}
	clear(kept)
	for i := 0; d.Room(nodeSize) != nil; i++ { // pages are given back on a goroutine of the Go runtime
		if i == 1000 {
			t.Fatal("the memory was not given back")
		}
	}
}
