package venue

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// lags reports whether the copy of the data that a request is answered from does not have
// an order yet: a fault.
func (c *call) lags(o *order) bool {
	now := c.venue.clock.now
	r := c.venue.faults.state(now, FaultNotFound, c.names()...)
	return r != nil && now-o.created < market.Time(r.span())
}

// moneyAt is what the account had of an asset from a time on.
type moneyAt struct {
	at           market.Time
	asset        string
	free, locked decimal.Decimal
}

// remember keeps what the account has now, while a fault needs it.
func (s *side) remember(assets ...string) {
	if !s.venue.faults.has(FaultLateMoney) {
		s.past = nil
		return
	}
	for _, asset := range assets {
		free, locked := s.balance(asset)
		s.past = append(s.past, moneyAt{s.venue.clock.now, asset, free, locked})
	}
}

// has reports whether a fault of that name is set.
func (f *faults) has(name string) bool {
	for _, r := range f.list {
		if r.Name == name {
			return true
		}
	}
	return false
}

// balance returns what a request is told of an asset: what there is or, by a fault, what
// there was.
func (c *call) balance(asset string) (free, locked decimal.Decimal) {
	now := c.venue.clock.now
	r := c.venue.faults.state(now, FaultLateMoney, c.names()...)
	free, locked = c.side.balance(asset)
	if r == nil {
		return free, locked
	}
	found := false
	for _, m := range c.side.past {
		if m.asset == asset && (!found || m.at <= now-market.Time(r.span())) {
			free, locked, found = m.free, m.locked, true
		}
	}
	return free, locked
}
