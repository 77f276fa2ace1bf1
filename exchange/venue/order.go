package venue

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// order is an order as the venue tells of it. What it is to the simulator is want.
type order struct {
	id        int64 // from 1, in order of arrival; want.ID's sequence
	client    string
	book      *book
	want      market.Order
	kind      string // the type in the venue's words: "LIMIT_MAKER"
	tif       string
	status    string          // NEW, PENDING_NEW, PARTIALLY_FILLED, FILLED, CANCELED, REJECTED or EXPIRED
	executed  decimal.Decimal // in base
	spent     decimal.Decimal // in quote, fees left out
	created   market.Time
	updated   market.Time
	working   market.Time // when it came onto the book; 0: it has not
	list      *list       // nil: it is of none
	trades    []*trade
	stp       string // selfTradePreventionMode
	iceberg   decimal.Decimal
	quote     decimal.Decimal // quoteOrderQty: what it asked for in quote
	strategy  [2]int64        // strategyId and strategyType; 0 is none
	expiry    string          // why it expired, in the venue's words
	amends    int
	cancelled string // what the request that cancelled it calls itself
	algo      *algo  // of USD-M: the conditional order that it is; nil
}

// ended reports whether nothing can happen to an order any more.
func (o *order) ended() bool {
	return o.status != "NEW" && o.status != "PENDING_NEW" && o.status != "PARTIALLY_FILLED"
}

// trade is a fill of an order of the account.
type trade struct {
	id       int64 // of the symbol's trades of the account
	order    *order
	at       market.Time
	price    decimal.Decimal
	quantity decimal.Decimal
	quote    decimal.Decimal // price × quantity
	fee      decimal.Decimal
	feeAsset string
	maker    bool
	pnl      decimal.Decimal // of USD-M: what it realised, the fee left out
}

// execution is one thing that the simulator said of an order.
type execution struct {
	order   *order // nil: of a position that was liquidated
	book    *book
	update  market.OrderUpdate
	id      int64           // of executions, rising
	kind    string          // NEW, TRADE, CANCELED, REPLACED, REJECTED or EXPIRED
	at      market.Time     // when it happened
	trade   *trade          // of TRADE
	funding *market.Funding // of FUNDING, which is of no order
	client  string          // of what was done to the order: of a cancel, that of the cancel
}

// moment returns the time at which a request meets the simulator. With ByBar what ends or
// changes an order inside a bar is as if it had come before it.
func (s *side) moment(b *book, changes bool) market.Time {
	now := s.venue.clock.now
	if s.venue.o.Fills == ByTrade {
		return max(now, s.at)
	}
	if d := s.sim.Execution(b.ID); changes && d > 0 {
		return d.Floor(now)
	}
	return now
}

// place hands the simulator orders of one instrument, all in one request, and tells what
// became of them. Where it takes one of them not, none of them exists: the refusal is in the
// venue's words.
func (s *side) place(orders ...*order) *refusal {
	now, b := s.venue.clock.now, orders[0].book
	if s.priced != nil {
		s.refresh(s.priced)
	}
	at := s.moment(b, false)
	first := uint32(len(s.orders)) + 1
	for _, o := range orders {
		s.orders = append(s.orders, o)
		o.id, o.created, o.updated, o.status = int64(len(s.orders)), now, now, "NEW"
		o.want.ID, o.want.Strategy, o.want.Instrument = market.OrderID{Strategy: strategy, Sequence: uint32(o.id)}, strategy, b.ID
		if o.list != nil {
			o.list.bind(o)
		}
	}
	for _, o := range orders {
		s.sim.Submit(at, o.want)
	}
	s.drain(at)
	if s.venue.o.Fills == ByTrade && b.last.OpenTime > 0 {
		s.present(b)
	}
	if r := s.refused(first); r != nil {
		s.forget(first)
		s.tell()
		return r
	}
	for _, o := range orders {
		s.enter(o)
	}
	if l := orders[0].list; l != nil {
		s.tellList(l, "EXEC_STARTED", "EXECUTING")
	}
	s.tell()
	return nil
}

// refused returns why the simulator took an order from first on not.
func (s *side) refused(first uint32) *refusal {
	for i := range s.told {
		switch u := &s.told[i].update; {
		case u.ID.Sequence < first || !u.Filled.IsZero():
		case u.State == market.Rejected && s.usdm:
			return futuresRejection(u.Reason)
		case u.State == market.Rejected:
			return rejection(u.Reason)
		case u.State == market.Expired && s.usdm && s.told[i].order.want.TIF == market.FOK:
			return errFOK
		}
	}
	return nil
}

// forget makes orders from first on never to have been.
func (s *side) forget(first uint32) {
	kept := s.told[:0]
	for _, e := range s.told {
		if e.update.ID.Sequence < first {
			kept = append(kept, e)
		}
	}
	s.told = kept
	for i := int(first) - 1; i < len(s.orders); i++ {
		s.orders[i] = nil
	}
}

// enter makes an order one that can be asked for.
func (s *side) enter(o *order) {
	if o.algo != nil && o.algo.triggered == 0 {
		s.futures.enterAlgo(o.algo)
		return
	}
	s.clients[o.client] = o
	o.book.open, o.book.orders = append(o.book.open, o), append(o.book.orders, o)
}

// order returns an order by its id; nil where there is none.
func (s *side) order(id int64) *order {
	if id < 1 || id > int64(len(s.orders)) {
		return nil
	}
	return s.orders[id-1]
}

