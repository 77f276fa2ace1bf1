package tokenmetricstest

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// newest returns the last day whose rows are told: those made so long after it began.
func (a *ask) newest(after market.Time) day {
	return dayOf(a.now - after - market.Time(span(a.faults, FaultDelay)))
}

// revised returns 1 for a row that was changed since it was first told, and 0 for others.
func (a *ask) revised(t *token, d day) uint64 {
	value, on := a.faults[FaultRevised]
	if !on {
		return 0
	}
	age, share, _ := strings.Cut(value, "/")
	after, _ := time.ParseDuration(age)
	part, _ := strconv.ParseFloat(cmp.Or(share, "1"), 64)
	if a.clock < d.start()+market.Time(after) || chance(a.server.o.Seed, drawRevision, uint64(t.ID), uint64(d)) >= part {
		return 0
	}
	return 1
}

// grades returns those of a day, as they are told now.
func (a *ask) grades(t *token, d day) grades { return a.server.model.grades(t, d, a.revised(t, d)) }

// missing reports whether there are no rows about a day.
func (a *ask) missing(d day) bool {
	list, on := a.faults[FaultMissingDay]
	return on && slices.Contains(strings.Split(list, ","), d.String())
}

// walk goes through the days of the query from the newest back, and in each through the
// tokens.
func (a *ask) walk(after market.Time, since func(*token) day) iter.Seq2[*token, day] {
	return func(yield func(*token, day) bool) {
		hi := a.newest(after)
		if a.query.to != 0 {
			hi = min(hi, a.query.to)
		}
		lo := hi + 1
		for _, t := range a.chosen() {
			lo = min(lo, since(t))
		}
		for d := hi; d >= max(lo, a.query.from); d-- {
			if a.missing(d) {
				continue
			}
			for _, t := range a.chosen() {
				if d >= since(t) && !yield(t, d) {
					return
				}
			}
		}
	}
}

// daily makes a row of each day and token. make returns nil where there is none.
func (a *ask) daily(after market.Time, since func(*token) day, make func(t *token, d day) func() row) iter.Seq[func() row] {
	return func(yield func(func() row) bool) {
		for t, d := range a.walk(after, since) {
			if f := make(t, d); f != nil && !yield(f) {
				return
			}
		}
	}
}

// each makes a row of each token.
func (a *ask) each(make func(t *token) row) iter.Seq[func() row] {
	return func(yield func(func() row) bool) {
		for _, t := range a.chosen() {
			if !yield(func() row { return make(t) }) {
				return
			}
		}
	}
}

func (t *token) signalsSince() day { return t.since }
func (t *token) pricesSince() day  { return t.first }

// ascending walks the days of the query from the oldest on.
func (a *ask) ascending(since day, make func(d day) row) iter.Seq[func() row] {
	return func(yield func(func() row) bool) {
		hi := a.newest(a.server.model.snapshot)
		if a.query.to != 0 {
			hi = min(hi, a.query.to)
		}
		for d := max(since, a.query.from); d <= hi; d++ {
			if !a.missing(d) && !yield(func() row { return make(d) }) {
				return
			}
		}
	}
}

// rowOf makes the row of a token and a day. dated rows have a DATE.
type rowOf func(a *ask, t *token, d day, dated bool) row

// latest returns one row a token, about the newest day.
func latest(of rowOf) func(a *ask) iter.Seq[func() row] {
	return func(a *ask) iter.Seq[func() row] {
		return func(yield func(func() row) bool) {
			d := a.newest(a.server.model.snapshot)
			for a.missing(d) {
				d--
			}
			for _, t := range a.chosen() {
				if d >= t.since && !yield(func() row { return of(a, t, d, false) }) {
					return
				}
			}
		}
	}
}

// history returns a row for each day and token.
func history(of rowOf) func(a *ask) iter.Seq[func() row] {
	return func(a *ask) iter.Seq[func() row] {
		return a.daily(a.server.model.snapshot, (*token).signalsSince, func(t *token, d day) func() row {
			return func() row { return of(a, t, d, true) }
		})
	}
}

// list returns rows that are made already, as a route does.
func list(rows []row) iter.Seq[func() row] {
	return func(yield func(func() row) bool) {
		for _, r := range rows {
			if !yield(func() row { return r }) {
				return
			}
		}
	}
}

// hours walks the hours of the query from the newest back. Each has a time within it at
// which its rows are made; they are about the hour before.
func (a *ask) hours(since day, make func(hour, made market.Time) bool) {
	const hour = market.Time(time.Hour)
	hi, lo := a.now-market.Time(span(a.faults, FaultDelay)), max(since, a.query.from).start()
	if a.query.to != 0 {
		hi = min(hi, (a.query.to+1).start()-1)
	}
	for h := hi / hour * hour; h >= lo; h -= hour {
		if made := h + a.server.model.minute(h); made <= hi && !a.missing(dayOf(h)) && !make(h, made) {
			return
		}
	}
}

// minute returns how long after the full hour its rows are made: 25 to 27 minutes.
func (m *model) minute(hour market.Time) market.Time {
	return 25*market.Time(time.Minute) + market.Time(mix(m.seed, drawMinute, uint64(hour))%120_000)*market.Time(time.Millisecond)
}
