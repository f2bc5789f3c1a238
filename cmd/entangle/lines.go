package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/entangle-go/entangle/protocol"
)

// maxLine is the maximal length of a line of input: longer lines are no message anyway.
const maxLine = 2 * protocol.MaxBody

// line is one value of the input, or the error about it.
type line struct {
	number int
	value  any
	err    error
}

// readLines reads JSON values, one on each line, in a goroutine of its own, because a program
// cannot wait for a terminal and for other things at once. It closes the channel at the end of the
// input. The goroutine stays in Read until the input delivers something, or the program ends.
func readLines(ctx context.Context, in io.Reader) <-chan line {
	out := make(chan line)
	go func() {
		defer close(out)
		scanner := bufio.NewScanner(in)
		scanner.Buffer(nil, maxLine)
		n := 0
		for scanner.Scan() {
			n++
			text := bytes.TrimSpace(scanner.Bytes())
			if len(text) == 0 {
				continue
			}
			value, err := parseMessage(text)
			if err != nil {
				err = fmt.Errorf("line %d is %w", n, err)
			}
			if !give(ctx, out, line{n, value, err}) {
				return
			}
		}
		if err := scanner.Err(); err != nil {
			give(ctx, out, line{n + 1, nil, fmt.Errorf("line %d cannot be read: %w", n+1, err)})
		}
	}()
	return out
}

// lines yields the values of the input, until the input or ctx ends.
func lines(ctx context.Context, in io.Reader) iter.Seq[line] {
	return func(yield func(line) bool) {
		from := readLines(ctx, in)
		for {
			select {
			case l, ok := <-from:
				if !ok || !yield(l) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

// readAll reads the input to its end, unless ctx ends before. Like readLines it reads in a
// goroutine of its own.
func readAll(ctx context.Context, in io.Reader) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		text, err := io.ReadAll(in)
		read <- result{text, err}
	}()
	select {
	case r := <-read:
		if r.err != nil {
			return nil, fmt.Errorf("the input cannot be read: %w", r.err)
		}
		return r.text, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func give(ctx context.Context, lines chan<- line, l line) bool {
	select {
	case lines <- l:
		return true
	case <-ctx.Done():
		return false
	}
}

// parseMessage reads one JSON value.
func parseMessage(text []byte) (any, error) {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		shown := text
		if len(shown) > 40 {
			shown = append(bytes.ToValidUTF8(shown[:40], nil), "…"...)
		}
		return nil, fmt.Errorf("not JSON: %s (%w); a text is written in double quotes: %q", shown, err, "like this")
	}
	return value, nil
}
