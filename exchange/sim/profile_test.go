package sim_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// The venue itself rejects lists that it does not know, whoever sends them.
func TestUnsupportedLists(t *testing.T) {
	for _, c := range []struct {
		name   string
		orders []market.Order // an entry first where it buys
		want   bool           // supported
	}{
		{"limit entry", []market.Order{limit(market.Buy, "1", "99"), stop(market.Sell, "1", "90")}, true},
		{"market entry", []market.Order{order(market.Buy, market.Market, "1"), stop(market.Sell, "1", "90")}, false},
		{"two stops", []market.Order{stop(market.Sell, "1", "90"), stop(market.Sell, "1", "80")}, false},
		{"stop and target", []market.Order{stop(market.Sell, "1", "90"), limit(market.Sell, "1", "110")}, true},
	} {
		p := newPlay(t, coin(), off(), bars("100 100 100 100 1000", "100 100 100 100 1000", "100 100 100 100 1000"))
		p.submit(start, order(market.Buy, market.Market, "2"))
		p.do(start+minute, func() {
			var entry market.OrderID
			for k, o := range c.orders {
				o.Profile, o.Parent = market.ByVenue, entry
				if len(c.orders) == 2 && c.orders[0].Side == market.Sell {
					o.Group = "exits"
				}
				if id := p.send(o); k == 0 && o.Side == market.Buy {
					entry = id
				}
			}
		})
		rejected := slices.ContainsFunc(p.run(), func(line string) bool { return strings.Contains(line, "unsupported order combination") })
		if rejected == c.want {
			t.Errorf("%s: %q", c.name, p.log)
		}
	}
}
