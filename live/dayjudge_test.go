package live_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// A witness is a market whose stream is written down.
type witness struct {
	exchange.Market
	now    func() market.Time
	subs   []exchange.Subscription
	events []exchange.Event
}

// Stream implements exchange.Market.
func (w *witness) Stream(ctx context.Context, subs []exchange.Subscription, ready func(), emit func(exchange.Event)) error {
	w.subs = subs
	return w.Market.Stream(ctx, subs, ready, func(e exchange.Event) {
		w.events = append(w.events, e)
		emit(e)
	})
}

// judge compares what the session knows with what the venue has.
func (d *day) judge() {
	if d.result == nil {
		d.t.Fatal("there is no result")
	}
	d.judgeBars()
	state := d.venue.State()
	h := state.Spot
	if d.usdm {
		h = state.USDM
	}
	d.judgeOrders(h)
	d.judgeFills(h)
	d.judgeMoney(h)
	d.judgeBooks(h)
	d.t.Logf("seed %d: %d orders of ours, %d by hand, %d at the venue, %d trades, %d events of the market, %d faults set, %d kinds hit", d.seed, len(d.result.Orders), d.hands,
		len(h.Orders), len(h.Trades), len(d.market.events), len(d.faults), len(d.venue.FaultHits()))
}

// judgeBars: each bar of the tape came once, in rising time, and what came late was
// announced by a gap.
func (d *day) judgeBars() {
	for k, sub := range d.market.subs {
		tape := d.tape.Bars[slices.IndexFunc(d.tape.Instruments, func(i market.Instrument) bool { return i.Symbol == sub.Instrument.Symbol })]
		row, gaps := tape.Search(sub.After), []exchange.Gap(nil)
		for _, e := range d.market.events {
			switch {
			case e.Subscription != k || e.Funding != nil:
				continue
			case e.Gap != nil:
				gaps = append(gaps, *e.Gap)
				continue
			}
			if row == tape.Len() || e.Bar != tape.Bar(row) {
				d.t.Fatalf("%s: %+v came where row %d, %+v, was due", sub.Instrument.Symbol, e.Bar, row, tape.Bar(min(row, tape.Len()-1)))
			}
			closes := e.Bar.OpenTime + market.Time(market.Minute)
			if e.Late && closes > d.start+2*market.Time(market.Minute) && !slices.ContainsFunc(gaps, func(g exchange.Gap) bool { return g.From <= closes && closes <= g.To }) {
				d.t.Errorf("%s: no gap announced that the bar of %s was missing", sub.Instrument.Symbol, e.Bar.OpenTime)
			}
			row++
		}
		if end := tape.Search(d.start + market.Time(d.hours+1)*hour - market.Time(2*market.Minute)); row < end {
			d.t.Errorf("%s: %d bars of %d came", sub.Instrument.Symbol, row, end)
		}
	}
}

// stateWords are what the venue may say of an order in a state; nothing where it may be
// that it has no such order.
var stateWords = map[market.State]string{
	market.Accepted: "NEW PENDING_NEW", market.Partial: "PARTIALLY_FILLED", market.Filled: "FILLED FINISHED", market.Cancelled: "CANCELED",
	market.Expired: "EXPIRED EXPIRED_IN_MATCH", market.Rejected: "nothing REJECTED", market.Refused: "nothing",
}

// judgeOrders: an order of ours is at the venue, and stands there as we think, or it was
// rejected; the venue has none beside.
func (d *day) judgeOrders(h *venue.Holdings) {
	there := map[string][]venue.Order{}
	for _, o := range h.Orders {
		there[o.Client] = append(there[o.Client], o)
	}
	ours := map[string]bool{}
	for _, o := range d.result.Orders {
		client := d.names.Client(o.ID)
		ours[client] = true
		status, executed, open := "nothing", decimal.Zero, 0
		for _, at := range there[client] {
			status, executed = at.Status, executed.Add(at.Executed)
			if at.Status == "NEW" || at.Status == "PARTIALLY_FILLED" {
				open++
			}
		}
		if o.End == market.ExitFilled && status == "EXPIRED" { // the venue's word for it
			status = "CANCELED"
		}
		if !slices.Contains(strings.Fields(stateWords[o.State]), status) || !executed.Equal(o.Filled) || open > 1 {
			d.doubts = append(d.doubts, "order="+o.ID.String()+" ")
			d.t.Errorf("%s %s %s %s is %s with %s filled (%s), at the venue %s with %s: %+v", o.ID, client, o.Side, o.Type, o.State, o.Filled, o.End, status, executed, there[client])
		}
	}
	for _, o := range h.Orders {
		if _, ok := d.names.Find(o.Client); ok && !ours[o.Client] {
			d.t.Errorf("the venue has an order %s that nobody decided", o.Client)
		}
	}
}

