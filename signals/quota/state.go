package quota

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// Limits are how many calls a key may make.
type Limits = signals.Limits

// State is what a ledger holds of one provider. The zero value is that of a provider who
// was never asked.
type State struct {
	Time    market.Time `json:"time"`  // the latest of a charge; it never goes back
	Calls   uint64      `json:"calls"` // all that were ever charged: the number of the last
	Month   Count       `json:"month"`
	Day     Count       `json:"day"`
	Hour    Count       `json:"hour"`
	Recent  []Count     `json:"recent,omitempty"` // of the last seconds that had calls
	Learnt  Limits      `json:"learnt"`           // what the provider says that the key may ask; 0: it did not say
	Caps    []Cap       `json:"caps,omitempty"`
	Pause   Pause       `json:"pause"`
	Strikes int         `json:"strikes,omitempty"` // refusals for too many calls since the last answer
	Denied  market.Time `json:"denied,omitempty"`  // when the provider last saw no usable key; 0 after an answer
}

// Count is the calls of one window.
type Count struct {
	From  market.Time `json:"from"` // when the window began
	Calls int         `json:"calls"`
}

// Cap is what a provider said that is left, after a call.
type Cap struct {
	Window string      `json:"window,omitempty"` // "month", "day", "hour", "minute", or "" where it did not say
	Left   int         `json:"left"`
	After  uint64      `json:"after"` // the number of the call
	Until  market.Time `json:"until"`
}

// Pause is until when a provider is not asked at all.
type Pause struct {
	Until market.Time `json:"until"`
	Why   string      `json:"why,omitempty"`
}

// Window is how much of a limit is used.
type Window struct {
	Name  string      `json:"window"` // "month", "day", "hour" or "minute"
	Spent int         `json:"spent"`
	Limit int         `json:"limit"` // the smaller of the configured and the learnt; 0 is none
	Left  int         `json:"left"`  // calls that may be made; -1 without a limit
	Until market.Time `json:"until"` // when it is over: of a minute, when the oldest of its calls is
}

// names of the windows, the longest first.
var names = [...]string{"month", "day", "hour", "minute"}

// start returns when the window of the calendar began that a time lies in.
func start(window string, t market.Time) market.Time {
	switch u := t.UTC(); window {
	case "month":
		return market.TimeOf(time.Date(u.Year(), u.Month(), 1, 0, 0, 0, 0, time.UTC))
	case "day":
		return t - t%market.Day
	case "hour":
		return t - t%market.Time(time.Hour)
	}
	return t - t%market.Time(time.Second)
}

// end returns when the window of the calendar ends that a time lies in, and for a minute
// when 60 seconds from now are over.
func end(window string, t market.Time) market.Time {
	switch u := t.UTC(); window {
	case "month":
		return market.TimeOf(time.Date(u.Year(), u.Month()+1, 1, 0, 0, 0, 0, time.UTC))
	case "day":
		return t.NextDay()
	case "hour":
		return start(window, t) + market.Time(time.Hour)
	}
	return start(window, t) + minute
}

// minute is 60 seconds, and the one that has begun.
const minute = market.Time(61 * time.Second)

// count returns the count of a window of the calendar.
func (s *State) count(window string) *Count {
	switch window {
	case "month":
		return &s.Month
	case "day":
		return &s.Day
	}
	return &s.Hour
}

// limit returns one of the limits.
func limit(l Limits, window string) int {
	switch window {
	case "month":
		return l.Month
	case "day":
		return l.Day
	case "hour":
		return l.Hour
	}
	return l.Minute
}

