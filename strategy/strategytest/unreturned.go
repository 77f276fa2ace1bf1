package strategytest

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/internal/origin"
	"github.com/signalman-trading/signalman/internal/watchdog"
)

// waits returns how long a run may take: many times what it does.
func (s *suite) waits() time.Duration {
	_, bars := s.stored(s.bars)
	return s.patience * time.Duration(1+bars*s.instruments/20_000)
}

// unreturned explains a strategy from which the suite got nothing back. One that hangs goes
// on in its goroutine, which nothing can end.
func (s *suite) unreturned(ended error) error {
	var h *watchdog.Hang
	switch {
	case errors.Is(ended, watchdog.ErrExit):
		return fmt.Errorf("%w, and the engine with it. Return from a callback instead, or call Context.Fail.\n"+
			"FailNow, Fatal and Skip of a test end the goroutine too", ended)
	case !errors.As(ended, &h):
		return ended
	}
	if s.freed != nil {
		s.freed()
	}
	with := ""
	if s.tried != nil {
		with = "with " + assigned(s.tried) + " "
	}
	what, place := stuck(h.Stack)
	return fmt.Errorf("%sit has not returned from %s for %s: it is at %s.\n"+
		"Usual causes: a loop whose step may be 0, a lock or a channel that nobody serves. An account would stand still with it", with, what, h.Patience, place)
}

// called lists who calls a strategy, and what.
var called = [...]struct{ prefix, what string }{
	{"strategy.NewHost(", "Init"}, {"strategy.(*Host).Dispatch(", "a callback"}, {"strategy.(*Host).Close(", "Close"}, {"strategy/strategytest.", "New"},
}

// stuck reads from the text of a stack which function of the strategy was called, and where in
// its own code, innermost, it is.
func stuck(stack string) (what, place string) {
	place = "a place unknown"
	lines := strings.Split(stack, "\n")
	for k := 1; k+1 < len(lines); k += 2 {
		name := lines[k]
		for _, f := range called {
			if strings.HasPrefix(name, module+f.prefix) {
				return f.what, place
			}
		}
		if place == "a place unknown" && !framework(name) {
			file, rest, _ := strings.Cut(strings.TrimSpace(lines[k+1]), ".go:")
			number, _, _ := strings.Cut(rest, " ")
			line, _ := strconv.Atoi(number)
			place = origin.Place(runtime.Frame{File: file + ".go", Line: line})
		}
	}
	return "a run", place
}
