package market_test

import (
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// A list of the venue is a limit order that rests with exits of two kinds; a bracket of
// our own may be made of anything.
func TestListsOfTheVenue(t *testing.T) {
	entry := market.Order{Side: market.Buy, Type: market.Limit, Price: dec("100"), Quantity: dec("1")}
	now, quick, dated := entry, entry, entry
	now.Type, now.Price = market.Market, dec("0")
	quick.TIF, dated.TIF, dated.ExpireAfter = market.IOC, market.GTD, market.Duration(market.Minute)
	stop := market.Order{Side: market.Sell, Type: market.Stop, Stop: dec("90"), Quantity: dec("1")}
	goal := market.Order{Side: market.Sell, Type: market.Limit, Price: dec("110"), Quantity: dec("1")}
	take := market.Order{Side: market.Sell, Type: market.TakeProfit, Stop: dec("110"), Quantity: dec("1")}
	trail := market.Order{Side: market.Sell, Type: market.TrailingStop, Trail: market.Trail{By: dec("1"), Unit: market.TrailPercent}, Quantity: dec("1")}
	const rests, kinds = "must be a limit order that rests", "of the two exits of a venue's list"
	for _, c := range []struct {
		name string
		l    market.Linked
		want string // of a list of the venue
	}{
		{"limit", market.OTO(entry, stop), ""},
		{"limit until a time", market.OTO(dated, stop), ""},
		{"market", market.OTO(now, stop), rests},
		{"ioc", market.OTO(quick, stop), rests},
		{"stop and limit", market.OCO(stop, goal), ""},
		{"take-profit and trailing stop", market.OCO(take, trail), ""},
		{"two that take profit", market.OCO(goal, take), kinds},
		{"two that protect, with an entry", market.Bracket(entry, stop, trail), kinds},
	} {
		c.l.Profile = market.ByVenue
		if err := c.l.Validate(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		c.l.Profile = market.ByEngine
		if err := c.l.Validate(); err != nil {
			t.Errorf("%s of our own: %v", c.name, err)
		}
	}
}