// stricter returns the smaller of two limits, where 0 is none.
func stricter(a, b int) int {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// advance brings the state to a time, unless it is there already, and forgets what is over.
func (s *State) advance(now market.Time) {
	s.Time = max(s.Time, now)
	for _, name := range names[:3] {
		if c, from := s.count(name), start(name, s.Time); from > c.From {
			*c = Count{From: from}
		}
	}
	s.Recent = slices.DeleteFunc(s.Recent, func(c Count) bool { return c.From+minute <= s.Time })
	s.Caps = slices.DeleteFunc(s.Caps, func(c Cap) bool { return c.Until <= s.Time })
	if s.Pause.Until <= s.Time {
		s.Pause = Pause{}
	}
}

// windows returns how much is used at the state's time, the longest window first.
func (s *State) windows(configured Limits) []Window {
	list := make([]Window, 0, len(names)+1)
	for _, name := range names {
		w := Window{Name: name, Limit: stricter(limit(configured, name), limit(s.Learnt, name)), Left: -1, Until: end(name, s.Time)}
		if name == "minute" {
			for _, c := range s.Recent {
				w.Spent += c.Calls
			}
			if len(s.Recent) > 0 {
				w.Until = s.Recent[0].From + minute
			}
		} else {
			w.Spent = s.count(name).Calls
		}
		if w.Limit > 0 {
			w.Left = max(0, w.Limit-w.Spent)
		}
		list = append(list, w)
	}
	for _, c := range s.Caps {
		list = s.capped(list, c)
	}
	return list
}

// capped lowers what is left to what the provider said. Calls that were charged after the
// one that it answered may not be in what it counted.
func (s *State) capped(list []Window, c Cap) []Window {
	left := max(0, c.Left-int(min(s.Calls-c.After, 1<<30)))
	for i := range list {
		if w := &list[i]; w.Name == c.Window {
			if w.Left < 0 || left < w.Left {
				w.Left, w.Until = left, c.Until
			}
			return list
		}
	}
	return append(list, Window{Name: "provider", Left: left, Until: c.Until})
}

// charge counts a call at the state's time.
func (s *State) charge() {
	s.Calls++
	for _, name := range names[:3] {
		s.count(name).Calls++
	}
	second := start("second", s.Time)
	if n := len(s.Recent); n > 0 && s.Recent[n-1].From == second {
		s.Recent[n-1].Calls++
		return
	}
	s.Recent = append(s.Recent, Count{second, 1})
}

// refund takes back a call that was charged at a time and never sent.
func (s *State) refund(at market.Time) {
	for _, name := range names[:3] {
		if c := s.count(name); c.From == start(name, at) && c.Calls > 0 {
			c.Calls--
		}
	}
	for i := range s.Recent {
		if c := &s.Recent[i]; c.From == start("second", at) && c.Calls > 0 {
			c.Calls--
		}
	}
}

// A refusal is why a call may not be made.
type refusal struct {
	kind  error
	until market.Time
	why   string
}

// refused says why a call may not be made at the state's time; nil says that it may. Of
// several reasons it is the one that lasts longest.
func (s *State) refused(l Limits, needed func(from, until market.Time) int) *refusal {
	var worst *refusal
	if s.Pause.Until > s.Time {
		worst = &refusal{signals.ErrLimited, s.Pause.Until, s.Pause.Why}
	}
	for _, w := range s.windows(l) {
		if w.Left < 0 {
			continue
		}
		kept := 0
		if w.Name != "minute" {
			kept = needed(s.Time, w.Until)
		}
		if w.Left <= kept && (worst == nil || w.Until > worst.until) {
			worst = &refusal{signals.ErrBudget, w.Until, w.refusal(kept)}
		}
	}
	return worst
}

// refusal says why a window refuses a call, for which it must keep some.
func (w *Window) refusal(kept int) string {
	switch {
	case w.Left > 0:
		return fmt.Sprintf("the %d calls left of the %s are kept for what matters more, which is planned to make %d", w.Left, w.Name, kept)
	case w.Name == "provider" || w.Limit == 0 || w.Spent < w.Limit:
		return "the provider says that no calls are left"
	case w.Name == "minute":
		return fmt.Sprintf("%d of %d calls in 60 seconds are made", w.Spent, w.Limit)
	}
	return fmt.Sprintf("%d of %d calls of the %s are made", w.Spent, w.Limit, w.Name)
}

// The pause after a refusal for too many calls that does not say how long: the shortest,
// which doubles, and the longest.
const (
	firstPause   = market.Time(time.Minute)
	longestPause = market.Time(6 * time.Hour)
)

// learn takes in what the answer to a call says: now is when it came.
func (s *State) learn(call uint64, now market.Time, h *heard) {
	s.advance(now)
	for _, c := range h.caps {
		c.After = call
		s.keep(c)
	}
	for _, name := range names {
		if n := limit(h.limits, name); n > 0 {
			*learnt(&s.Learnt, name) = n
		}
	}
	switch {
	case h.limited:
		s.Strikes++
		until := h.until
		if until == 0 {
			until = s.Time + min(longestPause, firstPause<<min(s.Strikes-1, 16))
		}
		if until > s.Pause.Until {
			s.Pause = Pause{until, "the provider answered 429, too many calls"}
		}
	case h.denied:
		s.Denied = s.Time
	case h.answered:
		s.Strikes, s.Denied = 0, 0
	}
}

// keep notes what a provider says is left, unless it said so after a later call.
func (s *State) keep(c Cap) {
	i := slices.IndexFunc(s.Caps, func(old Cap) bool { return old.Window == c.Window })
	switch {
	case i < 0:
		s.Caps = append(s.Caps, c)
		slices.SortFunc(s.Caps, func(a, b Cap) int { return cmp.Compare(a.Window, b.Window) })
	case s.Caps[i].After <= c.After:
		s.Caps[i] = c
	}
}

// learnt returns a place of limits.
func learnt(l *Limits, window string) *int {
	switch window {
	case "month":
		return &l.Month
	case "day":
		return &l.Day
	case "hour":
		return &l.Hour
	}
	return &l.Minute
}
