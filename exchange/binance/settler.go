package binance

import (
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// A settler tells the fundings of a perpetual. The venue says before when the next one is
// due; what it was, the history says a little later.
type settler struct {
	s      *streams
	index  int
	symbol string

	last   market.Time // of the newest funding that was told or is there already
	due    market.Time // of the next, as the venue says; 0: unknown
	passed bool        // the venue speaks of the one after it already
	asked  market.Time // the history up to here is known
	after  market.Time // no question before
	tries  int         // questions for the one that is due
	asking bool
}

const (
	fundingSettle = 5 * market.Time(time.Second)
	fundingTries  = 8 // of a funding that is due: over half an hour
)

func newSettler(s *streams, index int, sub exchange.Subscription) *settler {
	w := &settler{s: s, index: index, symbol: sub.Instrument.Symbol, last: s.begun, asked: s.begun}
	if sub.After > 0 {
		w.last, w.asked = sub.After, 0
	}
	return w
}

// expect takes when the venue says that the next funding is due: the earliest that has
// not been told counts.
func (w *settler) expect(due market.Time) {
	if w.last == 0 {
		w.last, w.asked = w.s.now(), w.s.now()
	}
	switch {
	case due <= w.last:
	case w.due == 0 || due < w.due:
		w.due, w.tries = due, 0
	case due > w.due && !w.passed: // whatever our clock says
		w.passed, w.after = true, max(w.after, w.s.now()+fundingSettle)
	}
}

// late reports whether the history should be asked: after the time when one is due and,
// where that is not known, after each full hour.
func (w *settler) late(now market.Time) bool {
	switch {
	case w.asking || now < w.after || w.last == 0:
		return false
	case w.due > 0:
		return w.passed || now >= w.due+fundingSettle
	}
	return market.Hour.Floor(now-3*fundingSettle) > w.asked
}

// fetch asks for the fundings since the last one.
func (w *settler) fetch(now market.Time) {
	w.asking = true
	from := w.last + second
	w.s.ask(func() {
		var err error
		for f, bad := range w.s.m.public.Fundings(w.s.ctx, w.symbol, from, 0) {
			if err = bad; err == nil {
				err = w.s.post(func() { w.tell(f) })
			}
			if err != nil {
				break
			}
		}
		_ = w.s.post(func() { w.fetched(now, err) })
	})
}

// tell emits a funding, unless it was before.
func (w *settler) tell(f market.Funding) {
	if f.Time <= w.last {
		return
	}
	w.last = f.Time
	w.s.emit(exchange.Event{Subscription: w.index, Funding: &f, Late: f.Time <= w.s.begun})
}

func (w *settler) fetched(now market.Time, err error) {
	w.asking = false
	if err != nil {
		w.after = w.s.now() + notAgain
		w.s.m.log.Warn("fundings cannot be asked for yet", "symbol", w.symbol, "error", err)
		return
	}
	w.asked = now
	if w.due == 0 {
		return
	}
	w.tries++
	switch {
	case w.last >= w.due:
		w.due, w.tries, w.passed = 0, 0, false
	case w.tries >= fundingTries:
		w.s.m.log.Warn("the venue does not tell a funding that was due", "symbol", w.symbol, "at", w.due)
		w.due, w.tries, w.passed = 0, 0, false
	default:
		w.after = now + wait(fundingSettle, w.tries)
	}
}
