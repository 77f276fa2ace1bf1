package app

import (
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

// addFunding reads the files of --funding, FILE or SYMBOL=FILE, into the history.
func (a *account) addFunding(files []string) error {
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
			return usageError(`write market = "usdm" in the account, or give --market usdm`, "--funding is for perpetual futures, and the account trades spot")
		case !named && len(h.Instruments) > 1:
			return usageError("write --funding SYMBOL=FILE for each", "--funding %s: whose is it? the account trades %d symbols", file, len(h.Instruments))
		case k < 0:
			return usageError("", "--funding %s: no strategy trades %s", file, symbol)
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
