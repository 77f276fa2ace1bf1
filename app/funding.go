package app

import (
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

// addFunding reads files of fundings, FILE or SYMBOL=FILE, into the history. Errors say
// which flag or key named them.
func (a *account) addFunding(files []string, by string) error {
	h := a.history
	from, to := h.Span()
	for _, file := range files {
		symbol, path, named := strings.Cut(file, "=")
		k := slices.IndexFunc(h.Instruments, func(in market.Instrument) bool { return in.Symbol == symbol })
		if !named {
			k, path = 0, file
		}
		switch {
		case a.config.Margin == nil:
			return usageError(`write market = "usdm" in the account, or give --market usdm`, "%s is for perpetual futures, and the account trades spot", by)
		case !named && len(h.Instruments) > 1:
			return usageError("write SYMBOL=FILE for each", "%s %s: whose is it? the account trades %d symbols", by, file, len(h.Instruments))
		case k < 0:
			return usageError("", "%s %s: no strategy trades %s", by, file, symbol)
		}
		rows, err := barfile.ReadFundingFile(path)
		if err != nil {
			return err
		}
		for _, f := range rows {
			if f.Time < from || f.Time > to {
				continue
			}
			h.Funding = append(h.Funding, backtest.FundingRow{Instrument: market.InstrumentID(k), Time: f.Time, Rate: f.Rate, Mark: f.Mark})
		}
	}
	h.Sort()
	return nil
}
