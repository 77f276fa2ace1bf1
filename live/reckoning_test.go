package live

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// An oracle is who owns what, kept action by action: the session has what its orders moved
// and what came in as quote; all the rest is the owner's, below zero where coins of the
// session are missing.
type oracle struct{ account, session, owner map[string]decimal.Decimal }

func (o *oracle) own(asset string, by decimal.Decimal) {
	o.account[asset], o.session[asset] = o.account[asset].Add(by), o.session[asset].Add(by)
}

// moves gives or takes by hand what is no deposit.
func (o *oracle) moves(asset string, by decimal.Decimal) {
	o.account[asset], o.owner[asset] = o.account[asset].Add(by), o.owner[asset].Add(by)
	if short := o.owner[asset]; asset == "USDT" && short.IsNegative() {
		o.owner[asset], o.session[asset] = decimal.Zero, o.session[asset].Add(short)
	}
}

// A reckoned is a reckoning with a session whose books obey its findings.
type reckoned struct {
	*reckoning
	books   map[string]decimal.Decimal
	adopted map[string]decimal.Decimal
	halted  bool
}

func newReckoned() *reckoned {
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	in.Step = decimal.New(1, -3)
	return &reckoned{reckoning: newReckoning([]market.Instrument{in}), books: map[string]decimal.Decimal{}, adopted: map[string]decimal.Decimal{}}
}

func (r *reckoned) sight(account map[string]decimal.Decimal, foreign ...exchange.Fill) *sight {
	l := &sight{foreign: foreign}
	for _, asset := range []string{"BTC", "USDT"} {
		l.books.Assets = append(l.books.Assets, engine.Amount{Asset: asset, Quantity: r.books[asset]})
		l.account.Balances = append(l.account.Balances, exchange.Balance{Asset: asset, Free: account[asset]})
	}
	l.books.Cash = r.books["USDT"]
	return l
}

func (r *reckoned) obey(list []finding) {
	for _, f := range list {
		switch f.kind {
		case findAdopt:
			r.adopted[f.asset] = f.amount
		case findMove:
			r.books[f.asset] = r.books[f.asset].Add(f.amount)
		case findHalt:
			r.halted = true
		case findLift:
			r.halted = false
		}
	}
}

// fill moves an asset by an order of the session, which the books know.
func (r *reckoned) fill(o *oracle, asset string, by decimal.Decimal) {
	o.own(asset, by)
	r.books[asset] = r.books[asset].Add(by)
}

// drawn is one thing that happens, and the foreign fills in it.
func (o *oracle) drawn(t *rapid.T, r *reckoned) []exchange.Fill {
	amount := func(name string) decimal.Decimal { return decimal.New(rapid.Int64Range(1, 5000).Draw(t, name), -4) }
	q, price := amount("quantity"), decimal.New(rapid.Int64Range(50, 150).Draw(t, "price"), 0)
	cost, fee := q.Mul(price), decimal.New(rapid.Int64Range(0, 3).Draw(t, "fee"), -8)
	switch rapid.SampledFrom([]string{"buy", "sell", "fund", "by hand", "sold by hand", "deposit", "withdrawal", "coins in", "coins out"}).Draw(t, "what") {
	case "buy":
		if r.books["USDT"].GreaterThanOrEqual(cost) && o.account["USDT"].GreaterThanOrEqual(cost) {
			r.fill(o, "BTC", q.Sub(fee))
			r.fill(o, "USDT", cost.Neg())
		}
	case "sell":
		if r.books["BTC"].GreaterThanOrEqual(q) && o.account["BTC"].GreaterThanOrEqual(q) {
			r.fill(o, "BTC", q.Neg())
			r.fill(o, "USDT", cost.Sub(fee))
		}
	case "fund":
		r.fill(o, "USDT", fee)
	case "by hand":
		if o.account["USDT"].GreaterThanOrEqual(cost) {
			o.moves("BTC", q.Sub(fee))
			o.moves("USDT", cost.Neg())
			return []exchange.Fill{{Symbol: "BTCUSDT", Side: market.Buy, Fill: market.Fill{Price: price, Quantity: q, Fee: fee, FeeAsset: "BTC"}}}
		}
	case "sold by hand":
		if o.account["BTC"].GreaterThanOrEqual(q) {
			o.moves("BTC", q.Neg())
			o.moves("USDT", cost.Sub(fee))
			return []exchange.Fill{{Symbol: "BTCUSDT", Side: market.Sell, Fill: market.Fill{Price: price, Quantity: q, Fee: fee, FeeAsset: "USDT"}}}
		}
	case "deposit":
		o.own("USDT", q)
	case "withdrawal":
		if o.account["USDT"].GreaterThanOrEqual(q) {
			o.moves("USDT", q.Neg())
		}
	case "coins in":
		o.moves("BTC", q)
	case "coins out":
		if o.account["BTC"].GreaterThanOrEqual(q) {
			o.moves("BTC", q.Neg())
		}
	}
	return nil
}

