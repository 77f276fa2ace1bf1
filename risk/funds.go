package risk

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Fundable returns the largest quantity in base that the strategy's free cash, or its free
// margin, backs of the order under review, at the worst price of the collar and with fees,
// in whole steps. A size above it is cut to it by the engine. 0 without a price.
func (v *View) Fundable(o market.Order) decimal.Decimal { return v.guard.Fundable(o) }

// Brings returns how much base an entry of o.Quantity leaves to be sold, in whole steps:
// on spot the fee may be taken from what is received.
func (v *View) Brings(o market.Order) decimal.Decimal { return v.guard.Brings(o) }

// Cash returns the cash that no working order reserves, in quote; on perpetuals the free
// margin.
func (v *View) Cash() decimal.Decimal { return v.guard.Cash() }
