package live

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/internal/failpoint"
	"github.com/signalman-trading/signalman/market"
)

// Trading is one account that trades at a venue.
type Trading struct {
	Engine  engine.Config // its Feed, Router, Journal and Opening are set by Trade
	Market  exchange.Market
	Broker  exchange.Broker
	Names   *exchange.Names // those that Broker was opened with
	Journal Journal
	// Past is what the journal holds of an earlier process, instant by instant; nil for a
	// session that begins. Opening is when it began, by the session's clock: what is before it
	// only warms up; 0 is now.
	Past    iter.Seq2[[]market.Record, error]
	Opening market.Time
	Resumed func(market.Time)   // if set, called once the journal has been fed again, with the time it ended at
	Control *Control            // if set, others can look at the session and tell it things
	Cancel  bool                // where the session is told to end, what works is cancelled
	Signals *Signals            // nil: none
	Watch   func(market.Record) // if set, sees each record once it is committed
	Now     func() time.Time    // of the session, best the venue's; nil: time.Now
	Local   func() time.Time    // of the [exchange.Env] that Broker was made with, by which its faults say times; nil: time.Now
	Grace   time.Duration       // how long a bar that is due is waited for; 0: DefaultGrace
	Every   time.Duration       // how often account and books are compared, by the session's clock; 0: DefaultEvery; below 0: never
	// Stale is how many bars of a series must be missing before new risk waits until they come
	// again; 0: it does not wait. It is not watched where Idle is set.
	Stale int
	Log   *slog.Logger // nil: none
	Meter *Meter       // nil measures nothing
	// Idle, if set, is called where there is nothing to do, in place of waiting. It is for
	// venues whose clock stands still until it is told to move: Idle lets what is under way
	// arrive and, where arrived then reports that nothing has, moves the clock to the next
	// instant, but not beyond until. Every bar that is due has come when it returns. io.EOF
	// is the end of the market, and of the session.
	Idle func(ctx context.Context, until market.Time, arrived func() bool) error
}

func (t *Trading) clock() func() time.Time {
	if t.Now == nil {
		return time.Now
	}
	return t.Now
}

func (t *Trading) now() market.Time { return market.TimeOf(t.clock()()) }

func (t *Trading) log() *slog.Logger {
	if t.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return t.Log
}

func (t *Trading) grace() market.Time {
	switch {
	case t.Idle != nil:
		return 0
	case t.Grace == 0:
		return market.Time(DefaultGrace)
	}
	return market.Time(t.Grace)
}

// settlePatience is how long a session at a venue whose clock it moves waits for requests
// under way before it moves it.
const settlePatience = time.Second

// heldPatience is how long it waits once more for a request that was not answered in that
// time: the venue holds it back until its clock has moved.
const heldPatience = 20 * time.Millisecond

// stopPatience is how long requests under way may take once a session ends.
const stopPatience = 5 * time.Second

// Trade trades until the market ends, which finishes the journal, or until ctx ends, and
// leaves the session to be resumed; the error is then ctx's. Orders that work stay at the
// venue, unless Cancel is set. Where there is a past the journal is fed again first, and what
// it left at the venue is adopted. The engine is returned where there is one, for its result.
func Trade(ctx context.Context, t Trading) (*engine.Engine, error) {
	rec := &recorder{journal: t.Journal, watch: t.Watch, meter: t.Meter, prompt: true}
	if t.Opening == 0 {
		t.Opening = t.now()
	}
	t.Engine.Journal, t.Engine.Opening = rec, t.Opening
	e, err := engine.New(t.Engine)
	if err != nil {
		return nil, &market.Error{Class: market.Usage, Err: err}
	}
	c := newConnection(&t, e.Subscriptions())
	c.feed.reckoner, c.feed.shelf, c.feed.hears = c.reckon(e), newShelf(e, c.gateway), e.HearsTrouble
	defer c.close()
	source := &refeed{told: ctx, recorder: rec, brings: ofWorld, bring: c.feed.replay, open: c.open}
	defer source.begin(t.Past)()
	if t.Past == nil { // what cannot begin leaves no journal
		if source.source, err = c.open(ctx, 0); err != nil {
			return nil, err
		}
	}
	err = conduct(ctx, e, t.Control, &leaving{feed: source, c: c, told: ctx}, c.gateway, c.execution)
	c.gateway.flush()
	if err == nil {
		err = rec.finish()
	}
	return e, err
}

