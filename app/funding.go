package app

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// storedFunding takes over the fundings of the store, of the venues that the bars come
// from.
func (a *account) storedFunding(r store.Reader) error {
	h := a.history
	a.rates = make([]string, len(h.Instruments))
	for k := range h.Instruments {
		in := &h.Instruments[k]
		if !in.Perpetual() {
			continue
		}
		rows, err := r.Fundings(in.Venue, in.Symbol, 0, 0)
		if err != nil {
			return err
		}
		for _, f := range rows {
			h.Funding = append(h.Funding, backtest.FundingRow{Instrument: in.ID, Time: f.Time, Rate: f.Rate, Mark: f.Mark})
		}
		if len(rows) > 0 {
			a.rates[k] = "the store"
		}
	}
	h.Sort()
	return nil
}

// during returns the fundings that are due while a history has bars.
func during(h *backtest.History, rows []backtest.FundingRow) []backtest.FundingRow {
	from, to := h.Span()
	return slices.DeleteFunc(rows, func(f backtest.FundingRow) bool { return f.Due() < from || f.Due() > to })
}

// addFunding reads files of fundings, FILE or SYMBOL=FILE, into the history, in the place
// of those that a symbol had. Errors say which flag or key named them.
func (a *account) addFunding(files []string, by string) error {
	h := a.history
	named, rows := make([][]string, len(h.Instruments)), []backtest.FundingRow(nil)
	for _, file := range files {
		symbol, path, says := strings.Cut(file, "=")
		k := slices.IndexFunc(h.Instruments, func(in market.Instrument) bool { return in.Symbol == symbol })
		if !says {
			k, path = 0, file
		}
		switch {
		case a.config.Margin == nil:
			return usageError(`write market = "usdm" in the account, or give --market usdm`, "%s is for perpetual futures, and the account trades spot", by)
		case !says && len(h.Instruments) > 1:
			return usageError("write SYMBOL=FILE for each", "%s %s: whose is it? the account trades %d symbols", by, file, len(h.Instruments))
		case k < 0:
			return usageError("", "%s %s: no strategy trades %s", by, file, symbol)
		case path == "":
			return usageError("write SYMBOL=FILE", "%s %q names no file", by, file)
		}
		read, err := barfile.ReadFundingFile(path)
		if err != nil {
			return err
		}
		named[k] = append(named[k], path)
		a.rates[k] = strings.Join(named[k], ", ")
		for _, f := range read {
			rows = append(rows, backtest.FundingRow{Instrument: market.InstrumentID(k), Time: f.Time, Rate: f.Rate, Mark: f.Mark})
		}
	}
	h.Funding = slices.DeleteFunc(h.Funding, func(f backtest.FundingRow) bool { return len(named[f.Instrument]) > 0 })
	rows, err := distinct(during(h, rows), h.Instruments)
	h.Funding = append(h.Funding, rows...)
	h.Sort()
	return err
}

// distinct sorts fundings and drops those that overlapping files have twice, which would
// be paid twice.
func distinct(rows []backtest.FundingRow, instruments []market.Instrument) ([]backtest.FundingRow, error) {
	slices.SortStableFunc(rows, func(a, b backtest.FundingRow) int {
		return cmp.Or(cmp.Compare(a.Instrument, b.Instrument), cmp.Compare(a.Due(), b.Due()))
	})
	for k := range rows[min(1, len(rows)):] {
		if a, b := &rows[k], &rows[k+1]; a.Instrument == b.Instrument && a.Due() == b.Due() && !a.Rate.Equal(b.Rate) {
			return nil, &market.Error{
				Class: market.Data, Err: fmt.Errorf("two fundings of %s at %s, of %s and of %s", instruments[a.Instrument].Symbol, a.Due(), a.Rate, b.Rate),
				Hint: "leave one of the files away",
			}
		}
	}
	return slices.CompactFunc(rows, func(a, b backtest.FundingRow) bool { return a.Instrument == b.Instrument && a.Due() == b.Due() }), nil
}

// ratesFrom names where the fundings of the account come from, "" where it has none.
func (a *account) ratesFrom() string {
	var from []string
	for _, f := range a.rates {
		if f != "" && !slices.Contains(from, f) {
			from = append(from, f)
		}
	}
	return strings.Join(from, ", ")
}

// fundings returns when an instrument has fundings, in order, and how long it has bars.
func (a *account) fundings(i market.InstrumentID) (times []market.Time, from, to market.Time) {
	var of backtest.History
	for _, s := range a.history.Series {
		if s.Instrument == i {
			of.Series = append(of.Series, s)
		}
	}
	for _, f := range a.history.Funding {
		if f.Instrument == i {
			times = append(times, f.Time)
		}
	}
	slices.Sort(times)
	from, to = of.Span()
	return times, from, to
}

// fundingGaps says for which time of a perpetual there are no fundings. Where there are
// none at all, the result says so.
func (a *account) fundingGaps() (lines []string) {
	if len(a.history.Funding) == 0 {
		return nil
	}
	for k := range a.history.Instruments {
		in := &a.history.Instruments[k]
		if times, from, to := a.fundings(market.InstrumentID(k)); in.Perpetual() {
			lines = append(lines, unfunded(in.Symbol, times, from, to)...)
		}
	}
	return lines
}

// unfunded says where fundings are missing between from and to.
func unfunded(symbol string, times []market.Time, from, to market.Time) (lines []string) {
	if len(times) == 0 {
		return []string{"no funding of " + symbol + ": none was recorded for the period"}
	}
	const late = market.Time(time.Minute) // that a venue may stamp it
	usual := usualGap(times)
	first, last := times[0], times[len(times)-1]
	if first-from > usual+late {
		lines = append(lines, fmt.Sprintf("the fundings of %s begin at %s, and its bars at %s: positions pay none before", symbol, first, from))
	}
	if to-last > usual+late {
		lines = append(lines, fmt.Sprintf("the fundings of %s end at %s, and its bars at %s: positions pay none after", symbol, last, to))
	}
	gaps, at := 0, first
	for k, t := range times[1:] {
		if t-times[k] <= 2*usual+late {
			continue
		}
		if gaps++; gaps == 1 {
			at = times[k]
		}
	}
	if gaps > 0 {
		lines = append(lines, fmt.Sprintf("the fundings of %s have %s of more than twice the usual %s, the first after %s", symbol, plural(gaps, "gap"), market.Duration(usual), at))
	}
	return lines
}

// usualGap is the median time between fundings in whole minutes, 8 hours at most, which
// is what it is where fewer than three are known.
func usualGap(times []market.Time) market.Time {
	const minute, most = market.Time(time.Minute), 8 * market.Time(time.Hour)
	if len(times) < 3 {
		return most
	}
	gaps := make([]market.Time, len(times)-1)
	for k := range gaps {
		gaps[k] = times[k+1] - times[k]
	}
	slices.Sort(gaps)
	return min(most, (gaps[len(gaps)/2]+minute/2)/minute*minute)
}
