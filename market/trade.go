package market

import "github.com/shopspring/decimal"

// Trade is a closed trade, as strategies and rules see it (semantics M4).
type Trade struct {
	Instrument InstrumentID
	Short      bool
	Entry      Time            // of the first fill
	Exit       Time            // of the last
	Cost       decimal.Decimal // of what it opened, in quote, before fees
	Profit     decimal.Decimal // fees and funding taken off, in quote
	Bars       int             // execution bars between the first fill and the last
	Reason     string          // of the order that closed it
	Rule       string          // that made this order; "" is the strategy itself
	Stopped    bool            // by a stop order, a liquidation, or an exit of a rule
}
