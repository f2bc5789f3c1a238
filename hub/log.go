package hub

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"

	"golang.org/x/time/rate"
)

// What others say is logged, but nobody can fill the log by it.
const (
	maxLogged  = 256 // bytes of one value
	logRate    = 10  // lines in a second, in the long run
	logAtOnce  = 100 // lines
	logSkipped = "skipped"
)

// logger logs what happens to requests and sessions: values are cut, and what is beyond the rate is
// only counted. The next line tells how many were left out.
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

// cut is the beginning of text that has at most so many bytes, in whole characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}
