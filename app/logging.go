package app

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/live/notify"
	"github.com/signalman-trading/signalman/live/observe"
)

// logger is the log of the process: text on the standard error, until openLogs says
// otherwise. Whoever logs takes it from here, so that no line shows a key.
func (c *command) logger() *slog.Logger {
	if c.logs == nil {
		c.logs = slog.New(counting{c.written("text"), &c.lines})
	}
	return c.logs
}

// inJSON is the form of a log that is for programs.
const inJSON = "json"

// written writes the log in a form: "text" or "json".
func (c *command) written(form string) slog.Handler {
	to, o := &veil{c.err, &c.keys}, &slog.HandlerOptions{Level: c.log}
	if form == inJSON {
		return slog.NewJSONHandler(to, o)
	}
	return slog.NewTextHandler(to, o)
}

// openLogs sets the log of a session up as its configuration says, with those who are told
// of it. It comes before all who take the log.
func (c *command) openLogs(cfg *config.Config) (err error) {
	own := counting{c.written(cfg.Daemon.Log), &c.lines}
	if c.tellers, err = c.senders(cfg, "", slog.New(own)); err != nil {
		return err
	}
	if c.logs = slog.New(own); cfg.Daemon.Log == inJSON {
		c.noted = slog.New(slog.NewJSONHandler(&veil{c.err, &c.keys}, nil))
	}
	if len(c.tellers) > 0 {
		c.logs = slog.New(slog.NewMultiHandler(own, notify.NewHandler(c.tellers...)))
	}
	return nil
}

// counting is a handler that counts its records.
type counting struct {
	slog.Handler
	lines *lines
}

// Handle counts a record and hands it on.
func (h counting) Handle(ctx context.Context, r slog.Record) error {
	h.lines.add(r.Level)
	return h.Handler.Handle(ctx, r)
}

// WithAttrs returns a handler that counts in the same place.
func (h counting) WithAttrs(attrs []slog.Attr) slog.Handler {
	return counting{h.Handler.WithAttrs(attrs), h.lines}
}

// WithGroup returns a handler that counts in the same place.
func (h counting) WithGroup(name string) slog.Handler {
	return counting{h.Handler.WithGroup(name), h.lines}
}

// lines are how many lines the log has, by level. The zero value has none.
type lines struct {
	mu sync.Mutex
	n  map[string]int
}

func (l *lines) add(level slog.Level) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n == nil {
		l.n = map[string]int{}
	}
	l.n[strings.ToLower(level.String())]++
}

// list lists them, for the metrics: warnings and errors are there from the start.
func (l *lines) list() []observe.Logged {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []observe.Logged{{Level: "error", N: l.n["error"]}, {Level: "warn", N: l.n["warn"]}}
	for level, n := range l.n { //order-free: metrics are sorted
		if level != "error" && level != "warn" {
			list = append(list, observe.Logged{Level: level, N: n})
		}
	}
	return list
}
