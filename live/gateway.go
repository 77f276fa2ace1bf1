package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/internal/failpoint"
	"github.com/signalman-trading/signalman/market"
)

// How long a question is put off that was not answered: at first, and at most.
const firstPause, longPause = 250 * time.Millisecond, 30 * time.Second

// Gateway is the router of an engine that trades at a venue: it sends what the engine
// has committed, each order once, and turns whatever the venue says into order updates.
// An outcome that is unknown is asked for until it is proven (semantics L2); meanwhile
// requests about the same order wait.
//
// Requests about one instrument leave in the order of the decisions; instruments do not
// wait for each other.
type Gateway struct {
	broker      exchange.Broker
	listed      sync.Mutex
	instruments []market.Instrument // with the filters of now; of listed
	names       *exchange.Names
	clock       func() time.Time
	local       func() time.Time // see Trading
	inbox       *inbox
	log         *slog.Logger
	meter       *Meter
	alarm       *alarm

	ctx    context.Context // of requests; ends when Close has waited long enough
	cancel context.CancelFunc
	work   tasks
	naps   *naps // nil: pauses go by the machine's clock

	mu      sync.Mutex
	orders  map[market.OrderID]*tracked
	lanes   []lane // by instrument
	held    []request
	sought  map[market.InstrumentID]bool // a fill waits for another one, that nobody brought
	last    map[string]uint32            // the highest sequence of each strategy that was decided
	stirs   uint64                       // how often something of orders or of the account happened
	past    bool                         // the journal is fed again: nothing is sent
	healing bool                         // somebody compares what works with the venue's
	hurt    bool                         // updates may have been missed since that began
}

// lane is the requests of one instrument that have not left.
type lane struct {
	queue []request
	open  bool // somebody works on it
}

// request is one thing to send: linked orders are one.
type request struct {
	action market.Action
	orders []market.Order
	born   time.Time // when the instant that decided it began; see Meter
}

// newGateway makes the gateway of a session.
func newGateway(t *Trading, b *inbox) *Gateway {
	ctx, cancel := context.WithCancel(context.Background())
	g := &Gateway{
		local: t.Local, broker: t.Broker, instruments: slices.Clone(t.Engine.Instruments), names: t.Names, clock: t.clock(), inbox: b, log: t.log(), meter: t.Meter, ctx: ctx, cancel: cancel,
		orders: map[market.OrderID]*tracked{}, last: map[string]uint32{}, sought: map[market.InstrumentID]bool{}, lanes: make([]lane, len(t.Engine.Instruments)),
	}
	if g.local == nil {
		g.local = time.Now
	}
	if t.Idle != nil {
		g.naps = &naps{now: t.now}
	}
	return g
}

// Submit takes an order of the instant at hand.
func (g *Gateway) Submit(now market.Time, o market.Order) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.orders[o.ID] = &tracked{order: o, symbol: g.in(o.Instrument).Symbol, busy: true, decided: now}
	if old := g.orders[o.Replaces]; old != nil {
		old.replaced = true
	}
	g.last[o.ID.Strategy] = max(g.last[o.ID.Strategy], o.ID.Sequence)
	g.stirs++
	if g.past {
		g.names.Expect(o.ID)
		return
	}
	if n := len(g.held); n > 0 && o.Profile == market.ByVenue && linked(&g.held[n-1].orders[0], &o) {
		g.held[n-1].orders = append(g.held[n-1].orders, o)
		return
	}
	g.held = append(g.held, request{market.Submit, []market.Order{o}, g.meter.beginning()})
}

func (g *Gateway) now() market.Time { return market.TimeOf(g.clock()) }

// linked reports whether an order belongs to the list that another one begins.
func linked(first, o *market.Order) bool {
	return first.Profile == o.Profile && first.Instrument == o.Instrument &&
		(o.Parent.Sequence > 0 && o.Parent == first.ID || o.Group != "" && o.Group == first.Group)
}

// Cancel takes a request for the end of an order.
func (g *Gateway) Cancel(now market.Time, id market.OrderID) {
	g.hold(market.Cancel, id, market.Order{})
}

// Amend takes a request for another quantity and price of an order.
func (g *Gateway) Amend(now market.Time, o market.Order) { g.hold(market.Amend, o.ID, o) }

func (g *Gateway) hold(a market.Action, id market.OrderID, o market.Order) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stirs++
	t := g.orders[id]
	switch {
	case t == nil:
	case a == market.Cancel:
		o, t.leaving = t.order, true
	default:
		t.amended = append(t.amended, o)
	}
	if g.past {
		return
	}
	g.held = append(g.held, request{a, []market.Order{o}, g.meter.beginning()})
}