func newOracle() *oracle {
	o := &oracle{account: map[string]decimal.Decimal{}, session: map[string]decimal.Decimal{}, owner: map[string]decimal.Decimal{}}
	o.own("USDT", decimal.New(40, 0))
	o.moves("USDT", decimal.New(10, 0))
	o.moves("BTC", decimal.New(3, -1))
	return o
}

// TestReckoningIsTheOracles: what happens one thing after the other, with balances that are
// told late now and then, is found to be what it is, to the last digit; and a reckoning that
// begins again with what the journal has goes on the same.
func TestReckoningIsTheOracles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, r := newOracle(), newReckoned()
		r.books["USDT"] = o.session["USDT"]
		r.obey(r.begin(r.sight(o.account)))
		for range rapid.IntRange(1, 40).Draw(t, "actions") {
			before := maps.Clone(o.account)
			foreign := o.drawn(t, r)
			if rapid.IntRange(0, 3).Draw(t, "late") == 0 {
				r.obey(r.look(r.sight(before, foreign...)))
				foreign = nil
			}
			r.obey(r.look(r.sight(o.account, foreign...)))
			r.obey(r.look(r.sight(o.account)))
			r.judge(t, o)
			if rapid.IntRange(0, 5).Draw(t, "restart") == 0 {
				again := newReckoned()
				again.books, again.adopted, again.halted = r.books, r.adopted, r.halted
				again.resume(r.journal())
				r = again
				l := r.sight(o.account)
				l.first = true
				r.obey(r.look(l))
				r.judge(t, o)
			}
		}
	})
}

// journal is what a process that begins anew is told.
func (r *reckoned) journal() *engine.Holdings {
	h := &engine.Holdings{Adopted: true}
	for asset, q := range r.adopted {
		h.Surplus = append(h.Surplus, engine.Amount{Asset: asset, Quantity: q})
	}
	if r.halted {
		h.Halts = []engine.Halt{{}}
		h.Halts[0].Rule, h.Halts[0].Text = reckonRule, r.said
	}
	return h
}

// judge holds a reckoning against the oracle.
func (r *reckoned) judge(t *rapid.T, o *oracle) {
	step := r.steps["BTC"]
	missing := o.owner["BTC"].Neg().GreaterThanOrEqual(step)
	if r.halted != missing {
		t.Fatalf("halted %t (%s), the owner has %v", r.halted, r.said, o.owner)
	}
	if !r.books["USDT"].Equal(o.session["USDT"]) || !r.surplus["USDT"].Equal(o.owner["USDT"]) {
		t.Fatalf("the books have %v and the surplus is %v, by the oracle %v and %v", r.books, r.surplus, o.session, o.owner)
	}
	if want := o.owner["BTC"]; missing && !r.surplus["BTC"].IsZero() || !missing && !r.surplus["BTC"].Equal(want) {
		t.Fatalf("the surplus is %v, the owner has %v", r.surplus, o.owner)
	}
	for asset, q := range r.surplus {
		if !r.adopted[asset].Equal(q) {
			t.Fatalf("the surplus of %s is %s, adopted was %s", asset, q, r.adopted[asset])
		}
	}
}

