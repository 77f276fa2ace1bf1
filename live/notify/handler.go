package notify

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// EventKey is the key of the attribute that names what kind of thing a record of the log
// tells.
const EventKey = "event"

// Handler tells senders what is logged: all that is as grave as a warning and, of what is
// not, the records with an attribute "event". Of those the message says all, so that their
// other attributes are left out. A warning of another kind is told once in ten minutes for
// each order that it is about: what is tried again says so each time.
type Handler struct {
	senders []*Sender
	recent  *recent
	attrs   []string // formatted
	event   string
	group   string
}

var _ slog.Handler = (*Handler)(nil)

// NewHandler returns a handler that tells some senders.
func NewHandler(senders ...*Sender) *Handler {
	return &Handler{senders: senders, recent: &recent{told: map[string]time.Time{}}}
}

// again is how long a warning is not repeated.
const again = 10 * time.Minute

// recent remembers when each warning was told.
type recent struct {
	mu   sync.Mutex
	told map[string]time.Time
}

// fresh reports whether a warning was not told for a while, and notes that it is.
func (r *recent) fresh(what string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t, known := r.told[what]; known && now.Sub(t) < again {
		return false
	}
	if len(r.told) > 1000 {
		clear(r.told)
	}
	r.told[what] = now
	return true
}

// Enabled reports whether anybody is told of a level.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	return slices.ContainsFunc(h.senders, func(s *Sender) bool { return level >= s.Level })
}

// Handle tells a record. It never waits and never fails.
func (h *Handler) Handle(_ context.Context, r slog.Record) error {
	said := h.clone()
	r.Attrs(func(a slog.Attr) bool {
		said.add(a)
		return true
	})
	m := Message{Time: r.Time, Level: r.Level, Event: said.event, Text: r.Message}
	switch {
	case m.Event != "":
	case r.Level < slog.LevelWarn || r.Level < slog.LevelError && !h.recent.fresh(r.Message+said.order(), r.Time):
		return nil
	default:
		m.Event = "log"
		if len(said.attrs) > 0 {
			m.Text += " (" + strings.Join(said.attrs, ", ") + ")"
		}
	}
	for _, s := range h.senders {
		s.Tell(m)
	}
	return nil
}

// order returns the attribute that names an order, or "".
func (h *Handler) order() string {
	k := slices.IndexFunc(h.attrs, func(a string) bool { return strings.HasPrefix(a, "order ") })
	if k < 0 {
		return ""
	}
	return h.attrs[k]
}

func (h *Handler) clone() *Handler {
	c := *h
	c.attrs = slices.Clone(h.attrs)
	return &c
}

// add notes an attribute.
func (h *Handler) add(a slog.Attr) {
	value := a.Value.Resolve()
	switch {
	case a.Key == EventKey && h.group == "":
		h.event = value.String()
	case value.Kind() == slog.KindGroup:
		inner := *h
		if a.Key != "" {
			inner.group += a.Key + "."
		}
		for _, one := range value.Group() {
			inner.add(one)
		}
		h.attrs = inner.attrs
	case a.Key != "":
		h.attrs = append(h.attrs, h.group+a.Key+" "+value.String())
	}
}

// WithAttrs returns a handler whose records have attributes.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := h.clone()
	for _, a := range attrs {
		c.add(a)
	}
	return c
}

// WithGroup returns a handler whose attributes are in a group.
func (h *Handler) WithGroup(name string) slog.Handler {
	c := h.clone()
	if name != "" {
		c.group += name + "."
	}
	return c
}