// flush lets the requests of an instant leave, which is over.
func (g *Gateway) flush() {
	if g == nil { // on paper
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.held {
		g.enqueue(r)
	}
	g.held = g.held[:0]
}

// enqueue puts a request on its lane; mu is held.
func (g *Gateway) enqueue(r request) {
	i := r.orders[0].Instrument
	l := &g.lanes[i]
	l.queue = append(l.queue, r)
	if l.open {
		return
	}
	l.open = true
	g.work.start(func() { g.drain(l) })
}

// drain sends what is on a lane until it is empty.
func (g *Gateway) drain(l *lane) {
	for {
		g.mu.Lock()
		if len(l.queue) == 0 {
			l.open = false
			g.mu.Unlock()
			return
		}
		r := l.queue[0]
		l.queue = slices.Delete(l.queue, 0, 1)
		g.mu.Unlock()
		failpoint.Hit("gateway.before-request")
		g.send(r)
		failpoint.Hit("gateway.after-request")
	}
}

func (g *Gateway) send(r request) {
	switch o := r.orders[0]; {
	case r.action == market.Cancel:
		g.end(o)
	case r.action == market.Amend:
		g.amend(o)
	case len(r.orders) > 1:
		g.submitList(r)
	case o.Profile != market.Unlinked:
		g.refuse(r.orders, "this venue is sent linked orders as its own lists only: an entry with its exits, or two exits (ByVenue)")
	default:
		g.submit(o, r.born)
	}
}

// refuse ends orders that cannot be sent.
func (g *Gateway) refuse(orders []market.Order, why string) {
	for i := range orders {
		g.tell(market.OrderUpdate{ID: orders[i].ID, State: market.Rejected, Reason: why})
	}
}

func (g *Gateway) submit(o market.Order, born time.Time) {
	if !g.makeRoom([]market.Order{o}) {
		return
	}
	failpoint.Hit("gateway.before-send")
	ctx, wrote := g.meter.wire(g.ctx)
	u, err := g.broker.Submit(ctx, g.in(o.Instrument), o)
	failpoint.Hit("gateway.after-answer")
	g.meter.sent(born, wrote, err)
	if err != nil {
		g.failed([]market.Order{o}, err)
		return
	}
	g.tell(u)
}

func (g *Gateway) submitList(r request) {
	orders := r.orders
	l, ok := g.broker.(exchange.Lister)
	if !ok {
		g.refuse(orders, "the venue has no linked orders")
		return
	}
	if !g.makeRoom(orders) {
		return
	}
	failpoint.Hit("gateway.before-list")
	ctx, wrote := g.meter.wire(g.ctx)
	updates, err := l.SubmitList(ctx, g.in(orders[0].Instrument), orders)
	failpoint.Hit("gateway.after-list")
	g.meter.sent(r.born, wrote, err)
	if err != nil {
		g.failed(orders, err)
		return
	}
	for _, u := range updates {
		g.tell(u)
		failpoint.Hit("gateway.in-list")
	}
}

// failed closes orders that surely do not exist, and finds out about the others.
func (g *Gateway) failed(orders []market.Order, err error) {
	g.relisted(orders[0].Instrument, err)
	if errors.Is(err, exchange.ErrUnknown) {
		g.log.Warn("the outcome of an order is unknown: the venue is asked until it is proven, and nothing is sent again", "order", orders[0].ID, "error", err)
		for range orders {
			g.meter.count(Unknowns, "submit")
		}
		g.alarm.venue("the outcome of "+orders[0].ID.String()+" is unknown", err)
		for i := range orders {
			g.resolve(orders[i], err)
		}
		return
	}
	g.refuse(orders, reason(err))
}

// reason returns what a strategy is told of an error: the venue's words where it spoke.
func reason(err error) string {
	var f *exchange.Fault
	switch {
	case !errors.As(err, &f):
	case f.Reason != "": // one that the engine acts on
		return f.Reason
	case errors.Is(f.Kind, exchange.ErrRejected) && f.Err != nil:
		return f.Err.Error()
	}
	return err.Error()
}

// stands waits until it is known whether an order is at the venue and what it became, and
// reports whether it works there: what is asked of it before would be lost.
func (g *Gateway) stands(id market.OrderID) bool {
	for {
		g.mu.Lock()
		t := g.orders[id]
		unknown, works := t != nil && (t.busy || t.settling && !t.state.Final()), t != nil && !t.state.Final()
		g.mu.Unlock()
		if !unknown {
			return works
		}
		if !g.wait(firstPause) {
			return false
		}
	}
}

// makeRoom ends the orders whose place others take. Those are refused unless that is how all
// of them ended: one of a list takes the rest of it along.
func (g *Gateway) makeRoom(orders []market.Order) bool {
	ended := true
	for i := range orders {
		if id := orders[i].Replaces; id.Sequence > 0 {
			works := g.stands(id)
			ended = (works || i > 0 && ended) && g.leaves(id, works) && ended
		}
	}
	if !ended {
		g.refuse(orders, "the order to replace has ended")
	}
	return ended
}

// leaves cancels an order in whose place another one comes, if it still works, and reports
// whether it ended by a cancel.
func (g *Gateway) leaves(id market.OrderID, works bool) bool {
	g.mu.Lock()
	t := g.orders[id]
	g.mu.Unlock()
	if t == nil {
		return false
	}
	in := g.in(t.order.Instrument)
	failpoint.Hit("gateway.before-replace")
	if works {
		if err := g.broker.Cancel(g.ctx, in, id); err != nil && !errors.Is(err, exchange.ErrUnknown) && !errors.Is(err, exchange.ErrNotFound) {
			return false
		}
	}
	failpoint.Hit("gateway.mid-replace")
	u, err := g.ask(in, id)
	if err != nil {
		return false
	}
	g.tell(u)
	failpoint.Hit("gateway.after-room")
	return gone(&u)
}

// gone reports whether an order has ended because it was cancelled, and not with its list.
func gone(u *market.OrderUpdate) bool {
	return u.State == market.Cancelled && u.Reason != market.ExitFilled && u.Reason != market.EntryEnded
}

// end cancels an order. One that has ended already is asked what became of it. Where the
// venue may not have heard of the cancel and the order still works, it is sent again: that
// ends no more than one order.
func (g *Gateway) end(o market.Order) {
	if !g.stands(o.ID) {
		return
	}
	in := g.in(o.Instrument)
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		failpoint.Hit("gateway.before-cancel")
		err := g.broker.Cancel(g.ctx, in, o.ID)
		failpoint.Hit("gateway.after-cancel")
		if err != nil {
			g.log.Warn("not cancelled", "order", o.ID, "error", err)
			g.unanswered("cancel of "+o.ID.String(), err)
		}
		u, unknown := g.ask(in, o.ID)
		if unknown == nil {
			g.tell(u)
		}
		heard := err == nil || errors.Is(err, exchange.ErrRejected) || errors.Is(err, exchange.ErrNotFound)
		if heard || unknown != nil || u.State.Final() || !g.wait(pause) {
			return
		}
	}
}