// TestReckoningAddsUp: whatever happens between two looks, in the end every digit of the
// account is the session's, the owner's, or missing.
func TestReckoningAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, r := newOracle(), newReckoned()
		r.books["USDT"] = o.session["USDT"]
		r.obey(r.begin(r.sight(o.account)))
		for range rapid.IntRange(1, 10).Draw(t, "looks") {
			before := maps.Clone(o.account)
			var foreign []exchange.Fill
			for range rapid.IntRange(0, 5).Draw(t, "actions") {
				foreign = append(foreign, o.drawn(t, r)...)
			}
			if rapid.Bool().Draw(t, "late") {
				r.obey(r.look(r.sight(before, foreign...)))
				foreign = nil
			}
			r.obey(r.look(r.sight(o.account, foreign...)))
		}
		for range 3 {
			r.obey(r.look(r.sight(o.account)))
		}
		quote := r.books["USDT"].Add(r.surplus["USDT"])
		if !quote.Equal(o.account["USDT"]) || r.surplus["USDT"].IsNegative() {
			t.Fatalf("the account has %s USDT, the books %s and the surplus is %s", o.account["USDT"], r.books["USDT"], r.surplus["USDT"])
		}
		missing := r.books["BTC"].Add(r.surplus["BTC"]).Sub(o.account["BTC"])
		if r.halted != missing.IsPositive() || !r.halted && !missing.IsZero() {
			t.Fatalf("halted %t, the account has %s BTC, the books %s and the surplus is %s", r.halted, o.account["BTC"], r.books["BTC"], r.surplus["BTC"])
		}
	})
}

// TestReckoningSays shows what is found, and what the operator reads.
func TestReckoningSays(t *testing.T) {
	dec := decimal.RequireFromString
	r := newReckoned()
	r.books["USDT"] = dec("1000")
	account := map[string]decimal.Decimal{"USDT": dec("1200"), "BTC": dec("0.5")}
	var said []string
	look := func(foreign ...exchange.Fill) {
		said = said[:0]
		list := r.look(r.sight(account, foreign...))
		r.obey(list)
		for _, f := range list {
			said = append(said, strings.TrimSpace(fmt.Sprintf("%d %s %s", f.kind, f.asset, f.text)))
		}
	}
	wants := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, said); diff != "" && len(want)+len(said) > 0 {
			t.Error(diff)
		}
	}
	r.obey(r.begin(r.sight(account)))
	account["USDT"] = dec("1300")
	look()
	wants()
	look()
	wants("2 USDT 100 USDT came in without an order: a deposit, which no strategy has")
	account["USDT"] = dec("1150")
	look()
	look()
	wants("1 USDT no order of this session moved -150 USDT: the account has 50 USDT beside the session's now, which is not traded with")
	account["USDT"], account["BTC"] = dec("1090"), dec("0.51")
	look(exchange.Fill{Symbol: "BTCUSDT", Side: market.Buy, Fill: market.Fill{Price: dec("6000"), Quantity: dec("0.01")}})
	wants("1 BTC orders that are not the session's moved 0.01 BTC: the account has 0.51 BTC beside the session's now, which is not traded with",
		"2 USDT 10 USDT are gone without an order of the session, and nothing beside its money is left to take them from: a withdrawal",
		"1 USDT orders that are not the session's moved -50 USDT: the account has 0 USDT beside the session's now, which is not traded with")
	r.books["BTC"], account["BTC"] = dec("0.2"), dec("0.1")
	look()
	wants()
	look()
	wants("1 BTC no order of this session moved -0.51 BTC: the account has 0 BTC beside the session's now, which is not traded with",
		"4  0.1 BTC are missing: the account has 0.1, the session's books 0.2; somebody sold or moved them: bring them back")
	look()
	wants()
	account["BTC"] = dec("0.1997")
	look()
	look()
	wants("1 BTC no order of this session moved -0.0003 BTC: the account has -0.0003 BTC beside the session's now, which is not traded with", "5  account and books agree again")
}