// leaving is a feed whose last instant says that the session was told to end.
type leaving struct {
	feed engine.Feed
	c    *connection
	told context.Context // ends when the session is told to
	left bool
}

// Next returns every event of the next instant, as engine.Feed says.
func (l *leaving) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	if l.told.Err() == nil || l.left || !l.c.opened {
		events, err := l.feed.Next(ctx, limit)
		if err == nil || l.told.Err() == nil || l.left || !l.c.opened || !errors.Is(err, l.told.Err()) {
			return events, err
		}
	}
	l.left = true
	failpoint.Hit("quit.told")
	w := &market.Word{Text: "the process was told to end", Cancel: l.c.Cancel}
	return l.c.feed.say(market.Event{Kind: market.KindCommand, Command: market.Quit, Instrument: market.NoInstrument, Word: w}, limit), nil
}

// connection is what joins an engine to a venue.
type connection struct {
	*Trading
	inbox     *inbox
	gateway   *Gateway
	feed      *feed
	execution []market.Interval
	opened    bool        // the venue is connected, and trading goes on
	first     market.Time // when the first bar of a session that begins exists
	stop      context.CancelFunc
	ended     chan struct{} // one token for each stream that has ended
	streams   int
	gap       market.Time // when the market told of one last
	questions tasks       // whether bars are missing
}

func newConnection(t *Trading, subs []engine.Subscription) *connection {
	c := &connection{Trading: t, inbox: newInbox()}
	list, execution := executions(t.Engine.Instruments, subs)
	c.execution = execution
	bell := &alarm{inbox: c.inbox, now: t.now}
	if t.Broker != nil {
		c.gateway = newGateway(t, c.inbox)
		c.gateway.alarm = bell
		c.gateway.past = t.Past != nil
	}
	c.feed = &feed{now: c.now, grace: c.grace(), idle: c.Idle, inbox: c.inbox, gateway: c.gateway, alarm: bell, control: t.Control, series: list, signals: c.Signals}
	for i := range t.Engine.Instruments {
		c.feed.symbols = append(c.feed.symbols, t.Engine.Instruments[i].Symbol)
	}
	for i := range t.Engine.Instances {
		if t.Names != nil {
			t.Names.Expect(market.OrderID{Strategy: t.Engine.Instances[i].Name})
		}
	}
	return c
}

// open connects to the venue where the journal ends, at a time; 0: the session begins. It
// hears of the account first and then takes stock of it, so that nothing falls in between;
// then come the bars that are missing, and the market.
func (c *connection) open(ctx context.Context, last market.Time) (sim.Source, error) {
	if c.Idle != nil {
		defer c.tick(ctx)()
	}
	streaming, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop, c.ended = stop, make(chan struct{}, 2)
	if c.gateway != nil {
		failpoint.Hit("recovery.before-subscribe")
		if err := c.hear(ctx, streaming); err != nil {
			return nil, err
		}
		failpoint.Hit("recovery.after-subscribe")
		if err := c.stock(ctx, last); err != nil {
			return nil, err
		}
	}
	c.first = c.now()
	failpoint.Hit("recovery.after-account")
	if last > 0 {
		c.wake(last)
	}
	for _, s := range c.feed.series {
		if err := c.warm(ctx, s, last > 0); err != nil {
			return nil, err
		}
	}
	if last == 0 { // what was known before the first bar is told with it
		c.feed.last = c.first - 1
	}
	c.feed.signals.attach(c.inbox.ring)
	failpoint.Hit("recovery.after-bars")
	if err := c.watch(ctx, streaming, c.feed.series); err != nil {
		return nil, err
	}
	failpoint.Hit("recovery.before-run")
	if c.opened = true; c.Idle == nil {
		c.feed.reckoner.run()
		c.feed.staleness.bars, c.feed.staleness.ask = c.Stale, c.inquire(streaming)
	}
	c.Control.hear()
	c.Meter.opened()
	return c.Meter.feed(c.feed, c.now), nil
}

