package dom

import "github.com/entangle-go/entangle/host/internal/webidl"

// CharacterData is a Text, CDATASection, Comment or ProcessingInstruction node: [Node.Type] tells.
//
// https://dom.spec.whatwg.org/#characterdata
type CharacterData struct {
	Node
	data        string
	Instruction string // the target of a processing instruction
}

func (d *Document) newData(t NodeType, data string, iface *webidl.Interface) *CharacterData {
	c := &CharacterData{data: data}
	c.Node.init(t, c, d)
	c.pages.add(len(data))
	c.made(iface)
	return c
}

// NewText returns a Text node of the document.
func (d *Document) NewText(data string) *CharacterData {
	return d.newData(TextNode, data, d.interfaces.Text)
}

// NewComment returns a Comment node of the document.
func (d *Document) NewComment(data string) *CharacterData {
	return d.newData(CommentNode, data, d.interfaces.Comment)
}

// NewCDATASection returns a CDATASection node of the document.
func (d *Document) NewCDATASection(data string) *CharacterData {
	return d.newData(CDATASectionNode, data, d.interfaces.CDATASection)
}

// NewProcessingInstruction returns a ProcessingInstruction node of the document.
func (d *Document) NewProcessingInstruction(target, data string) *CharacterData {
	c := d.newData(ProcessingInstructionNode, data, d.interfaces.ProcessingInstruction)
	c.Instruction = target
	return c
}

// Data returns the node's data.
func (c *CharacterData) Data() string { return c.data }

// SetData replaces all data.
func (c *CharacterData) SetData(data string) { c.setData(data) }

func (c *CharacterData) setData(data string) {
	old := c.data
	c.queueRecord(record{kind: recordCharacterData, oldValue: &old})
	c.pages.add(len(data) - len(old))
	c.data = data
	c.document.version++
	if c.parent != nil {
		if e := c.parent.Element(); e != nil && e.kind.ChildrenChanged != nil {
			e.kind.ChildrenChanged(e)
		}
	}
}

// Replace is "replace data".
//
// https://dom.spec.whatwg.org/#concept-cd-replace
func (c *CharacterData) Replace(offset, count uint32, data string) error {
	length := uint32(unitLength(c.data))
	if offset > length {
		return webidl.DOMException("IndexSizeError", "offset %d is beyond the length %d", offset, length)
	}
	count = min(count, length-offset)
	if err := c.document.Room(len(data) + len(c.data)); err != nil {
		return err
	}
	c.setData(spliceUnits(c.data, int(offset), int(count), data))
	return nil
}

// Substring is "substring data".
//
// https://dom.spec.whatwg.org/#concept-cd-substring
func (c *CharacterData) Substring(offset, count uint32) (string, error) {
	length := uint32(unitLength(c.data))
	if offset > length {
		return "", webidl.DOMException("IndexSizeError", "offset %d is beyond the length %d", offset, length)
	}
	return sliceUnits(c.data, int(offset), int(offset+min(count, length-offset))), nil
}

// Split cuts a Text node in two and returns the new one.
//
// https://dom.spec.whatwg.org/#concept-text-split
func (c *CharacterData) Split(offset uint32) (*CharacterData, error) {
	length := uint32(unitLength(c.data))
	if offset > length { // 2.
		return nil, webidl.DOMException("IndexSizeError", "offset %d is beyond the length %d", offset, length)
	}
	rest, err := c.Substring(offset, length-offset) // 3. and 4.
	if err != nil {
		return nil, err
	}
	text := c.document.NewText(rest)
	if c.parent != nil { // 7.
		c.parent.insert(text.AsNode(), c.next)
	}
	return text, c.Replace(offset, length-offset, "") // 8.
}

// WholeText is the data of the contiguous Text nodes around c.
//
// https://dom.spec.whatwg.org/#dom-text-wholetext
func (c *CharacterData) WholeText() string {
	start := c.AsNode()
	for start.previous != nil && start.previous.IsText() {
		start = start.previous
	}
	var text builder
	for n := start; n != nil && n.IsText(); n = n.next {
		text.add(n.object.(*CharacterData).data)
	}
	return text.String()
}

// Normalize joins contiguous Text nodes among the descendants and drops empty ones.
//
// https://dom.spec.whatwg.org/#dom-node-normalize
func (n *Node) Normalize() {
	for c := n.first; c != nil; {
		next := c.after(n)
		if c.nodeType == TextNode {
			text := c.object.(*CharacterData)
			if text.data == "" {
				c.remove()
			} else if c.next != nil && c.next.nodeType == TextNode {
				var joined builder
				joined.add(text.data)
				for c.next != nil && c.next.nodeType == TextNode {
					joined.add(c.next.object.(*CharacterData).data)
					c.next.remove()
				}
				text.setData(joined.String())
				next = c.after(n)
			}
		}
		c = next
	}
}
