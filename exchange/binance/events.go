package binance

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// errStreamOver is what decoding says of the venue's last word on a stream of an account:
// the next connection needs a new subscription.
var errStreamOver = errors.New("the venue ends the stream of the account")

// userEvents make events of the account of what the venue sends on its user streams. What
// arrives twice is said once. Its methods may be called concurrently.
type userEvents struct {
	*tracker
	log *slog.Logger

	counting sync.Mutex
	flows    recent[flowKey]
	ignored  map[string]int // events that say nothing here, by name
}

// A flowKey tells the moves of money apart.
type flowKey struct {
	asset, amount, cause, balance string
	at                            market.Time
}

// maxIgnored bounds the names in ignored.
const maxIgnored = 100

func newUserEvents(names *exchange.Names, log *slog.Logger) *userEvents {
	return &userEvents{tracker: newTracker(names), log: log, flows: newRecent[flowKey](1000), ignored: map[string]int{}}
}

// ignore counts an event that says nothing here.
func (d *userEvents) ignore(name string) {
	d.counting.Lock()
	defer d.counting.Unlock()
	if _, known := d.ignored[name]; !known && len(d.ignored) >= maxIgnored {
		name = "others"
	}
	if d.ignored[name]++; d.ignored[name] == 1 {
		d.log.Debug("an event of the account that says nothing here", "event", name)
	}
}

// opened reads an event, without what it is wrapped in: "event" of the websocket API and
// "data" of combined streams.
func opened(side string, raw []byte) (f *fields, name string) {
	f = readFields(side+" event of the account", raw)
	for _, wrap := range []string{"event", "data"} {
		if f.err == nil && !f.has("e") && f.has(wrap) {
			f = f.object(wrap)
		}
	}
	if name = f.text("e"); name != "" {
		f.where = name
	}
	if f.err != nil {
		f.err = fmt.Errorf("binance: %w", f.err)
	}
	return f, name
}

// done returns what an event said, unless a part of it made no sense.
func done(f *fields, events ...exchange.AccountEvent) ([]exchange.AccountEvent, error) {
	if f.err != nil {
		return nil, fmt.Errorf("binance: %w", f.err)
	}
	return events, nil
}

// order returns what is new of an order.
func (d *userEvents) order(f *fields, r report) ([]exchange.AccountEvent, error) {
	if f.err != nil {
		return done(f)
	}
	if e, news := d.event(r); news {
		return []exchange.AccountEvent{e}, nil
	}
	return nil, nil
}

// flow returns money that moved, if it is not told for the second time. balance is what
// the account has afterwards, where the venue says it.
func (d *userEvents) flow(f *fields, asset string, amount decimal.Decimal, cause, balance string, at market.Time) []exchange.AccountEvent {
	if f.err != nil || amount.IsZero() {
		return nil
	}
	d.counting.Lock()
	defer d.counting.Unlock()
	if !d.flows.add(flowKey{asset, amount.String(), cause, balance, at}) {
		return nil
	}
	return []exchange.AccountEvent{{Flow: &market.Flow{Asset: asset, Amount: amount}, Cause: cause}}
}

// decodeSpot makes events of what the spot market sends. Those that it has said before, or
// that say nothing, are none. An error says what of an event makes no sense;
// [errStreamOver], that no more will come.
func (d *userEvents) decodeSpot(raw []byte) ([]exchange.AccountEvent, error) {
	f, name := opened("spot", raw)
	switch name {
	case "":
		return nil, f.err
	case "executionReport":
		return d.order(f, executionReport(f))
	case "balanceUpdate":
		events := d.flow(f, f.text("a"), f.amount("d"), name, "", f.time("T"))
		return done(f, events...)
	case "outboundAccountPosition": // what an order or a flow did, which are said by themselves
		for _, b := range f.list("B") {
			b.text("a")
			b.least("f")
			b.least("l")
			f.join(b)
		}
	case "listStatus": // its orders are reported one by one
		for _, o := range f.list("O") {
			o.text("s")
			o.whole("i")
			o.text("c")
			f.join(o)
		}
	case "externalLockUpdate": // the total stays
		f.text("a")
		f.amount("d")
	case "eventStreamTerminated", "serverShutdown":
		return nil, fmt.Errorf("binance: %w: %s", errStreamOver, name)
	}
	d.ignore(name)
	return done(f)
}

