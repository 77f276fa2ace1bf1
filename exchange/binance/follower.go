package binance

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// How long a follower waits.
const (
	lateAfter  = 10 * market.Time(time.Second) // for a bar that should have closed; twice as long each time that it was asked for in vain
	quietAfter = 5 * market.Time(time.Minute)  // for any word of a stream; twice as long each time that a new connection did not help
	mostWait   = market.Time(time.Hour)        // of both
	settle     = time.Second                   // until the venue's history has a bar that has closed
	mostHeld   = 1000
)

// A follower tells the bars of one subscription, each once and in rising time. What a
// push says is that all bars before its own have closed: if one of them was not told, it
// is asked for by REST, and newer ones are held back until the answer is there.
type follower struct {
	series
	s     *streams
	c     *channel
	index int // of the subscription

	next  market.Time  // open time of the first bar that was not told; 0: not known yet
	seen  market.Time  // bars that open before have closed, by the pushes
	heard market.Time  // when the last push came
	held  []market.Bar // pushed bars after next, by time

	covered market.Time // what closed up to here may be missing, as a gap has announced
	missing market.Time // the bar whose absence was announced last
	filling bool        // bars are being asked for
	again   bool        // and should be once more
	found   int         // bars of this filling

	doubts, hushed, cuts int         // how often waiting was in vain
	lastCut              market.Time // when the connection was last cut on its behalf
}

func newFollower(s *streams, index int, sub exchange.Subscription) *follower {
	f := &follower{series: series{s.m.public, sub.Instrument.Symbol, sub.Interval, laneQuery}, s: s, index: index, heard: s.begun}
	switch {
	case sub.After > 0:
		f.next = ceil(f.d, sub.After)
	case s.begun > 0:
		f.next = f.d.Floor(s.begun)
	}
	return f
}

// String names the series.
func (f *follower) String() string { return fmt.Sprintf("%s %s", f.symbol, f.d) }

// pushed takes what a stream says of a bar.
func (f *follower) pushed(p push) {
	f.heard, f.doubts, f.hushed = f.s.now(), 0, 0
	if f.next == 0 {
		f.next = p.OpenTime
	}
	f.seen = max(f.seen, p.OpenTime)
	if p.closed {
		f.cuts = 0
		f.seen = max(f.seen, p.OpenTime+market.Time(f.d))
		if p.bad == nil {
			f.hold(p.Bar)
			f.release()
		}
	}
	f.jumped()
}

// hold keeps a bar that was pushed until it is its turn.
func (f *follower) hold(b market.Bar) {
	at, there := slices.BinarySearchFunc(f.held, b, func(a, b market.Bar) int { return int(min(max(a.OpenTime-b.OpenTime, -1), 1)) })
	if b.OpenTime >= f.next && !there && len(f.held) < mostHeld {
		f.held = slices.Insert(f.held, at, b)
	}
}

// release tells the held bars whose turn it is.
func (f *follower) release() {
	for len(f.held) > 0 && f.held[0].OpenTime <= f.next {
		b := f.held[0]
		f.held = slices.Delete(f.held, 0, 1)
		f.tell(b, false)
	}
}

// tell emits a bar, unless it was before.
func (f *follower) tell(b market.Bar, late bool) {
	if b.OpenTime < f.next {
		return
	}
	f.next = b.OpenTime + market.Time(f.d)
	f.s.emit(exchange.Event{Subscription: f.index, Bar: b, Late: late})
}

// gap announces that something may be missing.
func (f *follower) gap(why string) {
	now := max(f.s.now(), f.seen)
	from := f.heard
	if f.next > 0 {
		from = min(from, f.next+market.Time(f.d))
	}
	f.covered = now
	f.s.emit(exchange.Event{Subscription: f.index, Gap: &exchange.Gap{From: min(from, now), To: now, Reason: why}})
}

// jumped asks for the bars that have closed without a word.
func (f *follower) jumped() {
	if f.filling || f.c.owed || f.next == 0 || f.seen <= f.next {
		return
	}
	if f.missing != f.next {
		f.missing = f.next
		f.gap(fmt.Sprintf("a bar has closed and was not told: that of %s", f.next))
	}
	f.filling = true
	recent := len(f.held) == 0 // the last of them closed only now; it may still come, and the history may not have it yet
	f.s.ask(func() {
		var err error
		if recent {
			err = sleep(f.s.ctx, settle)
		}
		var now market.Time
		if err == nil {
			now, err = f.p.Time(f.s.ctx)
		}
		_ = f.s.post(func() {
			if f.filling = false; err != nil {
				f.failed(err)
				return
			}
			f.fill(now)
		})
	})
}

