package strategytest

import (
	"math/rand/v2"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
)

// Perpetual makes all markets perpetual futures: a target below 0 is a short position, up
// to five times the equity can be held, and every eight hours a funding is paid. A Story has
// a field for it.
func Perpetual() Option { return func(s *settings) { s.perpetual = true } }

// fundings are eight hours apart, as at most venues.
const fundings = 8 * market.Time(time.Hour)

// futures makes an instrument a perpetual future, in cross margin.
func futures(in market.Instrument) market.Instrument {
	in.Fees.InQuote = true
	in.Margin = &market.Margin{
		Leverage: decimal.New(5, 0), LiquidationFee: decimal.New(1, -2),
		Brackets: []market.MarginBracket{{MaxLeverage: decimal.New(20, 0), Rate: decimal.New(1, -2)}},
	}
	return in
}

// funding makes the fundings of every instrument, of up to 0.05 % either way.
func (s *settings) funding(w world) []backtest.FundingRow {
	if !s.perpetual {
		return nil
	}
	r := rand.New(rand.NewPCG(s.seed, 1<<40))
	end := start + market.Time(w.bars)*market.Time(s.interval)
	var rows []backtest.FundingRow
	for t := start + fundings; t < end; t += fundings {
		for k := range s.instruments {
			rows = append(rows, backtest.FundingRow{Instrument: market.InstrumentID(k), Time: t, Rate: decimal.New(r.Int64N(101)-50, -5)})
		}
	}
	return rows
}
