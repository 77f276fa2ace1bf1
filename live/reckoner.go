package live

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// DefaultEvery is how often an account is compared with the session's books.
const DefaultEvery = time.Minute

// A reckoner lets a reckoning look at the account again and again. It asks the venue beside
// the session, and lets the session judge the answer between two instants; what is found
// enters the session as events, so that it is in the journal. A difference is believed only
// where nothing was under way or happened since the account was asked for.
type reckoner struct {
	*reckoning
	gateway *Gateway
	inbox   *inbox
	engine  *engine.Engine
	every   market.Time // by the session's clock; below 0: never
	next    market.Time // when to look

	looked bool // since the process began
	based  bool // what the account has beyond the books is known

	cursors []exchange.Cursor      // of fills, by instrument
	seen    map[string]market.Time // foreign trades by symbol and number, and when they were
	foreign []exchange.Fill        // that no look had
	blind   int                    // looks since the last one that could be judged

	mu     sync.Mutex
	glance *glance // that waits to be judged
	stop   context.CancelFunc
	ended  chan struct{}
}

// glance is an account as it was asked for.
type glance struct {
	account   exchange.Account
	stirs     uint64
	explained bool // the fills since the last agreement were asked for
	foreign   []exchange.Fill
	verdict   chan verdict
}

// verdict is what is to be done after a glance: nothing, to look again since something was
// under way, or to ask for the fills, and whether account and books agree.
type verdict struct{ again, explain, agree bool }

// reckon makes the reckoner of a session.
func (c *connection) reckon(e *engine.Engine) *reckoner {
	r := &reckoner{
		reckoning: newReckoning(c.Engine.Instruments), gateway: c.gateway, inbox: c.inbox, engine: e, every: market.Time(c.Every),
		cursors: make([]exchange.Cursor, len(c.Engine.Instruments)), seen: map[string]market.Time{},
	}
	if r.every == 0 {
		r.every = market.Time(DefaultEvery)
	}
	return r
}

// begin takes stock at start-up: what a new session finds beside its cash is not its own. One
// that goes on, since last, knows that from its journal, and looks as soon as nothing is under
// way.
func (r *reckoner) begin(a *exchange.Account, last market.Time) error {
	now := r.gateway.now()
	from := now
	if last > 0 {
		from = last
	} else {
		r.next = now + r.every
	}
	for i := range r.cursors {
		r.cursors[i].Time = from
	}
	books := r.engine.Holdings()
	if r.based = books.Adopted; r.based {
		r.resume(&books)
		return nil
	}
	if last > 0 {
		return nil
	}
	l := &sight{account: *a, books: books}
	for _, d := range r.differences(l) {
		if d.text != "" {
			return &market.Error{
				Class: market.Usage, Where: d.what, Err: errors.New(d.text),
				Hint: "a session of perpetuals begins flat: the venue would net its positions with what is there",
			}
		}
	}
	r.based, r.looked = true, true
	r.act(r.reckoning.begin(l))
	return nil
}

// run looks at the account until stop is called.
func (r *reckoner) run() {
	if r == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.stop, r.ended = cancel, make(chan struct{})
	go func() {
		defer close(r.ended)
		for r.wait(ctx) {
			r.compare(ctx, r.await)
		}
	}()
}

// close ends the looks.
func (r *reckoner) close() {
	if r != nil && r.stop != nil {
		r.stop()
		<-r.ended
	}
}

// wait waits until a look is due, and reports whether there is to be one.
func (r *reckoner) wait(ctx context.Context) bool {
	for r.every > 0 {
		left := r.next - r.gateway.now()
		if left <= 0 {
			return ctx.Err() == nil
		}
		if sleep(ctx, min(time.Duration(left), time.Second)) != nil {
			return false
		}
	}
	return false
}

// sync looks, if it is time, on the goroutine of a session that moves the clock: what happens
// meanwhile is taken first. A venue that holds the request back until a time of its own clock
// would be waited for in vain: the look is given up then.
func (r *reckoner) sync(ctx context.Context) {
	if r == nil || r.every < 0 || r.gateway.now() < r.next {
		return
	}
	if _, quiet := r.gateway.quiet(); quiet {
		ctx, cancel := context.WithTimeout(ctx, settlePatience)
		defer cancel()
		r.compare(ctx, func(_ context.Context, g *glance) (verdict, bool) {
			v := r.weighed(g)
			return v, !v.again
		})
	}
}

// maxGlances is how often the account is asked for in one look while something is under way.
const maxGlances = 10