// fill asks for all bars that have closed by a time which the venue has just told, up to
// the first that was pushed.
func (f *follower) fill(now market.Time) {
	end := f.d.Floor(now)
	if f.next == 0 {
		f.next = end
	}
	f.seen = min(f.seen, end) // no push may say more
	f.held = slices.DeleteFunc(f.held, func(b market.Bar) bool { return b.OpenTime >= end })
	if len(f.held) > 0 {
		end = f.held[0].OpenTime
	}
	if f.next >= end {
		f.release()
		return
	}
	f.filling, f.found = true, 0
	start := f.next
	f.s.ask(func() {
		err := f.fetch(start, end, now)
		_ = f.s.post(func() { f.filled(end, err) })
	})
}

// fetch asks for the bars of [start, end). Where the last one is missing, has just closed,
// and no later one is there, it is asked for again a little later: the venue's history may
// lag.
func (f *follower) fetch(start, end, now market.Time) (err error) {
	if now-end < market.Time(settle) {
		err = sleep(f.s.ctx, settle)
	}
	for tries := 0; err == nil; tries++ {
		if start, err = f.part(start, end); err != nil {
			return err
		}
		if start >= end || end < now-market.Time(time.Minute) || tries == 3 {
			return nil
		}
		err = sleep(f.s.ctx, settle<<tries)
	}
	return err
}

// part asks for the bars of [start, end) once, and for the one after them, which shows that
// all of them are there. A bar that nothing follows must have closed by a time that is told
// after it: the one before may be of a clock that was wrong. It returns behind the last of
// them.
func (f *follower) part(start, end market.Time) (market.Time, error) {
	var last *market.Bar
	take := func() error {
		if last == nil {
			return nil
		}
		b := *last
		start, last = b.OpenTime+market.Time(f.d), nil
		return f.s.post(func() { f.fetched(b) })
	}
	for b, err := range f.all(f.s.ctx, start, end+market.Time(f.d)) {
		switch {
		case errors.Is(err, ErrRow):
			f.s.m.log.Warn("a bar is left out", "error", err)
			continue
		case err != nil:
			return start, err
		}
		if err := take(); err != nil {
			return start, err
		}
		if b.OpenTime >= end {
			return end, nil
		}
		last = &b
	}
	if last == nil {
		return start, nil
	}
	now, err := f.p.Time(f.s.ctx)
	if err != nil || last.OpenTime+market.Time(f.d) > now {
		return start, err
	}
	return start, take()
}

// fetched takes a bar of the history, before which there is none that was not told. One
// that was pushed meanwhile is told as that.
func (f *follower) fetched(b market.Bar) {
	if b.OpenTime < f.next {
		return
	}
	f.next = b.OpenTime
	if f.release(); b.OpenTime < f.next {
		return
	}
	f.found++
	if b.OpenTime+market.Time(f.d) > f.covered {
		f.gap("a bar closed and no push told it")
	}
	f.tell(b, true)
	f.release()
}

// filled goes on after all bars before end have been asked for. Those that the venue does
// not have, although it pushed later ones, are not waited for any more.
func (f *follower) filled(end market.Time, err error) {
	f.filling = false
	if err != nil {
		f.failed(err)
		return
	}
	if end <= f.seen {
		f.next = max(f.next, end)
	}
	f.release()
	if f.found > 0 && f.doubts > 0 {
		f.mute(end)
	}
	if f.again {
		f.again, f.c.owed = false, true
		f.c.consult()
		return
	}
	f.jumped()
}

// mute cuts the connection, which has not said a word of bars that there are: but not all
// the time, since that may not help.
func (f *follower) mute(end market.Time) {
	f.doubts = 0
	if now := f.s.now(); now-f.lastCut > wait(market.Time(time.Minute), f.cuts) {
		f.lastCut = now
		f.cuts++
		f.c.cut(fmt.Errorf("nothing came of %s, which has bars up to %s", f, end))
	}
}

// failed goes on after bars could not be asked for: they still are to be.
func (f *follower) failed(err error) {
	if f.s.ctx.Err() != nil {
		return
	}
	f.s.m.log.Warn("bars that were missed cannot be asked for yet", "series", f.String(), "error", err)
	f.c.owed = true
	f.c.notBefore = f.s.now() + notAgain
}

// wait is a span that doubles, up to an hour.
func wait(first market.Time, n int) market.Time { return min(first<<min(n, 20), mostWait) }

// late reports whether a bar should have come.
func (f *follower) late(now market.Time) bool {
	return f.next > 0 && !f.filling && now > f.next+market.Time(f.d)+wait(lateAfter, f.doubts)
}

// quiet reports whether the connection has not said a word of the series for too long.
func (f *follower) quiet(now market.Time) bool {
	if f.c.live == nil {
		return false
	}
	since := max(f.heard, market.TimeOf(f.c.live.born))
	return now-since > wait(quietAfter, f.hushed)
}
