// Package dom is the DOM Standard: trees of nodes, the interfaces through which scripts see
// them, and the parsing of pages into them. Package html has the behavior of HTML's elements,
// and makes documents.
//
// # Terms
//
// A [Node] is embedded by its kinds: [Document], [DocumentType], [Fragment], [Element], [Attr] and
// [CharacterData]. The tree works without the engine (the documents' realm is nil then). A wrapper
// is made when script first sees a node; platform.go says how wrappers keep each other. A [Kind] is
// the common part of all elements of a name, [Hooks] connect a document with its browsing context,
// [Parser] inserts a parsed page into the live document.
//
// # Limits and security
//
// Pages choose how deep trees are and how many nodes they have: no walk recurses, and an
// [Agent] estimates the memory of its nodes and refuses more with a RangeError. There is no
// layout, so sizes are 0.
//
// # Standard
//
// https://dom.spec.whatwg.org/ as of 2026-08, without ranges, shadow trees and custom elements.
//
// # Concurrency
//
// Everything runs on the goroutine of the agent.
package dom
