package hub

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"

	"golang.org/x/time/rate"
)

// The log holds texts of clients, but no client can fill it.
const (
	maxLogged  = 256 // bytes of one value
	logRate    = 10  // lines in a second, in the long run
	logAtOnce  = 100 // lines
	logSkipped = "skipped"
)

// logger logs events of requests and sessions. It cuts values and only counts lines beyond the
// rate; the next line says how many were left out.
type logger struct {
	log     *slog.Logger
	limit   *rate.Limiter
	skipped atomic.Int64
}

func newLogger(log *slog.Logger) *logger {
	if log == nil {
		log = slog.Default()
	}
	return &logger{log: log, limit: rate.NewLimiter(logRate, logAtOnce)}
}

func (l *logger) say(level slog.Level, text string, attrs ...slog.Attr) {
	if !l.limit.Allow() {
		l.skipped.Add(1)
		return
	}
	for i, a := range attrs {
		if a.Value.Kind() == slog.KindString {
			attrs[i].Value = slog.StringValue(cut(a.Value.String(), maxLogged))
		}
	}
	if n := l.skipped.Swap(0); n > 0 {
		attrs = append(attrs, slog.Int64(logSkipped, n))
	}
	l.log.LogAttrs(context.Background(), level, text, attrs...)
}

// cut returns the beginning of text in whole characters, at most that many bytes.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}