// judgeFills: each trade of the venue was told once, to the last digit.
func (d *day) judgeFills(h *venue.Holdings) {
	var told, traded []string
	line := func(client string, f *market.Fill) string {
		return fmt.Sprintf("%s trade %s %s × %s fee %s %s maker %t", client, f.Trade, f.Quantity, f.Price, f.Fee, f.FeeAsset, f.Maker)
	}
	for _, o := range d.result.Orders {
		for _, f := range o.Fills {
			told = append(told, line(d.names.Client(o.ID), f))
		}
	}
	for _, trade := range h.Trades {
		if _, ok := d.names.Find(trade.Client); ok {
			traded = append(traded, line(trade.Client, &trade.Fill))
		}
	}
	slices.Sort(told)
	slices.Sort(traded)
	if !slices.Equal(told, traded) {
		d.t.Errorf("%d fills were told, %d traded; told only: %v; traded only: %v", len(told), len(traded), missing(told, traded), missing(traded, told))
	}
}

// missing returns what of a is not in b.
func missing(a, b []string) (list []string) {
	for _, s := range a {
		if _, ok := slices.BinarySearch(b, s); !ok && len(list) < 20 {
			list = append(list, s)
		}
	}
	return list
}

// judgeMoney: what the account has is what it began with, what was paid in, and what the
// trades moved; and what the session has, what its own trades and what was paid in moved.
// What is no open trade is dust, and less than a step.
func (d *day) judgeMoney(h *venue.Holdings) {
	all, ours := map[string]decimal.Decimal{}, map[string]decimal.Decimal{"USDT": decimal.New(50_000, 0)}
	for asset, amount := range d.tape.Balances {
		all[asset] = amount
	}
	sides := map[int64]market.Side{}
	for _, o := range h.Orders {
		sides[o.ID] = o.Side
	}
	for _, trade := range h.Trades {
		move(all, &trade, sides[trade.Order])
		if _, ok := d.names.Find(trade.Client); ok {
			move(ours, &trade, sides[trade.Order])
		}
	}
	for _, f := range d.faults {
		if f.Name == venue.FaultDeposit && !d.log.says("a fault did not happen", "fault="+f.String()) {
			asset, amount, _ := strings.Cut(f.Value, "/")
			all[asset] = all[asset].Add(decimal.RequireFromString(amount))
		}
	}
	for _, p := range h.Positions { // what it cost is in the account until it is closed
		all["USDT"] = all["USDT"].Add(p.Quantity.Mul(p.Entry))
		if base := strings.TrimSuffix(p.Symbol, "USDT"); !p.Quantity.Equal(all[base]) {
			d.t.Errorf("the account holds %s %s, its trades make %s", p.Quantity, base, all[base])
		}
	}
	digits := int32(18)
	if d.usdm {
		digits = 6 // an average price is the result of a division
	}
	for _, b := range h.Balances {
		if total := b.Free.Add(b.Locked); !total.Round(digits).Equal(all[b.Asset].Round(digits)) {
			d.t.Errorf("the account has %s %s, its trades make %s", total, b.Asset, all[b.Asset])
		}
	}
	want := ours["USDT"]
	for k, in := range d.result.Instruments {
		want = want.Add(ours[in.Base].Mul(decimal.NewFromFloat(d.lastClose(k))))
	}
	if want = want.Add(d.result.Moved); !want.Equal(d.result.Final) {
		d.t.Errorf("the session has %s, its trades and what was paid in make %s", d.result.Final, want)
	}
	for _, o := range d.result.Open {
		in := &d.result.Instruments[o.Trade.Instrument]
		dust := ours[in.Base].Sub(o.Quantity)
		if dust.IsNegative() || !dust.IsZero() && d.usdm {
			d.t.Errorf("the session holds %s, its trades make %s", o.Quantity, ours[in.Base])
		}
	}
}

