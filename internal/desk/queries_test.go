package desk

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
)

// TestSignalQueries: what is watched up to two ages is reported once, by the first.
func TestSignalQueries(t *testing.T) {
	h := &Hub[int]{Desk: &Instance{Market: NewMarket(nil)}}
	day := market.SignalQuery{Kind: "trader_grade", MaxAge: 24 * time.Hour}
	week, other := day, day
	week.MaxAge, other.Source = 7*day.MaxAge, "mine"
	for _, q := range []market.SignalQuery{day, week, other} {
		h.Signals(q, nil)
	}
	if diff := cmp.Diff([]market.SignalQuery{day, other}, h.SignalQueries()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
