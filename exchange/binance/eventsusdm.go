package binance

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// decodeUSDM makes events of what USD-M sends, as decodeSpot does of spot's.
func (d *userEvents) decodeUSDM(raw []byte) ([]exchange.AccountEvent, error) {
	f, name := opened("USD-M", raw)
	switch name {
	case "":
		return nil, f.err
	case "ORDER_TRADE_UPDATE":
		return d.order(f, orderTradeUpdate(f))
	case "ALGO_UPDATE":
		return d.order(f, algoUpdate(f))
	case "ACCOUNT_UPDATE":
		return d.accountUpdate(f)
	case "CONDITIONAL_ORDER_TRIGGER_REJECT":
		return d.triggerReject(f)
	case "ACCOUNT_CONFIG_UPDATE":
		return d.configUpdate(f)
	case "MARGIN_CALL":
		d.marginCall(f)
	case "listenKeyExpired":
		return nil, fmt.Errorf("binance: %w: %s", errStreamOver, name)
	}
	d.ignore(name) // TRADE_LITE too: ORDER_TRADE_UPDATE says more
	return done(f)
}

// orderTradeUpdate reads what USD-M says of an order, and of what a conditional order of
// ours became: that has its client order id.
func orderTradeUpdate(f *fields) report {
	o := f.object("o")
	defer func() { f.join(o) }()
	r := report{symbol: o.text("s"), client: o.text("c"), id: o.whole("i"), filled: o.least("z"), at: f.time("E")}
	if o.err == nil {
		o.where = f.where + " of " + r.symbol
	}
	doing := o.text("x")
	end := ending{status: o.text("X"), why: o.maybe("er"), kind: o.maybe("o"), tif: o.maybe("f"), refused: o.maybe("r")}
	var err error
	if r.state, r.reason, err = end.state(); err != nil {
		o.fail("X", err)
	}
	switch doing {
	case "TRADE":
		r.fill = o.fill()
	case "CALCULATED": // of a liquidation: it may name no trade
		r.fill = o.calculated(r.id)
	case "AMENDMENT":
		r.change = &change{o.above("q"), o.least("p"), o.time("T")}
	}
	if r.fill != nil && liquidates(r.client) {
		r.reason = market.Liquidation
	}
	return r
}

// calculated reads the execution of a liquidation, nil where it says only that one begins.
func (f *fields) calculated(order int64) *market.Fill {
	if !f.least("l").IsPositive() {
		return nil
	}
	if f.has("t") && f.whole("t") > 0 {
		return f.fill()
	}
	return f.execution(fmt.Sprintf("%d at %s", order, f.amount("z")))
}

// liquidates reports whether the venue itself made an order, to close a position.
func liquidates(client string) bool {
	for _, own := range []string{"autoclose-", "adl_autoclose", "settlement_autoclose-"} {
		if strings.HasPrefix(client, own) {
			return true
		}
	}
	return false
}

// algoUpdate reads what USD-M says of a conditional order. Once it is triggered, the order
// that it became speaks for it, which "ai" names.
func algoUpdate(f *fields) report {
	o := f.object("o")
	defer func() { f.join(o) }()
	r := report{symbol: o.text("s"), client: o.text("caid"), at: f.time("E"), waits: true}
	if o.err == nil {
		o.where = f.where + " of " + r.symbol
	}
	if ai := o.maybe("ai"); ai != "" {
		r.id = o.whole("ai")
	}
	if aq := o.maybe("aq"); aq != "" {
		r.filled = o.least("aq")
	}
	a := algoStatus{status: o.text("X"), refused: o.maybe("rm"), whole: o.has("q") && r.filled.IsPositive() && r.filled.Equal(o.amount("q"))}
	var err error
	if r.state, r.reason, err = a.state(); err != nil {
		o.fail("X", err)
	}
	return r
}

// An algoStatus is what the venue says of how a conditional order stands: in events and in
// answers.
type algoStatus struct {
	status  string
	refused string // why it was rejected; may be empty
	whole   bool   // all of it has traded
}

// state returns where the order stands, and why it ended. FINISHED alone does not say how:
// the order that it became does.
func (a algoStatus) state() (market.State, string, error) {
	switch a.status {
	case "FINISHED":
		if a.whole {
			return market.Filled, "", nil
		}
		return market.Accepted, "", nil
	case "NEW", "TRIGGERING", "TRIGGERED":
		return market.Accepted, "", nil
	case "CANCELED":
		return market.Cancelled, "", nil
	case "REJECTED":
		return market.Rejected, words(a.refused), nil
	case "EXPIRED":
		if a.refused == "" {
			return market.Expired, "expired by the venue", nil
		}
		return market.Expired, words(a.refused), nil
	}
	return 0, "", fmt.Errorf("a conditional order that is %q is nothing known", a.status)
}

// noFlow lists the causes of changes of an account that are no money from elsewhere: what
// orders did is said with them, and margin moves inside the account.
var noFlow = []string{"ORDER", "MARGIN_TRANSFER", "MARGIN_TYPE_CHANGE"}

// accountUpdate reads what moved money, and what an account has then.
func (d *userEvents) accountUpdate(f *fields) ([]exchange.AccountEvent, error) {
	a := f.object("a")
	cause, at := a.text("m"), f.time("T")
	balances := a.list("B")
	for _, b := range balances {
		b.text("a")
		b.amount("wb")
		if b.has("bc") {
			b.amount("bc")
		}
		a.join(b)
	}
	if f.join(a); f.err != nil || slices.Contains(noFlow, cause) {
		return done(f)
	}
	var events []exchange.AccountEvent
	for _, b := range balances {
		if b.has("bc") {
			events = append(events, d.flow(b, b.text("a"), b.amount("bc"), cause, b.maybe("wb"), at)...)
		}
	}
	return events, nil
}

// triggerReject reads that a conditional order could not become an order.
func (d *userEvents) triggerReject(f *fields) ([]exchange.AccountEvent, error) {
	o := f.object("or")
	r := report{symbol: o.text("s"), id: o.whole("i"), state: market.Rejected, reason: o.maybe("r"), at: f.time("E")}
	f.join(o)
	return d.order(f, r)
}

// configUpdate reads that somebody changed how the account trades.
func (d *userEvents) configUpdate(f *fields) ([]exchange.AccountEvent, error) {
	if f.has("ac") {
		c := f.object("ac")
		symbol, leverage := c.text("s"), c.whole("l")
		if f.join(c); f.err == nil {
			d.log.Warn("the leverage of the account was changed", "symbol", symbol, "leverage", strconv.FormatInt(leverage, 10))
		}
	}
	if f.has("ai") {
		c := f.object("ai")
		multi := c.is("j")
		if f.join(c); f.err == nil && multi {
			return done(f, exchange.AccountEvent{Fault: multiAsset()})
		}
	}
	return done(f)
}

// multiAsset says why an account in multi-asset mode is not traded with.
func multiAsset() *exchange.Fault {
	return &exchange.Fault{
		Kind: exchange.ErrRejected, What: "multi-assets mode of USD-M", Fatal: true,
		Err:  errors.New("all assets of the account share their margin, which the rules of margin here do not know"),
		Hint: "switch the account to single-asset mode at the venue",
	}
}

// marginCall warns that positions come near to their liquidation.
func (d *userEvents) marginCall(f *fields) {
	var symbols []string
	for _, p := range f.list("p") {
		symbols = append(symbols, p.text("s"))
		f.join(p)
	}
	if f.err == nil {
		d.log.Warn("margin call: positions are close to their liquidation", "symbols", strings.Join(symbols, ", "))
	}
}
