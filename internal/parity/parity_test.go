package parity_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/parity"
	"github.com/signalman-trading/signalman/market"
)

const minute = market.Time(market.Minute)

func instruments() []market.Instrument {
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	return []market.Instrument{in}
}

// script makes a book of what is written.
type script struct {
	*parity.Book
	bars *market.Columns
	n    uint32
}

func begin() *script {
	s := &script{Book: parity.NewBook(instruments(), 0), bars: market.MakeColumns(market.Minute, 8)}
	return s
}

// bar adds a bar that closes at a minute, and comes so much later.
func (s *script) bar(at, late market.Time, price float64) *script {
	s.bars.Append(market.Bar{OpenTime: at*minute - minute, Open: price, High: price, Low: price, Close: price, Volume: 1})
	e := market.Event{Time: at*minute + late, Kind: market.KindBar, Interval: market.Minute, Bars: s.bars, Row: int32(s.bars.Len() - 1)}
	s.Record(market.Record{Kind: market.RecordEvent, Time: e.Time, Event: e})
	return s
}

// order adds an order of 1 that is decided at a minute.
func (s *script) order(at market.Time, side market.Side) market.OrderID {
	return s.decide(at*minute, side)
}

func (s *script) decide(at market.Time, side market.Side) market.OrderID {
	s.n++
	o := market.Order{ID: market.OrderID{Strategy: "a", Sequence: s.n}, Side: side, Type: market.Market, Quantity: decimal.New(1, 0)}
	s.Record(market.Record{Kind: market.RecordDecision, Time: at, Decision: &market.Decision{Time: at, Action: market.Submit, Order: o}})
	return o.ID
}

func (s *script) update(at market.Time, id market.OrderID, state market.State, why string, fill *market.Fill) {
	u := &market.OrderUpdate{ID: id, Symbol: "BTCUSDT", State: state, Time: at, Reason: why, Fill: fill}
	s.Record(market.Record{Kind: market.RecordEvent, Time: at, Event: market.Event{Time: at, Kind: market.KindUpdate, Update: u}})
}

func fill(at market.Time, price, quantity, fee string) *market.Fill {
	d := decimal.RequireFromString
	return &market.Fill{Time: at, Price: d(price), Quantity: d(quantity), Fee: d(fee), FeeAsset: "USDT"}
}

// filled is a bought order on bars of 100, which is worth 110 at the end.
func filled(at market.Time, price, quantity, fee string) *script {
	s := begin().bar(1, 0, 100)
	id := s.order(1, market.Buy)
	state := market.Filled
	if quantity != "1" {
		state = market.Partial
	}
	s.update(at, id, state, "", fill(at, price, quantity, fee))
	return s.bar(2, 0, 100).bar(3, 0, 110)
}

// TestClasses: what each difference is called, and what it costs.
func TestClasses(t *testing.T) {
	rejected := begin().bar(1, 0, 100)
	rejected.update(minute, rejected.order(1, market.Buy), market.Rejected, "no funds", nil)
	rejected.bar(2, 0, 100).bar(3, 0, 110)
	later := begin().bar(1, 0, 100)
	later.order(1, market.Buy)
	later.order(2, market.Sell)
	answer, sooner, odd := begin().bar(1, 0, 100), begin().bar(1, 0, 100), begin().bar(1, 0, 100)
	answer.decide(minute+7, market.Buy)
	sooner.decide(minute, market.Buy)
	odd.decide(3*minute, market.Buy)
	other := begin().bar(1, 0, 100)
	other.order(1, market.Buy)
	pending := begin().bar(1, 0, 100)
	pending.order(1, market.Buy)
	over := begin().bar(1, 0, 100)
	over.update(minute+1, over.order(1, market.Buy), market.Filled, "", fill(minute+1, "100", "1", "0"))
	late := begin().bar(1, 0, 100)
	late.update(minute+5, late.order(1, market.Buy), market.Filled, "", fill(minute+5, "100", "1", "0"))
	late.bar(2, 9, 100).bar(3, 0, 110)
	known := begin().bar(1, 0, 100)
	known.update(2*minute+9, known.order(1, market.Buy), market.Filled, "", fill(minute, "100", "1", "0"))
	known.bar(2, 9, 100).bar(3, 0, 110)
	for name, x := range map[string]struct {
		session, backtest *script
		want              map[parity.Class]string
	}{
		"equal":       {filled(minute, "100", "1", "0.1"), filled(minute, "100", "1", "0.1"), nil},
		"slippage":    {filled(minute, "101", "1", "0.1"), filled(minute, "100", "1", "0.1"), map[parity.Class]string{parity.Slippage: "1"}},
		"fee":         {filled(minute, "100", "1", "0.3"), filled(minute, "100", "1", "0.1"), map[parity.Class]string{parity.Fee: "0.2"}},
		"latency":     {filled(minute+5, "100", "1", "0.1"), filled(minute, "100", "1", "0.1"), map[parity.Class]string{parity.Latency: "0"}},
		"part":        {filled(minute, "100", "0.4", "0.04"), filled(minute, "100", "1", "0.1"), map[parity.Class]string{parity.Quantity: "5.94"}},
		"reject":      {rejected, filled(minute, "100", "1", "0.1"), map[parity.Class]string{parity.Reject: "9.9"}},
		"end":         {over, pending, map[parity.Class]string{parity.End: "0"}},
		"late bar":    {late, known, map[parity.Class]string{parity.LateBar: "0"}},
		"answer":      {answer, sooner, map[parity.Class]string{parity.Latency: "0"}},
		"too late":    {odd, sooner, map[parity.Class]string{parity.Unexplained: "0"}},
		"unexplained": {later, other, map[parity.Class]string{parity.Unexplained: "0"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := parity.Compare(x.session.Book, x.backtest.Book, parity.Options{})
			got := map[parity.Class]string{}
			for _, total := range r.Totals {
				got[total.Class] = total.Money.String()
			}
			if diff := cmp.Diff(x.want, got); diff != "" && len(x.want)+len(got) > 0 {
				t.Errorf("%s\n%+v", diff, r.Differences)
			}
		})
	}
}

