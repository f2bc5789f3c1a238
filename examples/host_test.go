package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/entangle-go/entangle/host"
)

// TestHost runs the scenarios in the headless host, each in one of its own.
func TestHost(t *testing.T) {
	list, sites := scenarios(t, "connectTo")
	for i, s := range list {
		t.Run(s.Name, func(t *testing.T) {
			h, err := host.New(host.Options{
				Origin:  s.Base,
				Error:   func(err host.ScriptError) { t.Error(err) },
				Console: func(line host.ConsoleMessage) { t.Logf("%s %s: %s", line.URL, line.Level, line.Text) },
			})
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			pages := map[string]*host.Page{}
			for _, step := range s.Steps {
				if step.Open != "" {
					if pages[step.As], err = h.Open(ctx, step.Open); err != nil {
						t.Fatal(err)
					}
					continue
				}
				if err := take(ctx, pages[step.In], step); err != nil {
					t.Fatalf("%s: %+v: %v", step.In, step, err)
				}
			}
			checkServer(t, s, sites[i])
		})
	}
}

// take runs a step's script, or waits until its expression has its value.
func take(ctx context.Context, page *host.Page, step step) error {
	eval := page.Eval
	if step.Frame != "" {
		frame, err := page.Frame(step.Frame)
		if err != nil {
			return err
		}
		eval = frame.Eval
	}
	if step.Run != "" {
		_, err := eval(ctx, step.Run+"\n; undefined")
		return err
	}
	// The page looks itself, so that nothing here has to wait. Its document may be replaced by the one
	// that the step is about: then another one is asked.
	look := fmt.Sprintf(`new Promise((resolve) => {
		const look = (times) => {
			let value;
			try { value = (%s); } catch {}
			if (value === %s || times === 0) resolve(value);
			else setTimeout(look, 10, times - 1);
		};
		look(100);
	})`, step.Until, asJSON(step.Is))
	for {
		patience, cancel := context.WithTimeout(ctx, 5*time.Second)
		got, err := eval(patience, look)
		cancel()
		switch {
		case err == nil && got == step.Is:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("got %v, %w", got, err)
		}
	}
}
