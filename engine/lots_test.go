package engine_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

func rat(d decimal.Decimal) *big.Rat { return d.Rat() }

func quotient(a, b *big.Rat) *big.Rat { return new(big.Rat).Quo(a, b) }

func times(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

// side is one side of a trade for the oracle: what each fill moved, and where it ends
// when all are laid end to end.
type side struct {
	base, quote, end []*big.Rat
	fills            []*market.Fill // nil is dust that joined
}

func (s *side) add(f *market.Fill, base, quote *big.Rat) {
	end := base
	if n := len(s.end); n > 0 {
		end = new(big.Rat).Add(s.end[n-1], base)
	}
	s.base, s.quote, s.end, s.fills = append(s.base, base), append(s.quote, quote), append(s.end, end), append(s.fills, f)
}

// at returns which fill covers what ends at a place.
func (s *side) at(end *big.Rat) int {
	return slices.IndexFunc(s.end, func(e *big.Rat) bool { return e.Cmp(end) >= 0 })
}

// lay lays fills end to end. Bought base comes less a fee in base; quote is paid with
// the fee, or received without it.
func (s *side) lay(fills []*market.Fill, buys bool, in *market.Instrument) {
	for _, f := range fills {
		base, quote, fee := rat(f.Quantity), rat(f.Price.Mul(f.Quantity)), rat(f.Fee)
		switch {
		case f.FeeAsset != in.Quote && (f.FeeAsset != in.Base || !buys): // a third asset's fee is the whole trade's
		case f.FeeAsset == in.Base:
			base = new(big.Rat).Sub(base, fee)
		case buys:
			quote = new(big.Rat).Add(quote, fee)
		default:
			quote = new(big.Rat).Sub(quote, fee)
		}
		s.add(f, base, quote)
	}
}

func (s *side) total() *big.Rat { return s.end[len(s.end)-1] }

// checkLots holds the lots of a trade against fractions: entries and exits laid end to
// end are cut at every end of either, and each piece is a lot.
func checkLots(t *testing.T, seed uint64, tr *engine.Trade, in *market.Instrument) {
	t.Helper()
	var entries, exits side
	exits.lay(tr.Exits, tr.Short, in)
	var bought side
	bought.lay(tr.Entries, !tr.Short, in)
	joined, step := new(big.Rat), rat(in.Step)
	for new(big.Rat).Add(bought.total(), joined).Cmp(exits.total()) < 0 {
		joined.Add(joined, step)
	}
	if joined.Sign() > 0 {
		entries.add(nil, joined, rat(tr.Joined))
	}
	entries.lay(tr.Entries, !tr.Short, in)

	var ends []*big.Rat
	for _, e := range append(slices.Clone(entries.end), exits.end...) {
		if e.Cmp(exits.total()) <= 0 {
			ends = append(ends, e)
		}
	}
	slices.SortFunc(ends, (*big.Rat).Cmp)
	ends = slices.CompactFunc(ends, func(a, b *big.Rat) bool { return a.Cmp(b) == 0 })

	lots, sum := tr.Lots(in), decimal.Zero
	if len(lots) != len(ends) {
		t.Fatalf("seed %d: %d lots, want %d", seed, len(lots), len(ends))
	}
	from, left := new(big.Rat), rat(tr.ToDust)
	for k, l := range lots {
		q := new(big.Rat).Sub(ends[k], from)
		i, j := entries.at(ends[k]), exits.at(ends[k])
		want := new(big.Rat).Sub(times(exits.quote[j], quotient(q, exits.base[j])), times(entries.quote[i], quotient(q, entries.base[i])))
		if tr.Short {
			want.Neg(want)
		}
		want.Add(want, times(rat(tr.Funding.Sub(engine.ThirdQuote(tr))), quotient(q, exits.total())))
		if k == len(lots)-1 { // what was not sold became dust at another cost
			for n := range entries.end {
				unsold := new(big.Rat).Sub(entries.end[n], ends[k])
				if unsold.Cmp(entries.base[n]) > 0 {
					unsold = entries.base[n]
				}
				if unsold.Sign() > 0 {
					left.Sub(left, times(entries.quote[n], quotient(unsold, entries.base[n])))
				}
			}
			want.Add(want, left)
		}
		off, _ := new(big.Rat).Sub(rat(l.PnL), want).Float64()
		dust := entries.fills[i] == nil
		if rat(l.Quantity).Cmp(q) != 0 || off > 1e-8 || off < -1e-8 || l.Dust != dust || l.ExitTime != exits.fills[j].Time || !l.ExitPrice.Equal(exits.fills[j].Price) {
			t.Errorf("seed %d: lot %d is %+v, want %s with %s", seed, k+1, l, q.FloatString(9), want.FloatString(12))
		}
		if !dust && (l.EntryTime != entries.fills[i].Time || !l.EntryPrice.Equal(entries.fills[i].Price)) {
			t.Errorf("seed %d: lot %d entered at %s for %s", seed, k+1, l.EntryTime, l.EntryPrice)
		}
		sum, from = sum.Add(l.PnL), ends[k]
	}
	if !sum.Equal(tr.Profit(in)) {
		t.Errorf("seed %d: the lots make %s, the trade %s", seed, sum, tr.Profit(in))
	}
}

// TestLotsOfRealTrades takes the trades of monkeys, with fees in base and in quote, and
// with dust that joined and was left.
func TestLotsOfRealTrades(t *testing.T) {
	trades, dusty, parted := 0, 0, 0
	for seed := range seeds(200) {
		r := audit(t, seed).engine.Result()
		for _, tr := range r.Trades {
			in := &r.Instruments[tr.Instrument]
			checkLots(t, seed, tr, in)
			trades++
			if !tr.Joined.IsZero() {
				dusty++
			}
			if len(tr.Lots(in)) > 2 {
				parted++
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if trades > 1000 && (dusty == 0 || parted == 0) {
		t.Errorf("%d trades: %d with dust, %d of more than two lots", trades, dusty, parted)
	}
	t.Logf("%d trades: dust joined %d, %d of more than two lots", trades, dusty, parted)
}

// TestLotsOfPerpetuals takes trades of either side, with funding.
func TestLotsOfPerpetuals(t *testing.T) {
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	for seed := range seeds(500) {
		r := rand.New(rand.NewPCG(seed, 4))
		tr := &engine.Trade{Short: r.IntN(2) == 0, Closed: true, Funding: decimal.New(r.Int64N(2001)-1000, -3)}
		fill := func(q int64) *market.Fill {
			return &market.Fill{Time: market.Time(r.Int64N(1e9)), Price: decimal.New(r.Int64N(90_000)+1, -2), Quantity: decimal.New(q, -3), Fee: decimal.New(r.Int64N(100), -4), FeeAsset: "USDT"}
		}
		total := int64(0)
		for range r.IntN(5) + 1 {
			q := r.Int64N(1000) + 1
			total += q
			tr.Entries = append(tr.Entries, fill(q))
		}
		for total > 0 {
			q := min(r.Int64N(1000)+1, total)
			total -= q
			tr.Exits = append(tr.Exits, fill(q))
		}
		checkLots(t, seed, tr, &in)
	}
}

func TestLotsOfAnOpenTrade(t *testing.T) {
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	if lots := (&engine.Trade{}).Lots(&in); lots != nil {
		t.Errorf("%v", lots)
	}
}