// TestConsequence: an order that one side alone decided follows from what was filled
// otherwise before it, and is unexplained without.
func TestConsequence(t *testing.T) {
	session, backtest := filled(minute, "101", "1", "0"), filled(minute, "100", "1", "0")
	session.order(3, market.Sell)
	r := parity.Compare(session.Book, backtest.Book, parity.Options{})
	if n := len(r.Differences); n != 2 || r.Differences[0].Class != parity.Slippage || r.Differences[1].Class != parity.Missing || r.Differences[1].Order != "a/2" {
		t.Errorf("%+v", r.Differences)
	}
}

// cancel asks for the end of an order.
func (s *script) cancel(at market.Time, id market.OrderID) {
	s.Record(market.Record{Kind: market.RecordDecision, Time: at, Decision: &market.Decision{Time: at, Action: market.Cancel, Order: market.Order{ID: id}}})
}

// down says that no process ran before a time.
func (s *script) down(at market.Time) *script {
	e := market.Event{Time: at, Kind: market.KindCommand, Command: market.Downtime, Instrument: market.NoInstrument, Word: &market.Word{Since: at - minute}}
	s.Record(market.Record{Kind: market.RecordEvent, Time: at, Event: e})
	return s
}

// told is an order of the first minute whose fill, of that minute, is known later.
func told(known market.Time) (*script, market.OrderID) {
	s := begin().bar(1, 0, 100)
	id := s.order(1, market.Buy)
	s.update(minute, id, market.Accepted, "", nil)
	s.update(known, id, market.Filled, "", fill(minute, "100", "1", "0"))
	return s, id
}

// TestAnswers: a strategy that answers an outcome does so when it knows it, which explains
// what it decides from then on, and nothing before. What it did not answer is not listed.
func TestAnswers(t *testing.T) {
	const second = market.Time(1e9)
	type class = parity.Class
	for name, x := range map[string]struct {
		session, backtest func() *script
		want              []class
	}{
		"told at once": {
			func() *script { s, _ := told(minute + 1); s.decide(minute+1, market.Sell); return s.bar(2, 0, 100) },
			func() *script { s, _ := told(2 * minute); s.bar(2, 0, 100).decide(2*minute, market.Sell); return s },
			[]class{parity.Latency, parity.Latency},
		},
		"told late, and cancelled meanwhile": {
			func() *script { s, id := told(2*minute + second/4); s.cancel(2*minute, id); return s },
			func() *script { s, _ := told(2 * minute); return s },
			[]class{parity.Latency, parity.Consequence},
		},
		"told late, and another decided meanwhile": {
			func() *script { s, _ := told(2*minute + second/4); s.order(2, market.Buy); return s },
			func() *script { s, _ := told(2 * minute); return s },
			[]class{parity.Latency, parity.Missing},
		},
		"not answered": {
			func() *script { s, _ := told(minute + 1); return s },
			func() *script { s, _ := told(2 * minute); return s },
			nil,
		},
		"decided before": {
			func() *script { s, _ := told(3 * minute); s.order(2, market.Sell); return s },
			func() *script { s, _ := told(4 * minute); return s },
			[]class{parity.Unexplained},
		},
		"another amount, whose own answer is no reason": {
			func() *script { s, _ := told(minute); return s },
			func() *script {
				s := begin().bar(1, 0, 100)
				o := market.Order{ID: market.OrderID{Strategy: "a", Sequence: 1}, Type: market.Market, Side: market.Buy, Quantity: decimal.New(2, 0)}
				s.Record(market.Record{Kind: market.RecordDecision, Time: minute, Decision: &market.Decision{Time: minute, Action: market.Submit, Order: o}})
				s.update(minute+1, o.ID, market.Filled, "", fill(minute, "100", "1", "0"))
				return s
			},
			[]class{parity.Unexplained},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := parity.Compare(x.session().Book, x.backtest().Book, parity.Options{})
			var got []class
			for i := range r.Differences {
				got = append(got, r.Differences[i].Class)
			}
			slices.Sort(got)
			slices.Sort(x.want)
			if !slices.Equal(got, x.want) {
				t.Errorf("%+v", r.Differences)
			}
		})
	}
}

