package live

import (
	"context"
	"fmt"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// StaleRule is the name of the halt that stands while bars are missing.
const StaleRule = "stale_data"

// staleness watches whether the bars of a market keep coming. Where a series misses some, the
// venue is asked whether anything was traded at all: a market that is quiet is no reason to
// stop, and a venue that does not answer is.
type staleness struct {
	bars  int // so many must be missing; 0: nobody watches
	stale bool
	ask   func(s *series, from, to market.Time) // whether there are bars, without waiting; see quiet
}

// missing returns how many bars of a series should have come since it was heard of last.
func (f *feed) missing(s *series, now market.Time) int {
	if s.heard == 0 || now-f.grace <= s.heard {
		return 0
	}
	return int((now - f.grace - s.heard) / market.Time(s.interval))
}

// watch returns the word that new risk waits, or waits no longer, where there is one.
func (f *feed) watch() *market.Event {
	w := &f.staleness
	if w.bars == 0 {
		return nil
	}
	now := f.now()
	var worst *series
	most, all := 0, true
	for _, s := range f.series {
		n := f.missing(s, now)
		all = all && n == 0 && !s.behind
		if n >= max(w.bars-1, 1) && now-s.asked >= market.Time(s.interval) {
			s.asked = now
			w.ask(s, s.heard, now)
		}
		if n >= w.bars && n > most {
			worst, most = s, n
		}
	}
	switch {
	case worst != nil && !w.stale:
		w.stale = true
		return staleWord(market.HaltRisk, f.told(worst, most, now))
	case w.stale && all:
		w.stale = false
		return staleWord(market.LiftHalt, "the bars come in time again")
	}
	return nil
}

func staleWord(c market.Command, text string) *market.Event {
	return &market.Event{Kind: market.KindCommand, Command: c, Instrument: market.NoInstrument, Word: &market.Word{Rule: StaleRule, Text: text}}
}

// told says what is missing, for a tired person.
func (f *feed) told(s *series, n int, now market.Time) string {
	since, bars := s.heard.UTC().Format("15:04"), "bars are"
	if now-s.heard >= market.Day {
		since = s.heard.UTC().Format("2006-01-02 15:04")
	}
	if n == 1 {
		bars = "bar is"
	}
	return fmt.Sprintf("%s: no bar since %s, %d %s missing; new risk waits until it comes again", f.symbols[s.instrument], since, n, bars)
}

// recall takes note of a word of the journal.
func (w *staleness) recall(e *market.Event) {
	if e.Kind == market.KindCommand && e.Word != nil && e.Word.Rule == StaleRule {
		w.stale = e.Command == market.HaltRisk
	}
}

// hear takes note of a bar that is handed out at a time.
func (s *series) hear(open, at market.Time) {
	s.heard = max(s.heard, s.closes(open))
	s.behind = at > s.closes(open)
}

// quiet takes note that the venue has no bar of a series up to a time.
func (s *series) quiet(until market.Time) {
	s.heard, s.behind = max(s.heard, s.interval.Floor(until)), false
}

// longestQuestion bounds how long it is waited for the venue to say whether it has bars.
const longestQuestion = 30 * time.Second

// inquire asks the venue whether there are bars in a span, which begins where one closed.
func (c *connection) inquire(ctx context.Context) func(s *series, from, to market.Time) {
	return func(s *series, from, to market.Time) {
		c.questions.start(func() {
			ctx, cancel := context.WithTimeout(ctx, longestQuestion)
			defer cancel()
			for _, err := range c.Market.Bars(ctx, c.Engine.Instruments[s.instrument], s.interval, from, to) {
				if err != nil {
					c.log().Warn("the venue does not say whether bars are missing", "symbol", c.Engine.Instruments[s.instrument].Symbol, "error", err)
				}
				return // there is one, and it did not come
			}
			c.inbox.put(arrival{at: to, series: s, quiet: true})
		})
	}
}