// tick moves the clock that the session moves while a start takes longer than it should: the
// venue may hold a request back until a time of that clock.
func (c *connection) tick(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for sleep(ctx, settlePatience) == nil {
			_ = c.Idle(ctx, market.MaxTime, func() bool { return false }) // an error is met again
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// wake tells of the time since the journal ended, in which no process ran.
func (c *connection) wake(last market.Time) {
	now := max(last+1, c.now())
	c.feed.last = now
	c.feed.down = &market.Event{Time: now, Kind: market.KindCommand, Command: market.Downtime, Instrument: market.NoInstrument, Word: &market.Word{Since: last}}
	c.feed.signals.resume()
	if c.Resumed != nil {
		c.Resumed(last)
	}
}

// start runs a stream until it ends, and waits until it is ready.
func (c *connection) start(ctx context.Context, run func(ready func()) error) error {
	ready, failed := make(chan struct{}, 1), make(chan error, 1)
	c.streams++
	go func() {
		defer func() { c.ended <- struct{}{} }()
		err := run(func() {
			select {
			case ready <- struct{}{}:
			default:
			}
		})
		if !errors.Is(err, context.Canceled) {
			failed <- err
			c.inbox.fail(err)
		}
	}()
	select {
	case <-ready:
		return nil
	case err := <-failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hear subscribes to what becomes of orders. Each time that it had to connect anew, what
// was missed is asked for.
func (c *connection) hear(ctx, streaming context.Context) error {
	first := true
	return c.start(ctx, func(ready func()) error {
		return c.Broker.Updates(streaming, func() {
			if !first {
				c.Meter.count(Reconnects, "account")
				c.gateway.heal()
			}
			first = false
			ready()
		}, c.gateway.hear)
	})
}

// stock refuses an account that cannot be traded with, and adopts what works there.
func (c *connection) stock(ctx context.Context, last market.Time) error {
	a, err := c.Broker.Account(ctx)
	if err != nil {
		return err
	}
	if !a.CanTrade {
		return &market.Error{Class: market.Venue, Err: errors.New("the account may not trade"), Hint: "see what the venue says of it"}
	}
	if last > 0 {
		if err := c.gateway.belongs(ctx, last); err != nil {
			return err
		}
		if err := c.gateway.adopt(&a); err != nil {
			return err
		}
		c.gateway.heal()
		return c.feed.reckoner.begin(&a, last)
	}
	c.gateway.past = false // whatever there is of a past, nothing was decided in it
	quote := c.Engine.Instruments[0].Quote
	free, held := decimal.Zero, c.held(&a)
	for _, b := range a.Balances {
		if b.Asset == quote {
			free = b.Free
		}
	}
	if free.LessThan(c.Engine.Cash) {
		hint := "lower cash in [account.X], or free some of what is locked in orders"
		if len(held) > 0 {
			hint += "; the account also holds " + strings.Join(held, ", ") + ", which an earlier session may have left: a session begins flat, and does not sell it"
		}
		return &market.Error{Class: market.Usage, Err: fmt.Errorf("the account has %s %s free, less than the cash of %s", free, quote, c.Engine.Cash), Hint: hint}
	}
	if len(held) > 0 {
		c.log().Warn("the account holds what this session does not trade with: it begins flat", "held", strings.Join(held, ", "))
	}
	return c.feed.reckoner.begin(&a, 0)
}

// held lists what the account has of the assets and perpetuals that are traded.
func (c *connection) held(a *exchange.Account) (list []string) {
	for i := range c.Engine.Instruments {
		in := &c.Engine.Instruments[i]
		for _, b := range a.Balances {
			if total := b.Free.Add(b.Locked); !in.Perpetual() && b.Asset == in.Base && total.GreaterThanOrEqual(in.Step) && total.IsPositive() {
				list = append(list, total.String()+" "+b.Asset)
			}
		}
		for _, p := range a.Positions {
			if p.Symbol == in.Symbol {
				list = append(list, p.Quantity.String()+" "+p.Symbol)
			}
		}
	}
	return list
}

// warm asks for the bars before the session that a series needs or, of one that goes on, for
// those since.
func (c *connection) warm(ctx context.Context, s *series, resumed bool) error {
	in := c.Engine.Instruments[s.instrument]
	d := s.interval
	now := c.now()
	s.due = d.Floor(now) + market.Time(d)
	if !resumed {
		s.heard = d.Floor(now)
	}
	from := d.Floor(now) - market.Time(s.warmup)*market.Time(d)
	found := s.warmup == 0
	if n := s.bars.Len(); n > 0 {
		from, found = s.bars.OpenTime[n-1]+market.Time(d), true
	}
	for b, err := range c.Market.Bars(ctx, in, d, from, now) {
		if err != nil {
			return err
		}
		found = true
		at := s.closes(b.OpenTime)
		if resumed {
			at = max(at, c.now())
		} else {
			c.first = min(c.first, at)
		}
		c.inbox.put(arrival{at: at, series: s, bar: b})
	}
	if !found {
		c.log().Warn("the venue has no bar of the past: it may have none of this interval", "symbol", in.Symbol, "interval", d, "from", from)
	}
	return nil
}

// watch subscribes to the market.
func (c *connection) watch(ctx, streaming context.Context, list []*series) error {
	subs := make([]exchange.Subscription, len(list))
	for k, s := range list {
		subs[k] = exchange.Subscription{Instrument: c.Engine.Instruments[s.instrument], Interval: s.interval, After: s.due - market.Time(s.interval)}
	}
	return c.start(ctx, func(ready func()) error {
		return c.Market.Stream(streaming, subs, ready, func(e exchange.Event) { c.arrived(list[e.Subscription], e) })
	})
}

func (c *connection) arrived(s *series, e exchange.Event) {
	at := c.now()
	switch {
	case e.Gap != nil:
		level := slog.LevelWarn
		if c.gapped(at) {
			c.feed.alarm.venue("the market was away", nil)
		} else {
			level = slog.LevelDebug // one line for all series
		}
		c.log().Log(context.Background(), level, "the market was away: bars that are missing, of this series and others, are asked for", "symbol", c.Engine.Instruments[s.instrument].Symbol, "from", e.Gap.From, "to", e.Gap.To, "reason", e.Gap.Reason)
	case e.Funding != nil:
		c.inbox.put(arrival{at: at, instrument: s.instrument, funding: e.Funding})
	default:
		c.inbox.put(arrival{at: max(at, s.closes(e.Bar.OpenTime)), series: s, bar: e.Bar})
	}
}

// gapped counts what a market that was away has missed: each series tells of it, all at once.
// It reports whether this is the first of them.
func (c *connection) gapped(at market.Time) (first bool) {
	c.Meter.count(Gaps, "market")
	if first = at-c.gap > market.Time(time.Second); first {
		c.Meter.count(Reconnects, "market")
	}
	c.gap = at
	return first
}

// close ends the streams, and waits for the requests under way.
func (c *connection) close() {
	if c.stop == nil { // it never connected
		return
	}
	c.feed.reckoner.close()
	if c.gateway != nil {
		failpoint.Hit("quit.before-close")
		c.gateway.close(stopPatience)
		failpoint.Hit("quit.after-close")
	}
	c.stop()
	for range c.streams {
		<-c.ended
	}
	<-c.questions.idle()
	if c.gateway != nil {
		<-c.gateway.work.idle() // what the streams had begun since
	}
}
