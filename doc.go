// Package entangle is web messaging, as in the HTML Standard, for Go programs.
package entangle