// amend changes a resting order in place.
func (g *Gateway) amend(o market.Order) {
	if !g.stands(o.ID) {
		return
	}
	g.mu.Lock()
	t := g.orders[o.ID]
	g.mu.Unlock()
	said, err := market.Amended, error(nil)
	var stands market.OrderUpdate
	if a, ok := g.broker.(exchange.Amender); !ok {
		err = errors.New("the venue does not amend orders")
	} else {
		failpoint.Hit("gateway.before-amend")
		stands, err = a.Amend(g.ctx, g.in(o.Instrument), o)
		failpoint.Hit("gateway.after-amend")
	}
	if err == nil && stands.State.Final() { // what it was is gone, and what it was to be was refused
		g.tell(stands)
		return
	}
	if err != nil {
		g.relisted(o.Instrument, err)
		g.log.Warn("not amended", "order", o.ID, "error", err)
		g.unanswered("change of "+o.ID.String(), err)
		said = market.AmendRejected
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if t == nil || t.state.Final() {
		return
	}
	if err == nil {
		t.order.Quantity, t.order.Price = o.Quantity, o.Price
	}
	if len(t.amended) > 0 {
		t.amended = t.amended[1:]
	}
	u := market.OrderUpdate{ID: o.ID, Symbol: t.symbol, State: t.state, Filled: t.filled, Reason: said, Time: g.now()}
	failpoint.Hit("gateway.before-amended")
	g.inbox.put(arrival{at: u.Time, instrument: o.Instrument, update: &u})
}

// unanswered tells of a request that the venue did not take, for a reason that is not the
// order's.
func (g *Gateway) unanswered(what string, err error) {
	if errors.Is(err, exchange.ErrUnknown) || errors.Is(err, exchange.ErrUnavailable) {
		g.alarm.venue(what, err)
	}
}

// ask asks where an order stands, until the venue says so.
func (g *Gateway) ask(in market.Instrument, id market.OrderID) (market.OrderUpdate, error) {
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		u, err := g.broker.Order(g.ctx, in, id)
		g.unanswered("question about "+id.String(), err)
		if err == nil || errors.Is(err, exchange.ErrNotFound) || !g.wait(pause) {
			return u, err
		}
	}
}