// TestOutages: what a session at a venue decides once bars came late, or once it went on after
// a time without a process, is explained by that; what it decided before is not, nor anything
// where both sides had the same venue.
func TestOutages(t *testing.T) {
	disturbed := map[string]func() *script{
		"late bar": func() *script { return begin().bar(1, 0, 100).bar(2, 5*minute, 100) },
		"downtime": func() *script { return begin().bar(1, 0, 100).down(7 * minute) },
	}
	for class, session := range disturbed {
		for _, x := range []struct {
			name string
			at   market.Time
			o    parity.Options
			want parity.Class
		}{
			{"in it", 7 * minute, parity.Options{}, parity.Class(class)},
			{"after it", 9 * minute, parity.Options{}, parity.Class(class)},
			{"before it", 6 * minute, parity.Options{}, parity.Unexplained},
			{"on paper", 9 * minute, parity.Options{Exact: true}, parity.Unexplained},
			{"simulated", 9 * minute, parity.Options{Simulated: true}, parity.Unexplained},
		} {
			t.Run(class+" "+x.name, func(t *testing.T) {
				s := session()
				for k := range market.Time(3) {
					s.cancel(x.at+k, s.decide(x.at+k, market.Sell))
				}
				r := parity.Compare(s.Book, session().Book, x.o)
				if len(r.Totals) != 1 || r.Totals[0].Class != x.want || r.Totals[0].N != 3 {
					t.Errorf("%+v", r.Differences)
				}
			})
		}
		t.Run(class+" cancels an older order", func(t *testing.T) {
			s, b := session(), session()
			s.cancel(8*minute, s.decide(3*minute, market.Sell))
			b.decide(3*minute, market.Sell)
			if r := parity.Compare(s.Book, b.Book, parity.Options{}); len(r.Totals) != 1 || r.Totals[0].Class != parity.Class(class) {
				t.Errorf("%+v", r.Differences)
			}
		})
	}
}

// TestExact: where everything must be equal, so must be the time at which an outcome was known
// and the number of an order.
func TestExact(t *testing.T) {
	session, backtest := filled(minute, "100", "1", "0"), begin().bar(1, 0, 100)
	backtest.update(minute+7, backtest.order(1, market.Buy), market.Filled, "", fill(minute, "100", "1", "0"))
	backtest.bar(2, 0, 100).bar(3, 0, 110)
	if r := parity.Compare(session.Book, backtest.Book, parity.Options{}); len(r.Differences) > 0 {
		t.Errorf("%+v", r.Differences)
	}
	r := parity.Compare(session.Book, backtest.Book, parity.Options{Exact: true})
	if len(r.Differences) != 1 || r.Differences[0].Class != parity.Record {
		t.Errorf("%+v", r.Differences)
	}
}

// TestMoneyAddsUp: whatever two sides traded, the differences come to what one is worth less
// than the other at the last close.
func TestMoneyAddsUp(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		var worth [2]decimal.Decimal
		var sides [2]*script
		for k := range sides {
			s := begin().bar(1, 0, 100)
			for at := range market.Time(6) {
				if r.IntN(5) == 0 {
					continue // the other side may have it
				}
				side := []market.Side{market.Buy, market.Sell}[at%2]
				id := s.order(at+1, side)
				for range r.IntN(3) {
					f := fill((at+1)*minute+market.Time(r.IntN(3)), "1", "1", "0")
					f.Price, f.Quantity, f.Fee = decimal.New(int64(9000+r.IntN(2000)), -2), decimal.New(int64(1+r.IntN(999)), -3), decimal.New(int64(r.IntN(99)), -3)
					s.update((at+1)*minute+5, id, market.Partial, "", f)
					gain := decimal.New(110, 0).Sub(f.Price).Mul(f.Quantity)
					if side == market.Sell {
						gain = gain.Neg()
					}
					worth[k] = worth[k].Add(gain).Sub(f.Fee)
				}
			}
			sides[k] = s.bar(9, 0, 110)
		}
		got := parity.Compare(sides[0].Book, sides[1].Book, parity.Options{})
		if want := worth[1].Sub(worth[0]); !got.Money.Equal(want) {
			t.Fatalf("seed %d: %s, want %s: %+v", seed, got.Money, want, got.Differences)
		}
	}
}