// executionReport reads what the spot market says of an order.
func executionReport(f *fields) report {
	r := report{symbol: f.text("s"), client: f.text("c"), id: f.whole("i"), filled: f.least("z"), at: f.time("E")}
	if f.err == nil {
		f.where += " of " + r.symbol
	}
	doing, status := f.text("x"), f.text("X")
	// The name of a cancel or of a change is not that of its order.
	if first := f.maybe("C"); first != "" && first != "null" && (doing == "CANCELED" || doing == "REPLACED") {
		r.client = first
	}
	end := ending{
		status: status, why: f.maybe("eR"), kind: f.maybe("o"), tif: f.maybe("f"),
		list: f.has("g") && f.whole("g") >= 0, refused: f.maybe("r"),
	}
	var err error
	if r.state, r.reason, err = end.state(); err != nil {
		f.fail("X", err)
	}
	switch doing {
	case "TRADE":
		r.fill = f.fill()
	case "REPLACED":
		r.change = &change{f.above("q"), f.least("p"), f.time("T")}
	}
	return r
}

// fill reads the trade of an event.
func (f *fields) fill() *market.Fill {
	trade := f.whole("t")
	if trade <= 0 {
		f.fail("t", fmt.Errorf("%d names no trade", trade))
	}
	return f.execution(strconv.FormatInt(trade, 10))
}

// execution reads what was traded, which both markets write alike.
func (f *fields) execution(trade string) *market.Fill {
	fill := &market.Fill{Trade: trade, Time: f.time("T"), Price: f.above("L"), Quantity: f.above("l"), Maker: f.is("m")}
	if fill.FeeAsset = f.maybe("N"); fill.FeeAsset != "" || f.has("n") {
		fill.Fee = f.amount("n")
	}
	if fill.FeeAsset == "" && !fill.Fee.IsZero() {
		f.fail("N", errors.New("a fee of no asset"))
	}
	return fill
}

// An ending is what the venue says of how an order stands, and why: in events and in
// answers, of both markets.
type ending struct {
	status  string // "PARTIALLY_FILLED"
	why     string // the reason of an expiry; may be empty
	refused string // the reason of a rejection; may be empty
	kind    string // "MARKET"
	tif     string // "GTC"
	list    bool   // the order is one of a list
}

// selfTrade is the reason of orders that would have traded with others of the account.
const selfTrade = "self-trade prevention"

// wouldTake is the reason of post-only orders that would have traded on arrival, which is
// what the venue means by the expiry of one.
const wouldTake = "post-only order would take"

// state returns where the order stands, and why it ended.
func (e ending) state() (market.State, string, error) {
	switch e.status {
	case "NEW", "NEW_INSURANCE", "NEW_ADL", "PENDING_CANCEL":
		return market.Accepted, "", nil
	case "PENDING_NEW":
		return market.Accepted, market.Waiting, nil
	case "PARTIALLY_FILLED":
		return market.Partial, "", nil
	case "FILLED":
		return market.Filled, "", nil
	case "CANCELED":
		return market.Cancelled, "", nil
	case "REJECTED":
		return market.Rejected, words(e.refused), nil
	case "EXPIRED_IN_MATCH":
		return market.Expired, selfTrade, nil
	case "EXPIRED":
		state, reason := e.expiry()
		return state, reason, nil
	}
	return 0, "", fmt.Errorf("an order that is %q is nothing known", e.status)
}

// expiry tells why an order expired. The numbers are those of USD-M.
func (e ending) expiry() (market.State, string) {
	switch e.why {
	case "OCO_TRIGGER":
		return market.Cancelled, market.ExitFilled
	case "OTO_PHASE_ONE_EXPIRED":
		return market.Cancelled, market.EntryEnded
	case "UNFILLED_IOC_QUANTITY_EXPIRED", "UNFILLED_FOK_ORDER_EXPIRED", "2":
		return market.Expired, market.TimeInForce
	case "INSUFFICIENT_LIQUIDITY", "9":
		return market.Expired, market.NoVolume
	case "1", "3":
		return market.Expired, selfTrade
	case "5":
		return market.Expired, market.Liquidation
	case "4":
		return market.Expired, "the position that it reduces is gone"
	case "7":
		return market.Expired, "the symbol is delisted"
	case "", "0", "NONE":
		return e.guess()
	}
	return market.Expired, words(e.why)
}

// guess tells why an order expired of which the venue does not say it.
func (e ending) guess() (market.State, string) {
	switch {
	case e.kind == "MARKET":
		return market.Expired, market.NoVolume
	case e.tif == "IOC", e.tif == "FOK", e.tif == "GTD":
		return market.Expired, market.TimeInForce
	case e.tif == "GTX":
		return market.Rejected, wouldTake
	case e.list:
		return market.Cancelled, market.ExitFilled
	}
	return market.Expired, "expired by the venue"
}

// words makes a reason of one of the venue's words, "price range exceeded", and leaves its
// sentences as they are.
func words(s string) string {
	switch {
	case s == "NONE":
		return ""
	case s != strings.ToUpper(s):
		return s
	}
	return strings.ToLower(strings.ReplaceAll(s, "_", " "))
}