// resolve finds out what became of an order whose outcome is unknown (semantics L2).
func (g *Gateway) resolve(o market.Order, failed error) {
	failpoint.Hit("gateway.before-resolve")
	u, err := exchange.Resolve(g.ctx, g.broker, g.in(o.Instrument), o.ID, failed, g.local, g.pause)
	failpoint.Hit("gateway.after-resolve")
	switch {
	case err == nil:
		g.meter.count(Proven, "exists")
		g.log.Info("the outcome is known: the venue has the order", "order", o.ID, "state", u.State, "event", "proven")
		g.tell(u)
	case errors.Is(err, exchange.ErrNotFound):
		g.meter.count(Proven, "absent")
		g.refuse([]market.Order{o}, "proven absent: the venue never took it")
	default:
		g.log.Debug("the outcome is still unknown", "order", o.ID, "error", err) // close tells it
	}
}

// wait pauses, and reports whether the session goes on.
func (g *Gateway) wait(d time.Duration) bool { return g.pause(g.ctx, d) == nil }

// pause waits by the session's clock, where the session moves that.
func (g *Gateway) pause(ctx context.Context, d time.Duration) error {
	if g.naps == nil {
		return sleep(ctx, d)
	}
	return g.naps.take(ctx, d, &g.work)
}

// wakes returns when the first pause ends, or MaxTime.
func (g *Gateway) wakes() market.Time {
	if g == nil || g.naps == nil { // on paper nothing waits
		return market.MaxTime
	}
	return g.naps.next()
}

// wake ends the pauses that are over; with all of them where the clock moves no more.
func (g *Gateway) wake(all bool) {
	if g != nil && g.naps != nil {
		g.naps.wake(all, &g.work)
	}
}

// tell takes a report of an order, and puts what is news into the inbox.
func (g *Gateway) tell(u market.OrderUpdate) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.orders[u.ID]
	if t == nil {
		g.late(&u)
		return
	}
	u.Symbol = t.symbol
	if t.replaced && gone(&u) { // whichever way it is told: the other one takes over what it holds back
		u.Reason = market.Replaced
	}
	if u.State == market.Rejected && u.Fill == nil {
		u.Filled = t.filled
	}
	t.busy = false
	at := g.now()
	for _, n := range t.observe(u) {
		failpoint.Hit("gateway.before-tell")
		n.Time = at
		g.stirs++
		g.inbox.put(arrival{at: at, instrument: t.order.Instrument, side: t.order.Side, update: &n})
		failpoint.Hit("gateway.after-tell")
	}
	if t.state.Final() && t.finished == 0 {
		t.finished = at
	}
	if t.short() && !t.chasing {
		t.chasing = true
		g.work.start(func() { g.missing(t) })
	}
}

// missing fetches the fills that the venue counted and that no update has brought.
func (g *Gateway) missing(t *tracked) {
	for pause := firstPause; g.wait(pause); pause = min(2*pause, longPause) {
		g.mu.Lock()
		t.chasing = t.short()
		chasing := t.chasing
		g.mu.Unlock()
		if !chasing {
			return
		}
		if err := g.catchUp(t.order.Instrument); err != nil {
			g.log.Warn("fills cannot be asked for", "order", t.order.ID, "error", err)
		}
	}
}

// catchUp tells the fills of an instrument that were missed.
func (g *Gateway) catchUp(i market.InstrumentID) error {
	for f, err := range g.broker.Fills(g.ctx, g.in(i), g.since()) {
		if err != nil {
			return err
		}
		if f.ID.Sequence > 0 {
			failpoint.Hit("gateway.missed-fill")
			fill := f.Fill
			g.tell(market.OrderUpdate{ID: f.ID, State: market.Partial, Fill: &fill})
		}
	}
	return nil
}

