package market_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
)

func TestKindOf(t *testing.T) {
	for _, c := range []struct {
		name market.SignalKind
		want market.SignalKind // "" is undocumented
		age  time.Duration
	}{
		{"trader_grade", "trader_grade", 48 * time.Hour},
		{"hourly_signal", "hourly_signal", 3 * time.Hour},
		{"index_weight_12", "index_weight_#", 192 * time.Hour},
		{"prediction_7d", "prediction_#d", 48 * time.Hour},
		{"prediction_7d_lower", "prediction_#d_lower", 48 * time.Hour},
		{"prediction_return_7d", "prediction_return_7d", 48 * time.Hour},
		{"prediction_#d", "prediction_#d", 48 * time.Hour},
		{"scenario_price_0.5t", "scenario_price_#t", 192 * time.Hour},
		{"scenario_price_0.5t_low", "scenario_price_#t_low", 192 * time.Hour},
		{"scenario_return_moon_2x", "scenario_return_moon_#x", 192 * time.Hour},
		{"correlation_with_terra_classic", "correlation_with_@", 48 * time.Hour},
		{"correlation_with_", "", 48 * time.Hour},
		{"prediction_d", "", 48 * time.Hour},
		{"prediction_fortnightd", "", 48 * time.Hour},
		{"block_reward", "", 48 * time.Hour},
		{"", "", 48 * time.Hour},
	} {
		k, ok := market.KindOf(c.name)
		if want := c.want; ok != (want != "") || ok && k.Name != want || !ok && k.Name != c.name || k.MaxAge != market.Duration(c.age) {
			t.Errorf("KindOf(%q) = %q, %v, maximum age %s", c.name, k.Name, ok, k.MaxAge)
		}
		if !ok && !(k.In(1e300) && k.In(-1e300)) {
			t.Errorf("%q has bounds", c.name)
		}
	}
}

// TestKindsAreWhole wants every entry complete, and no name to be of two.
func TestKindsAreWhole(t *testing.T) {
	list := market.Kinds()
	if !slices.IsSortedFunc(list, func(a, b market.KindInfo) int { return strings.Compare(string(a.Name), string(b.Name)) }) {
		t.Error("not sorted")
	}
	for i, k := range list {
		if k.Unit == "" || k.Says == "" || k.From == "" || !(k.Min <= k.Max) || k.MaxAge <= 0 || len(k.Name) > 40 {
			t.Errorf("%+v", k)
		}
		one := market.SignalKind(strings.NewReplacer("#", "7", "@", "bitcoin").Replace(string(k.Name)))
		for j, other := range list {
			if other.Has(one) != (i == j) {
				t.Errorf("%s is of %s: %v", one, other.Name, other.Has(one))
			}
		}
		if got, ok := market.KindOf(one); !ok || got.Name != k.Name || k.Family() != (one != k.Name) {
			t.Errorf("%s is of %s", one, got.Name)
		}
	}
	list[0].Name = "changed"
	if market.Kinds()[0].Name == "changed" {
		t.Error("the table can be changed")
	}
}
