package crash_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// words are what the venue may say of an order in a state; nothing where it may be that it
// has no such order.
var words = map[market.State]string{
	market.Accepted: "NEW PENDING_NEW", market.Partial: "PARTIALLY_FILLED", market.Filled: "FILLED FINISHED", market.Cancelled: "CANCELED",
	market.Expired: "EXPIRED EXPIRED_IN_MATCH", market.Rejected: "nothing REJECTED",
}

// end judges the session once it is over.
func (j *judge) end() {
	h := j.p.venue.state()
	j.orders(h)
	j.money(h)
	j.equity()
	j.replay()
}

// orders: each intent is at the venue once, and stands there as the journal says, or was
// rejected or proven absent and is not there.
func (j *judge) orders(h *holdings) {
	there := map[string][]*order{}
	for i := range h.Orders {
		there[h.Orders[i].Client] = append(there[h.Orders[i].Client], &h.Orders[i])
	}
	traded := map[string][]string{}
	for i := range h.Trades {
		t := &h.Trades[i]
		if in := j.intents[t.Client]; in != nil && t.Time < in.at {
			j.bad("%s traded at %s, before it was decided at %s", in.order.ID, t.Time, in.at)
		}
		traded[t.Client] = append(traded[t.Client], fillLine(t.Trade, t.Price, t.Quantity, t.Fee, t.FeeAsset))
	}
	for _, in := range j.list {
		j.order(in, there[in.client])
		slices.Sort(in.fills)
		slices.Sort(traded[in.client])
		if !slices.Equal(in.fills, traded[in.client]) {
			j.bad("%s: the journal has the fills %q, the venue %q", in.order.ID, in.fills, traded[in.client])
		}
	}
}

// order judges one intent.
func (j *judge) order(in *intent, there []*order) {
	if in.refused {
		return // death has judged that it is not there
	}
	status, executed, open := "nothing", decimal.Zero, 0
	for _, o := range there {
		status, executed = o.Status, executed.Add(o.Executed)
		if o.Status == "NEW" || o.Status == "PARTIALLY_FILLED" {
			open++
		}
		if o.Symbol != in.symbol || o.Side != in.order.Side.String() || !in.asked(o) {
			j.bad("%s asks for %s, the venue has %+v", in.order.ID, describe(&in.order), *o)
		}
	}
	if in.reason == market.ExitFilled && status == "EXPIRED" { // the venue's word for it
		status = "CANCELED"
	}
	if in.leaving && !in.state.Final() {
		j.bad("%s was cancelled in the journal, and still is %s", in.order.ID, in.state)
	}
	if len(there) > 1+len(in.amended) || open > 1 {
		j.bad("%s is at the venue %d times, of which %d work", in.order.ID, len(there), open)
	}
	if !slices.Contains(strings.Fields(words[in.state]), status) || !executed.Equal(in.filled) {
		j.bad("%s of life %d is %s (%s) with %s filled, at the venue %s with %s", in.order.ID, in.life, in.state, in.reason, in.filled, status, executed)
	}
}

// asked reports whether an order of the venue is what was asked for, at first or by a change.
func (in *intent) asked(o *order) bool {
	same := func(quantity, price decimal.Decimal) bool {
		return (quantity.IsZero() || o.Quantity.Equal(quantity)) && (price.IsZero() || o.Price.Equal(price))
	}
	return same(in.order.Quantity, in.order.Price) || slices.ContainsFunc(in.amended, func(a amendment) bool { return same(a.quantity, a.price) })
}

func describe(o *market.Order) string {
	b, err := json.Marshal(o)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// money: what the account has is what it began with and what the fills of the journal moved,
// to the last digit.
func (j *judge) money(h *holdings) {
	have := map[string]decimal.Decimal{"USDT": number("100000"), "BTC": number("3")}
	digits := int32(18)
	if j.p.kind.usdm {
		have, digits = map[string]decimal.Decimal{"USDT": number("100000")}, 6 // an average price is the result of a division
	}
	add := func(asset string, d decimal.Decimal) { have[asset] = have[asset].Add(d) }
	for i := range h.Trades {
		t := &h.Trades[i]
		in := j.intents[t.Client]
		if in == nil {
			j.bad("a trade of an order that nobody decided: %+v", *t)
			continue
		}
		base, amount := strings.TrimSuffix(t.Symbol, "USDT"), t.Quantity
		if in.order.Side == market.Sell {
			amount = amount.Neg()
		}
		add(base, amount)
		add("USDT", amount.Mul(t.Price).Neg())
		add(t.FeeAsset, t.Fee.Neg())
	}
	for _, p := range h.Positions {
		base := strings.TrimSuffix(p.Symbol, "USDT")
		if !p.Quantity.Equal(have[base]) {
			j.bad("the account holds %s %s, the fills make %s", p.Quantity, base, have[base])
		}
		add("USDT", p.Quantity.Mul(p.Entry))
	}
	for _, b := range h.Balances {
		if total := b.Free.Add(b.Locked); !total.Round(digits).Equal(have[b.Asset].Round(digits)) {
			j.bad("the account has %s %s, the fills make %s", total, b.Asset, have[b.Asset])
		}
	}
}

// equity: what the session says it has is what its own fills moved.
func (j *judge) equity() {
	last := j.p.lives[len(j.p.lives)-1]
	if last.died != "" {
		return // it was killed between the end of the journal and the report
	}
	var report struct {
		Final decimal.Decimal `json:"final_equity"`
	}
	if err := json.Unmarshal([]byte(last.last), &report); err != nil || report.Final.IsZero() {
		j.bad("the session ends without a report: %.200s", last.last)
		return
	}
	want := number(cash)
	for _, in := range j.list {
		want = want.Add(in.worth(j.closes[in.symbol]))
	}
	if !want.Equal(report.Final) {
		j.bad("the session has %s at its end, the journal's fills make %s", report.Final, want)
	}
}

// worth is what the fills of an intent have brought, at a last price.
func (in *intent) worth(last decimal.Decimal) decimal.Decimal {
	sum := decimal.Zero
	for _, f := range in.moves {
		amount := f.Quantity
		if in.order.Side == market.Sell {
			amount = amount.Neg()
		}
		sum = sum.Add(amount.Mul(last.Sub(f.Price)))
		if f.FeeAsset == "USDT" {
			sum = sum.Sub(f.Fee)
		} else {
			sum = sum.Sub(f.Fee.Mul(last))
		}
	}
	return sum
}

// replay: the strategies reach the same decisions over the journal.
func (j *judge) replay() {
	out, err := exec.Command(program(j.p.t), "--data", j.p.data(), "replay", j.path).CombinedOutput()
	if err != nil && !bytes.Contains(out, []byte("unknown command")) { // there is none yet
		j.bad("replay: %v: %.1000s", err, out)
	}
}
