package pairs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/strategy/pairs"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Beyond stop they are no pair, whether there is a position or not. Here the score is −2.2,
// and then −1.9, which is beyond enter still; they are back on the fourth day.
func TestStopWhileFlat(t *testing.T) {
	set := func(c *pairs.Config) { c.Stop = 2 }
	days := []bars{{60, 50}, {40, 50}, {35, 50}, {100, 50}, {101, 50}, {101, 50}, {101, 50}, {101, 50}, {100, 50}, {101, 50}}
	if got := play(t, strategytest.Story{}, set, days...); len(got) > 0 {
		t.Errorf("opened though given up: %v", got)
	}
	// Once they are back, they are a pair again.
	got := play(t, strategytest.Story{}, set, append(days, bars{101.7, 50})...)
	if diff := cmp.Diff([]string{"11 buy BUSDT"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
