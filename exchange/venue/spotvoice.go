package venue

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// spotVoice tells the user streams of spot. What it publishes is the event itself; who
// subscribed wraps it.
type spotVoice struct{}

// executionReport is what happened to an order.
type executionReport struct {
	Event     string  `json:"e"`
	At        int64   `json:"E"`
	Symbol    string  `json:"s"`
	Client    string  `json:"c"`
	Side      string  `json:"S"`
	Type      string  `json:"o"`
	TIF       string  `json:"f"`
	Quantity  string  `json:"q"`
	Price     string  `json:"p"`
	Stop      string  `json:"P"`
	Trailing  int64   `json:"d,omitempty"`
	Iceberg   string  `json:"F"`
	List      int64   `json:"g"`
	Original  string  `json:"C"`
	Execution string  `json:"x"`
	Status    string  `json:"X"`
	Reject    string  `json:"r"`
	Order     int64   `json:"i"`
	Last      string  `json:"l"`
	Executed  string  `json:"z"`
	LastPrice string  `json:"L"`
	Fee       string  `json:"n"`
	FeeAsset  *string `json:"N"`
	Time      int64   `json:"T"`
	Trade     int64   `json:"t"`
	Number    int64   `json:"I"`
	OnBook    bool    `json:"w"`
	Maker     bool    `json:"m"`
	Ignored   bool    `json:"M"`
	Created   int64   `json:"O"`
	Spent     string  `json:"Z"`
	LastSpent string  `json:"Y"`
	Quote     string  `json:"Q"`
	Working   int64   `json:"W,omitempty"`
	STP       string  `json:"V"`
	Strategy  int64   `json:"j,omitempty"`
	StratType int64   `json:"J,omitempty"`
	Expiry    string  `json:"eR,omitempty"`
}

// order publishes an executionReport, and what it means for the order's list.
func (spotVoice) order(s *side, o *order, e *execution) {
	b := o.book
	if l := o.list; l != nil && l.updated != e.at {
		l.updated = e.at
	}
	r := &executionReport{
		Event: "executionReport", At: s.venue.clock.now.Millis(), Symbol: b.Symbol, Client: e.client, Side: spotSide(o.want.Side), Type: o.kind, TIF: o.tif,
		Quantity: b.bases(o.quantity()), Price: b.quotes(o.want.Price), Stop: b.quotes(o.stop()), Trailing: o.want.Trail.By.IntPart(), Iceberg: b.bases(o.iceberg),
		List: o.listID(), Original: e.original(), Execution: e.kind, Status: o.status, Reject: e.reject(), Order: o.id, Executed: b.bases(o.executed),
		Time: e.at.Millis(), Trade: -1, Number: e.id, OnBook: !o.ended() && o.working > 0, Created: o.created.Millis(), Spent: b.quotes(o.spent),
		Quote: b.quotes(o.quote), STP: o.stp, Strategy: o.strategy[0], StratType: o.strategy[1], Expiry: o.expiry,
		Last: b.bases(decimal.Zero), LastPrice: b.quotes(decimal.Zero), LastSpent: b.quotes(decimal.Zero), Fee: "0",
	}
	if o.working > 0 {
		r.Working = o.working.Millis()
	}
	if t := e.trade; t != nil {
		r.Last, r.LastPrice, r.LastSpent = b.bases(t.quantity), b.quotes(t.price), b.quotes(t.quote)
		r.Fee, r.FeeAsset, r.Trade, r.Maker, r.Ignored = fixed(t.fee, s.places(b, t.feeAsset)), &t.feeAsset, t.id, t.maker, true
	}
	s.venue.hub.publish(userTopic(false), e.at, r)
}

// original returns what the order was called that a cancel ended.
func (e *execution) original() string {
	if e.client != e.order.client {
		return e.order.client
	}
	return ""
}

// reject returns the reason of a rejection in the venue's words.
func (e *execution) reject() string {
	if e.kind != "REJECTED" {
		return "NONE"
	}
	switch rejection(e.update.Reason) {
	case errNoFunds:
		return "INSUFFICIENT_BALANCE"
	case errWouldTake:
		return "WOULD_MATCH_IMMEDIATELY"
	case errWouldTrigger:
		return "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY"
	}
	return "UNKNOWN_ERROR"
}

// accountPosition is what there is of the assets that changed.
type accountPosition struct {
	Event    string         `json:"e"`
	At       int64          `json:"E"`
	Updated  int64          `json:"u"`
	Balances []assetBalance `json:"B"`
}

type assetBalance struct {
	Asset  string `json:"a"`
	Free   string `json:"f"`
	Locked string `json:"l"`
}

// account publishes an outboundAccountPosition of the assets whose balance is not what was
// told last.
func (spotVoice) account(s *side, at market.Time, assets ...string) {
	p := &accountPosition{Event: "outboundAccountPosition", At: s.venue.clock.now.Millis(), Updated: at.Millis()}
	if s.burn.On() {
		assets = append(assets, s.burn.Asset)
	}
	changed := false
	for i, a := range assets {
		if i > 1 && (a == assets[0] || a == assets[1]) {
			continue
		}
		free, locked := s.balance(a)
		b := assetBalance{a, fixed(free, 8), fixed(locked, 8)}
		changed = changed || s.shown[a] != b
		s.shown[a], p.Balances = b, append(p.Balances, b)
	}
	if changed {
		s.changed = at
		s.remember(assets...)
		s.venue.hub.publish(userTopic(false), at, p)
	}
}

// listStatus is where a list stands.
type listStatus struct {
	Event  string         `json:"e"`
	At     int64          `json:"E"`
	Symbol string         `json:"s"`
	ID     int64          `json:"g"`
	Kind   string         `json:"c"`
	Type   string         `json:"l"`
	Status string         `json:"L"`
	Reject string         `json:"r"`
	Client string         `json:"C"`
	Time   int64          `json:"T"`
	Orders []listStatusOf `json:"O"`
}

type listStatusOf struct {
	Symbol string `json:"s"`
	ID     int64  `json:"i"`
	Client string `json:"c"`
}

// tellList publishes a listStatus.
func (s *side) tellList(l *list, kind, status string) {
	e := &listStatus{Event: "listStatus", At: s.venue.clock.now.Millis(), Symbol: l.book.Symbol, ID: l.id, Kind: l.kind, Type: kind, Status: status,
		Reject: "NONE", Client: l.client, Time: l.updated.Millis()}
	for _, o := range l.orders {
		e.Orders = append(e.Orders, listStatusOf{o.book.Symbol, o.id, o.client})
	}
	s.venue.hub.publish(userTopic(false), l.updated, e)
}

// tellLists tells what became of the lists of some executions.
func (s *side) tellLists(told []execution) {
	for i := range told {
		o := told[i].order
		if o == nil || o.list == nil || o.list.done {
			continue
		}
		switch l := o.list; {
		case !l.open():
			l.done = true
			s.tellList(l, "ALL_DONE", "ALL_DONE")
		case l.entry == o && o.status == "FILLED" && told[i].kind == "TRADE":
			s.tellList(l, "UPDATED", "EXECUTING")
		}
	}
}
