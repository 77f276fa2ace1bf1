package sim_test

import (
	"testing"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// tenth takes at most a tenth of a bar's volume, as the default is.
func tenth(t *testing.T, rows ...string) *play {
	return newPlay(t, coin(), sim.DefaultOptions(), bars(rows...))
}

// TestParticipation covers semantics X9.
func TestParticipation(t *testing.T) {
	buy, sell := order(market.Buy, market.Market, "10"), order(market.Sell, market.Market, "10")
	calm := "10 10 10 10 1000"
	t.Run("a market buy over the cap expires", func(t *testing.T) {
		p := tenth(t, calm, "10 10 10 10 50.09")
		p.submit(at(1, 0), buy)
		p.said("2:00 1 partial 5@10 at 1:00", "2:00 1 expired: volume")
	})
	t.Run("a market buy at the cap is whole", func(t *testing.T) {
		p := tenth(t, calm, "10 10 10 10 100")
		p.submit(at(1, 0), buy)
		p.said("2:00 1 filled 10@10 at 1:00")
	})
	t.Run("a quote amount over the cap expires", func(t *testing.T) {
		p := tenth(t, calm, "10 10 10 10 50")
		p.submit(at(1, 0), spend("100"))
		p.said("2:00 1 partial 5@10 at 1:00", "2:00 1 expired: volume")
	})
	t.Run("a limit order's rest stays", func(t *testing.T) {
		p := tenth(t, calm, "10 10 8 9 50", "9 9 8 9 40", "9 9 8 9 40")
		p.submit(at(1, 0), limit(market.Buy, "10", "8.5"))
		p.said("2:00 1 partial 5@8.5 maker", "3:00 1 partial 4@8.5 maker", "4:00 1 filled 1@8.5 maker")
	})
	t.Run("a stop's rest expires", func(t *testing.T) {
		p := tenth(t, calm, "10 12 10 12 50")
		p.submit(at(1, 0), stop(market.Buy, "10", "11"))
		p.said("2:00 1 partial 5@11", "2:00 1 expired: volume")
	})
	t.Run("orders share in order of arrival", func(t *testing.T) {
		p := tenth(t, calm, "10 10 10 10 150", calm)
		p.submit(at(1, 0), buy)
		p.submit(at(1, 0), buy)
		p.submit(at(1, 0), buy)
		p.said("2:00 1 filled 10@10 at 1:00", "2:00 2 partial 5@10 at 1:00", "2:00 2 expired: volume", "2:00 3 expired: volume")
	})
	t.Run("a fill-or-kill that does not trade uses nothing up", func(t *testing.T) {
		p := tenth(t, calm, "10 10 10 10 150", calm)
		kill := order(market.Buy, market.Market, "16")
		kill.TIF = market.FOK
		p.submit(at(1, 0), kill)
		p.submit(at(1, 0), buy)
		p.said("2:00 2 filled 10@10 at 1:00", "2:00 1 expired: time in force")
	})
	t.Run("a sell is whole, its excess 50 basis points worse", func(t *testing.T) {
		p := tenth(t, calm, calm, "9.99 10 9 10 50")
		p.submit(at(1, 0), buy)
		p.submit(at(2, 0), sell)
		p.said("2:00 1 filled 10@10 at 1:00", "3:00 2 partial 5@9.99 at 2:00", "3:00 2 filled 5@9.94 at 2:00")
		if n := p.venue.Notes().Overflow; n != 1 {
			t.Errorf("%d overflows are counted, want 1", n)
		}
	})
	t.Run("buys before a sell use the cap up", func(t *testing.T) {
		p := tenth(t, calm, calm, "10 10 10 10 100")
		p.submit(at(1, 0), buy)
		p.submit(at(2, 0), order(market.Buy, market.Market, "8"))
		p.submit(at(2, 0), sell)
		p.said("2:00 1 filled 10@10 at 1:00", "3:00 2 filled 8@10 at 2:00", "3:00 3 partial 2@10 at 2:00", "3:00 3 filled 8@9.95 at 2:00")
	})
	t.Run("no volume: no new risk, closing whole", func(t *testing.T) {
		p := tenth(t, calm, calm, "10 10 8 10 0", "10 10 8 10 1000")
		p.submit(at(1, 0), buy)
		p.submit(at(2, 0), buy)
		p.submit(at(2, 0), limit(market.Buy, "1", "9"))
		p.submit(at(2, 0), sell)
		p.said("2:00 1 filled 10@10 at 1:00", "3:00 4 filled 10@9.95 at 2:00", "3:00 2 expired: volume", "4:00 3 filled 1@9 maker")
	})
	t.Run("a sell limit's excess fills at its limit", func(t *testing.T) {
		p := tenth(t, calm, calm, "10 12 10 10 50")
		p.submit(at(1, 0), buy)
		p.submit(at(2, 0), limit(market.Sell, "10", "11"))
		p.said("2:00 1 filled 10@10 at 1:00", "3:00 2 filled 10@11 maker")
	})
}

// TestParticipationOff: at 1, and for a series that never has a volume, every order
// fills whole, zero volume included.
func TestParticipationOff(t *testing.T) {
	p := newPlay(t, coin(), off(), bars("10 10 10 10 0", "10 10 10 10 0"))
	p.submit(at(1, 0), order(market.Buy, market.Market, "10"))
	p.said("2:00 1 filled 10@10 at 1:00")

	p = tenth(t, "10 10 10 10 0", "10 10 10 10 0")
	p.venue.WithoutVolume(0)
	p.submit(at(1, 0), order(market.Buy, market.Market, "10"))
	p.said("2:00 1 filled 10@10 at 1:00")
	if n := p.venue.Notes().NoVolume; n != 1 {
		t.Errorf("%d series without volume are counted, want 1", n)
	}
}

// TestFees covers M1 and M2: rounded up, in the received asset or in quote, by the
// side of the book.
func TestFees(t *testing.T) {
	fees := market.Fees{Maker: dec("0.001"), Taker: dec("0.002")}
	for _, c := range []struct {
		name    string
		inQuote bool
		order   market.Order
		price   string
		fee     string
		asset   string
	}{
		{"taker in base", false, order(market.Buy, market.Market, "0.33"), "10.01", "0.00066", "AAA"},
		{"maker in base", false, limit(market.Buy, "0.33", "9.99"), "9.99", "0.00033", "AAA"},
		{"taker in quote", true, order(market.Buy, market.Market, "0.33"), "10.01", "0.0066066", "USDT"},
		{"maker in quote", true, limit(market.Buy, "0.33", "9.99"), "9.99", "0.0032967", "USDT"},
		{"a quote amount pays the fee too", true, spend("10.02"), "10.01", "0.0198198", "USDT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := coin()
			in.Fees = fees
			in.Fees.InQuote = c.inQuote
			p := newPlay(t, in, off(), bars(flat, "10.01 10.02 9.9 10"))
			p.submit(at(1, 0), c.order)
			p.run()
			f := p.fills[len(p.fills)-1].Fill
			if f == nil || !f.Price.Equal(dec(c.price)) || !f.Fee.Equal(dec(c.fee)) || f.FeeAsset != c.asset {
				t.Fatalf("fill %+v, want a fee of %s %s at %s", f, c.fee, c.asset, c.price)
			}
			paid, got := f.Price.Mul(f.Quantity), f.Quantity
			if c.inQuote {
				paid = paid.Add(f.Fee)
			} else {
				got = got.Sub(f.Fee)
			}
			if b := p.venue.Balance("USDT"); !b.Equal(dec("1000000").Sub(paid)) {
				t.Errorf("%s USDT after paying %s", b, paid)
			}
			if b := p.venue.Balance("AAA"); !b.Equal(got) {
				t.Errorf("%s AAA after buying %s", b, got)
			}
		})
	}
}