// cancel ends an order that works; as is what the request calls itself.
func (s *side) cancel(o *order, as string) {
	at := s.moment(o.book, true)
	o.cancelled = as
	s.sim.Cancel(at, o.want.ID)
	s.drain(at)
	s.tell()
}

// note keeps what the simulator says of an order.
func (s *side) note(i market.InstrumentID, u market.OrderUpdate) {
	e := execution{book: s.books[i], update: u}
	if u.ID.Sequence > 0 {
		e.order = s.orders[u.ID.Sequence-1]
	}
	s.told = append(s.told, e)
}

// tell lets what the simulator said change orders and trades, and the voice tell of it.
func (s *side) tell() {
	if s.usdm {
		defer s.futures.settled()
	}
	if len(s.told) == 0 {
		return
	}
	told := s.told
	s.told = nil
	if s.usdm {
		told = s.futures.closed(told)
	}
	for i := range told {
		e := &told[i]
		if s.apply(e); e.kind != "" {
			s.voice.order(s, e.order, e)
		}
	}
	if !s.usdm {
		s.tellLists(told)
	}
	for i := range told { // once for each instrument
		if b := told[i].book; !slices.ContainsFunc(told[:i], func(e execution) bool { return e.book == b }) {
			s.voice.account(s, told[len(told)-1].at, b.Base, b.Quote)
		}
	}
}

// apply lets an execution change its order.
func (s *side) apply(e *execution) {
	s.executions++
	e.id, e.at = s.executions, s.when(&e.update)
	if e.funding != nil {
		e.kind, e.at = "FUNDING", e.funding.Time
		return
	}
	o := e.order
	if o == nil {
		e.kind = "TRADE"
		return
	}
	e.client = o.client
	switch u := &e.update; {
	case u.Fill != nil:
		s.fill(o, e)
	case u.State == market.Accepted && u.Reason == market.Waiting:
		e.kind, o.status = "NEW", "PENDING_NEW"
	case u.Reason == market.Amended:
		e.kind = "REPLACED"
	case u.Reason == market.AmendRejected:
		return
	case u.State == market.Accepted:
		e.kind, o.status = "NEW", "NEW"
		if o.resting() {
			o.working = e.at
		}
	case u.State == market.Expired || u.State == market.Cancelled && o.lapsed(u.Reason):
		e.kind, o.status, o.expiry = "EXPIRED", "EXPIRED", o.why(u.Reason)
	case u.State == market.Cancelled:
		e.kind, o.status = "CANCELED", "CANCELED"
		if o.cancelled != "" {
			e.client = o.cancelled
		}
	case u.State == market.Rejected:
		e.kind, o.status = "REJECTED", "REJECTED"
	}
	o.updated = e.at
	if o.ended() {
		o.leave()
	}
}

// when returns when an update happened: with ByBar the time of a fill is the simulator's,
// which with ByTrade counts its own nanoseconds.
func (s *side) when(u *market.OrderUpdate) market.Time {
	switch {
	case s.venue.o.Fills == ByTrade:
		return s.venue.clock.now
	case u.Fill != nil:
		return u.Fill.Time
	}
	return u.Time
}

// fill books a fill.
func (s *side) fill(o *order, e *execution) {
	f := e.update.Fill
	t := &trade{id: int64(len(s.trades)) + 1, order: o, at: e.at, price: f.Price, quantity: f.Quantity,
		quote: f.Price.Mul(f.Quantity), fee: f.Fee, feeAsset: f.FeeAsset, maker: f.Maker}
	s.trades, o.book.trades, o.trades = append(s.trades, t), append(o.book.trades, t), append(o.trades, t)
	if o.working == 0 {
		o.working = e.at
	}
	if len(o.trades) == 1 && !s.usdm {
		s.venue.accounts.filled(t.maker)
	}
	o.executed, o.spent = o.executed.Add(t.quantity), o.spent.Add(t.quote)
	e.kind, e.trade = "TRADE", t
	if o.status = "PARTIALLY_FILLED"; e.update.State == market.Filled {
		o.status = "FILLED"
	}
}

// resting reports whether an order is on the book from its arrival: one that waits for a
// price is not, before that has come.
func (o *order) resting() bool { return !o.want.Triggered() && o.want.Type != market.TrailingStop }

// lapsed reports whether the venue calls an order expired that the simulator cancelled: one
// whose list let another trade, or whose entry expired.
func (o *order) lapsed(reason string) bool {
	return reason == market.ExitFilled || reason == market.EntryEnded && o.list != nil && o.list.entry != nil && o.list.entry.status == "EXPIRED"
}

// why says in the venue's words why an order expired.
func (o *order) why(reason string) string {
	switch {
	case reason == market.ExitFilled:
		return "OCO_TRIGGER"
	case reason == market.EntryEnded:
		return "OTO_PHASE_ONE_EXPIRED"
	case reason == market.NoVolume:
		return "INSUFFICIENT_LIQUIDITY"
	case o.want.TIF == market.FOK:
		return "UNFILLED_FOK_ORDER_EXPIRED"
	case o.want.TIF == market.IOC:
		return "UNFILLED_IOC_QUANTITY_EXPIRED"
	}
	return ""
}

// leave takes an order that ended off the list of those that work.
func (o *order) leave() {
	if i := slices.Index(o.book.open, o); i >= 0 {
		o.book.open = slices.Delete(o.book.open, i, i+1)
	}
}
