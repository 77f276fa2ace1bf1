package strategytest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/signalman-trading/signalman/strategy"
)

// waitsForWarmup checks that no order is refused because bars are not warm.
func (s *suite) waitsForWarmup() error {
	seen := &lookout{}
	out, err := s.run(s.whole(), request{log: slog.New(seen)})
	if err != nil {
		return fmt.Errorf("the run failed with a logger: %w", err)
	}
	if err := out.fault(); err != nil {
		return s.stopped(err, s.main)
	}
	if seen.text != "" {
		return early(seen.text)
	}
	return nil
}

// early explains an order before warm-up.
func early(text string) error {
	return fmt.Errorf("it asked for an order before warm-up (strategy.ErrWarmup): %s\n"+
		"Until a series has its Warmup bars an order is refused. Return from the callback while Context.Warm is false", text)
}

func isWarmup(err error) bool { return errors.Is(err, strategy.ErrWarmup) }

// lookout is a log handler that keeps the first record that carries ErrWarmup.
type lookout struct{ text string }

// Enabled reports whether records of a level are looked at.
func (l *lookout) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle looks at the attributes of a record.
func (l *lookout) Handle(_ context.Context, r slog.Record) error {
	found := false
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		err, ok := a.Value.Any().(error)
		found = found || ok && isWarmup(err)
		text += " " + a.String()
		return true
	})
	if found && l.text == "" {
		l.text = text
	}
	return nil
}

// WithAttrs returns l: what the logger says of itself does not matter.
func (l *lookout) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup returns l.
func (l *lookout) WithGroup(string) slog.Handler { return l }