// TestReckoningOfOrders: orders of ours that should not work, those that are missing, and
// those of others.
func TestReckoningOfOrders(t *testing.T) {
	r := newReckoned()
	id := func(n uint32) market.OrderID { return market.OrderID{Strategy: "a", Sequence: n} }
	order := func(n uint32, side market.Side) market.Order {
		return market.Order{ID: id(n), Side: side, Type: market.Limit, Quantity: decimal.New(1, 0), Price: decimal.New(9, 0)}
	}
	open := func(n uint32, side market.Side) exchange.Open {
		return exchange.Open{Client: fmt.Sprint("c", n), Symbol: "BTCUSDT", Order: order(n, side)}
	}
	l := r.sight(nil)
	l.books.Decided = []market.OrderID{id(4)}
	l.books.Working = []engine.Working{{Order: order(1, market.Buy), State: market.Accepted}, {Order: order(2, market.Buy), State: market.Accepted}, {Order: order(4, market.Buy)}}
	l.account.Orders = []exchange.Open{open(1, market.Sell), open(3, market.Buy), open(5, market.Buy), open(0, market.Buy)}
	l.first = true
	said := func(list []finding) (lines []string) {
		for _, f := range list {
			lines = append(lines, strings.Join(slices.DeleteFunc([]string{fmt.Sprint(f.kind), f.order.String(), f.text}, func(s string) bool { return s == "" }), " "))
		}
		return lines
	}
	want := []string{
		"3 a/2 order a/2 works by the books, and the venue does not show it",
		"6 an order that is not of this session is left alone: buy 1 BTCUSDT (c0)",
		"4 order a/1 is a sell of BTCUSDT at the venue, and a buy of BTCUSDT by the books: cancel it there; " +
			"order a/3 (c3) works at the venue and ended by the books: cancel it there; order a/5 (c5) works at the venue and this session never decided it: cancel it there",
	}
	if diff := cmp.Diff(want, said(r.look(l))); diff != "" {
		t.Error(diff)
	}
	l.account.Orders = []exchange.Open{open(1, market.Buy), open(2, market.Buy)}
	want = []string{"6 an order that is not of this session has ended: buy 1 BTCUSDT (c0)", "5 account and books agree again"}
	if diff := cmp.Diff(want, said(r.look(l))); diff != "" {
		t.Error(diff)
	}
}

// TestReckoningOfPerpetuals: positions agree exactly, and of the quote roundings are let pass.
func TestReckoningOfPerpetuals(t *testing.T) {
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	in.Margin = &market.Margin{Leverage: decimal.New(2, 0)}
	r := newReckoning([]market.Instrument{in})
	l := &sight{}
	see := func(wallet, position string) []finding {
		l.books.Assets = []engine.Amount{{Asset: "USDT", Quantity: decimal.New(70, 0)}}
		l.books.Positions = []engine.Amount{{Asset: "BTCUSDT", Quantity: decimal.New(1, 0)}}
		l.account.Balances = []exchange.Balance{{Asset: "USDT", Free: decimal.RequireFromString(wallet)}}
		l.account.Positions = []exchange.Position{{Symbol: "BTCUSDT", Quantity: decimal.RequireFromString(position), Entry: decimal.RequireFromString("30.00000000")}}
		return r.look(l)
	}
	for k, wallet := range []string{"100", "100.005", "100.009"} {
		if list := see(wallet, "1"); len(list) > 0 {
			t.Errorf("look %d: %+v", k, list)
		}
	}
	if list := see("100.015", "1"); len(list) != 1 || list[0].kind != findAdopt || list[0].amount.String() != "0.015" {
		t.Errorf("roundings that add up: %+v", list)
	}
	see("100.015", "0.75")
	list := see("100.015", "0.75")
	want := "the account's position in BTCUSDT is 0.75, by the session's books 1: somebody traded by hand; buy 0.25 by hand"
	if len(list) != 1 || list[0].kind != findHalt || list[0].text != want {
		t.Errorf("%+v", list)
	}
}