// judgeBooks: each digit of the account is in the books, or was taken note of, or new risk is
// halted since coins are missing.
func (d *day) judgeBooks(h *venue.Holdings) {
	halted := slices.ContainsFunc(d.books.Halts, func(h engine.Halt) bool { return h.Rule == "reconcile" })
	slack, missing, apart := decimal.Zero, false, false
	if d.usdm {
		slack = decimal.New(2, -4)
	}
	if d.usdm && d.hands > 0 { // what that lost or won may be less than the cent of which nobody hears
		slack = decimal.New(2, -2)
	}
	has, surplus := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
	for _, b := range h.Balances {
		has[b.Asset] = b.Free.Add(b.Locked)
	}
	for _, p := range h.Positions {
		has["USDT"] = has["USDT"].Sub(p.Quantity.Mul(p.Entry))
	}
	for _, a := range d.books.Surplus {
		surplus[a.Asset] = a.Quantity
	}
	for _, p := range h.Positions {
		k := slices.IndexFunc(d.books.Positions, func(a engine.Amount) bool { return a.Asset == p.Symbol })
		apart = apart || k < 0 || !d.books.Positions[k].Quantity.Equal(p.Quantity)
	}
	apart = apart || len(h.Positions) != len(d.books.Positions)
	for _, a := range d.books.Assets {
		switch by := has[a.Asset].Sub(a.Quantity).Sub(surplus[a.Asset]); {
		case apart || by.Abs().LessThanOrEqual(slack): // where positions are apart, what they cost is too
		case by.IsNegative() && a.Asset != "USDT":
			missing = true
		default:
			d.t.Errorf("the account has %s %s, the books %s, and taken note was of %s; flows: %v", has[a.Asset], a.Asset, a.Quantity, surplus[a.Asset], d.result.Flows)
		}
	}
	if missing = missing || apart; missing != halted {
		d.t.Errorf("halted %t for %v, something is missing %t: %+v", halted, d.books.Halts, missing, d.books)
	}
	d.judgeFlows(slack)
}

// judgeFlows: what was paid in is the session's; what was paid out, and what was traded by
// hand, is not, for there is enough beside its money.
func (d *day) judgeFlows(slack decimal.Decimal) {
	paid, near := decimal.Zero, false
	for _, f := range d.faults {
		if f.Name != venue.FaultDeposit || d.log.says("a fault did not happen", "fault="+f.String()) {
			continue
		}
		_, amount, _ := strings.Cut(f.Value, "/")
		if in := decimal.RequireFromString(amount); in.IsPositive() {
			paid = paid.Add(in)
			continue
		}
		near = near || slices.ContainsFunc(d.faults, func(o venue.Fault) bool { // both may be found as one
			return o.Name == venue.FaultDeposit && o.Value != f.Value && (o.After-f.After).Abs() < 30*time.Minute
		})
	}
	if d.usdm && d.hands > 0 {
		return // by what that lost or won too
	}
	if !near && d.result.Moved.Sub(paid).Abs().GreaterThan(slack) {
		d.t.Errorf("%s was paid in, the session was told of %s: %v", paid, d.result.Moved, d.result.Flows)
	}
}

// move adds what a trade moved.
func move(m map[string]decimal.Decimal, t *venue.Trade, side market.Side) {
	base, amount := strings.TrimSuffix(t.Symbol, "USDT"), t.Quantity
	if side == market.Sell {
		amount = amount.Neg()
	}
	m[base] = m[base].Add(amount)
	m["USDT"] = m["USDT"].Sub(amount.Mul(t.Price))
	m[t.FeeAsset] = m[t.FeeAsset].Sub(t.Fee)
}

// lastClose returns the close of the last bar that the session saw.
func (d *day) lastClose(instrument int) (last float64) {
	for _, frame := range d.book.frames {
		for _, r := range frame {
			if r.Kind == market.RecordEvent && r.Event.Kind == market.KindBar && int(r.Event.Instrument) == instrument {
				last = r.Event.Bar().Close
			}
		}
	}
	return last
}

// says reports whether a line of the log has these words.
func (n *dayNotes) says(words ...string) bool {
	return slices.ContainsFunc(n.lines, func(line string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) })
	})
}