// hear takes what the venue says of the account.
func (g *Gateway) hear(e exchange.AccountEvent) {
	switch {
	case e.Update != nil && e.Update.ID.Sequence > 0:
		g.tell(*e.Update)
	case e.Update != nil && e.Update.Reason == market.Liquidation:
		u := *e.Update
		i := slices.IndexFunc(g.instruments, func(in market.Instrument) bool { return in.Symbol == u.Symbol })
		g.stir()
		g.inbox.put(arrival{at: g.now(), instrument: market.InstrumentID(i), update: &u})
	case e.Update != nil:
		g.stir()
		g.log.Info("an order that is not ours", "client", e.Client, "symbol", e.Update.Symbol, "state", e.Update.State)
	case e.Gap != nil:
		g.meter.count(Gaps, "account")
		g.alarm.venue("the stream of the account was away", nil)
		g.log.Warn("the stream of the account was away: orders and fills that may be missing are asked for", "from", e.Gap.From, "to", e.Gap.To, "reason", e.Gap.Reason)
	case e.Fault != nil:
		g.inbox.fail(e.Fault)
	case e.Flow != nil:
		g.stir()
		g.log.Info("money moved without an order", "asset", e.Flow.Asset, "amount", e.Flow.Amount)
	}
}

// reconcile asks what became of all that works: after updates may have been missed.
func (g *Gateway) reconcile() error {
	g.mu.Lock()
	var working []market.Order
	for _, t := range g.orders {
		if !t.state.Final() && !t.busy {
			working = append(working, t.order)
		}
	}
	g.mu.Unlock()
	slices.SortFunc(working, func(a, b market.Order) int { return compareIDs(a.ID, b.ID) })
	asked := map[market.InstrumentID]bool{}
	failpoint.Hit("reconcile.begin")
	for _, o := range working {
		if !asked[o.Instrument] {
			asked[o.Instrument] = true
			if err := g.catchUp(o.Instrument); err != nil {
				return err
			}
		}
		u, err := g.broker.Order(g.ctx, g.in(o.Instrument), o.ID)
		if errors.Is(err, exchange.ErrNotFound) {
			g.lose(o.ID) // it may only not be known yet: the others are asked about meanwhile
			continue
		}
		if err != nil {
			return fmt.Errorf("order %s: %w", o.ID, err)
		}
		failpoint.Hit("reconcile.order")
		g.tell(u)
	}
	return nil
}

// heal compares all that works with the venue's, until that has succeeded: what no update has
// told would stay unknown. One at a time is enough.
func (g *Gateway) heal() {
	g.mu.Lock()
	healing := g.healing
	g.healing, g.hurt = true, true
	g.mu.Unlock()
	if healing {
		return
	}
	g.work.start(func() {
		for pause := firstPause; g.wounded(); pause = min(2*pause, longPause) {
			if err := g.reconcile(); err != nil {
				g.meter.count(Silent, "")
				g.alarm.venue("orders cannot be compared", err)
				g.log.Warn("orders cannot be compared with the venue's yet: it is tried again", "error", err)
				if !g.wait(pause) {
					return
				}
				g.mu.Lock()
				g.hurt = true
				g.mu.Unlock()
				continue
			}
			g.meter.count(Answers, "")
			g.log.Info("the stream of the account is back, and what it missed of orders and fills is known", "event", "reconnect")
		}
	})
}

// wounded takes the next reason to compare, if there is one.
func (g *Gateway) wounded() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.healing, g.hurt = g.hurt, false
	return g.healing
}

// settle waits until no request is under way, but not for one whose outcome only time can
// tell. It reports whether none is.
func (g *Gateway) settle(patience time.Duration) bool {
	return g == nil || g.work.wait(patience) // nil: it is on paper
}

// close waits for the requests under way, and says which orders stay unknown.
func (g *Gateway) close(patience time.Duration) {
	g.work.wait(patience)
	g.cancel()
	g.wake(true)
	<-g.work.idle()
	g.mu.Lock()
	defer g.mu.Unlock()
	var unknown []market.OrderID
	for id, t := range g.orders {
		if t.busy {
			unknown = append(unknown, id)
		}
	}
	slices.SortFunc(unknown, compareIDs)
	for _, id := range unknown {
		g.log.Error("the session ends while the outcome of an order is unknown: the next run asks for it", "order", id, "client", g.names.Client(id))
	}
}

// compareIDs orders orders by strategy and sequence.
func compareIDs(a, b market.OrderID) int {
	return cmp.Or(cmp.Compare(a.Strategy, b.Strategy), cmp.Compare(a.Sequence, b.Sequence))
}