// compare asks for the account until it has been judged; judge reports whether it could be.
func (r *reckoner) compare(ctx context.Context, judge func(context.Context, *glance) (verdict, bool)) {
	explained := false
	for range maxGlances {
		stirs, quiet := r.gateway.quiet()
		if !quiet {
			if sleep(ctx, time.Second) != nil {
				return
			}
			continue
		}
		asked := r.gateway.now()
		a, err := r.gateway.broker.Account(ctx)
		if err != nil {
			r.gateway.meter.count(Silent, "")
			r.gateway.alarm.venue("the account cannot be asked for", err)
			r.put(ctx, "the account cannot be compared with the books yet", err)
			return
		}
		r.gateway.meter.count(Answers, "")
		v, ok := judge(ctx, &glance{account: a, stirs: stirs, explained: explained, foreign: r.foreign, verdict: make(chan verdict, 1)})
		switch {
		case !ok:
			return
		case v.explain:
			if err := r.fills(ctx); err != nil {
				r.put(ctx, "the fills that may explain a difference cannot be asked for", err)
				return
			}
			explained = true
		case v.again:
			if sleep(ctx, time.Second) != nil {
				return
			}
		default:
			r.foreign, r.blind = nil, 0
			if v.agree {
				r.settled(asked)
			}
			r.gateway.forget()
			r.put(ctx, "", nil)
			return
		}
	}
	if r.blind++; r.blind%10 == 0 {
		r.gateway.log.Warn("account and books could not be compared: something is under way each time", "looks", r.blind)
	}
	r.put(ctx, "", nil)
}

// put says when to look again, and why nothing was seen.
func (r *reckoner) put(ctx context.Context, why string, err error) {
	if r.next = r.gateway.now() + r.every; err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		r.gateway.log.Warn(why, "error", err)
	}
}

// await lets the session judge an account.
func (r *reckoner) await(ctx context.Context, g *glance) (verdict, bool) {
	r.mu.Lock()
	r.glance = g
	r.mu.Unlock()
	r.inbox.ring()
	select {
	case v := <-g.verdict:
		return v, true
	case <-ctx.Done():
		return verdict{}, false
	}
}

// judge lets the session judge what was asked for, between two instants; clear says that
// nothing waits to be told to the engine.
func (r *reckoner) judge(clear bool) {
	if r == nil || !clear {
		return
	}
	r.mu.Lock()
	g := r.glance
	r.glance = nil
	r.mu.Unlock()
	if g != nil {
		g.verdict <- r.weighed(g)
	}
}

// weighed judges a glance, and lets the session know what was found.
func (r *reckoner) weighed(g *glance) verdict {
	l := &sight{account: g.account, books: r.engine.Holdings(), foreign: g.foreign, first: !r.looked}
	if !r.based {
		if stirs, quiet := r.gateway.quiet(); !quiet || stirs != g.stirs {
			return verdict{again: true}
		}
		r.based = true
		r.act(r.reckoning.begin(l))
	}
	differs := slices.ContainsFunc(r.differences(l), func(d difference) bool { return d.matters() })
	if differs {
		if stirs, quiet := r.gateway.quiet(); !quiet || stirs != g.stirs {
			return verdict{again: true}
		}
		if !g.explained {
			return verdict{explain: true}
		}
	}
	r.looked = true
	r.act(r.look(l))
	return verdict{agree: !differs}
}

// act puts what was found before the engine.
func (r *reckoner) act(list []finding) {
	at, log := r.gateway.now(), r.gateway.log
	for _, f := range list {
		r.gateway.meter.count(Findings, f.kind.name())
		a := arrival{at: at, instrument: market.NoInstrument}
		word := &market.Word{Rule: reckonRule, Text: f.text}
		switch f.kind {
		case findAdopt:
			log.Info(f.text)
			a.say, a.word, a.flow = market.Adopt, word, &market.Flow{Asset: f.asset, Amount: f.amount}
		case findMove:
			log.Warn(f.text)
			a.flow = &market.Flow{Asset: f.asset, Amount: f.amount}
		case findHalt:
			a.say, a.word = market.HaltRisk, word
		case findLift:
			a.say, a.word = market.LiftHalt, word
		case findAbsent:
			r.missed(&f)
			continue
		default:
			log.Warn(f.text)
			continue
		}
		r.inbox.put(a)
		if f.kind == findHalt {
			r.gateway.alarm.reckon(f.text)
		}
	}
}

// missed asks what became of an order that the venue does not show and, where it stays
// unknown there, ends it.
func (r *reckoner) missed(f *finding) {
	if f.looks == 1 {
		return // it was told late
	}
	r.gateway.log.Warn(f.text, "looks", f.looks)
	if f.looks > 3 {
		r.gateway.give(f.order)
	}
	r.gateway.heal()
}

// fills asks for the fills since the last agreement: ours are told, and those that are not
// ours explain.
func (r *reckoner) fills(ctx context.Context) error {
	for i := range r.cursors {
		in := r.gateway.in(market.InstrumentID(i))
		for f, err := range r.gateway.broker.Fills(ctx, in, r.cursors[i]) {
			if err != nil {
				return err
			}
			r.cursors[i] = exchange.Cursor{Trade: f.Trade, Time: f.Time}
			if f.ID.Sequence > 0 {
				fill := f.Fill
				r.gateway.tell(market.OrderUpdate{ID: f.ID, State: market.Partial, Fill: &fill})
			} else if key := f.Symbol + " " + f.Trade; r.seen[key] == 0 {
				r.seen[key] = max(f.Time, 1)
				r.foreign = append(r.foreign, f)
			}
		}
	}
	return nil
}

// settled moves the cursors on to some time before account and books agreed.
func (r *reckoner) settled(at market.Time) {
	for i := range r.cursors {
		if before := at - fillMargin; r.cursors[i].Time < before {
			r.cursors[i] = exchange.Cursor{Time: before}
		}
	}
	for key, t := range r.seen {
		if t < at-2*fillMargin {
			delete(r.seen, key)
		}
	}
}
