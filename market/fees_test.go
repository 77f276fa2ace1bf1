package market_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

func TestFeeTiers(t *testing.T) {
	d := decimal.RequireFromString
	f := market.Fees{Maker: d("0.001"), Taker: d("0.002"), Tiers: []market.FeeTier{
		{Volume: d("100"), Maker: d("0.0005"), Taker: d("0.0015")}, {Volume: d("200"), Maker: d("0"), Taker: d("0.003")},
	}}
	for volume, want := range map[string][2]string{
		"0": {"0.001", "0.002"}, "99.99": {"0.001", "0.002"}, "100": {"0.0005", "0.0015"}, "199": {"0.0005", "0.0015"}, "1e9": {"0", "0.003"},
	} {
		if m, k := f.Rate(d(volume), true), f.Rate(d(volume), false); !m.Equal(d(want[0])) || !k.Equal(d(want[1])) {
			t.Errorf("volume %s: maker %s, taker %s, want %v", volume, m, k, want)
		}
	}
	if w := f.Worst(); !w.Equal(d("0.003")) {
		t.Errorf("worst rate %s", w)
	}
	if err := f.Validate(); err != nil {
		t.Error(err)
	}
	f.Tiers[1].Volume = d("100")
	if err := f.Validate(); err == nil {
		t.Error("tiers of one volume are valid")
	}
	f.Tiers[1] = market.FeeTier{Volume: d("300"), Maker: d("1")}
	if err := f.Validate(); err == nil {
		t.Error("a rate of 1 is valid")
	}
}

// TestScaledFees: every rate is multiplied, of copies.
func TestScaledFees(t *testing.T) {
	d := decimal.RequireFromString
	fees := market.Fees{Maker: d("0.001"), Taker: d("0.002"), InQuote: true, Tiers: []market.FeeTier{{Volume: d("1000"), Maker: d("0.0005"), Taker: d("0.0007")}}}
	want := market.Fees{Maker: d("0.0015"), Taker: d("0.003"), InQuote: true, Tiers: []market.FeeTier{{Volume: d("1000"), Maker: d("0.00075"), Taker: d("0.00105")}}}
	if diff := cmp.Diff(want, fees.Scaled(d("1.5"))); diff != "" {
		t.Error(diff)
	}
	if !fees.Tiers[0].Maker.Equal(d("0.0005")) {
		t.Error("the fees themselves have changed")
	}
}
