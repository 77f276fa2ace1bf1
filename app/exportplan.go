package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// plan lists the files to write.
func (f *exportFlags) plan(r store.Reader, args []string) ([]export, error) {
	if f.all == "" && f.freqtrade == "" {
		return f.planOne(r, args)
	}
	all, err := f.chosen(r, args)
	if err != nil {
		return nil, err
	}
	if f.freqtrade != "" {
		return f.planFreqtrade(r, all)
	}
	as := f.as
	if as == "" {
		as = "csv"
	}
	for i := range all {
		e := &all[i]
		e.format = as
		what := e.interval()
		if e.asText() {
			e.format = "csv"
		}
		if e.series.Interval == market.Trades {
			what = "aggTrades" // as files of trades are called
		}
		name := fmt.Sprintf("%s-%s.%s", e.series.Symbol, what, e.format)
		if e.path, err = below(f.all, e.series.Venue, name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// planOne is the plan of a symbol, an interval and a file.
func (f *exportFlags) planOne(r store.Reader, args []string) ([]export, error) {
	format, err := fileFormat(args[2], f.as)
	if err != nil {
		return nil, err
	}
	list, err := f.named(r, args[0], args[1])
	if err != nil {
		return nil, err
	}
	if e := list[0]; e.asText() && format != "csv" {
		hint := "name a .csv file, or use --freqtrade"
		if !e.fundings {
			hint = "name a .csv file, or export bars made of them: 'signalman data resample'"
		}
		return nil, usageError(hint, "%ss are exported as CSV", strings.TrimSuffix(e.interval(), "s"))
	}
	list[0].format, list[0].path = format, args[2]
	return list, nil
}

// named returns the export of a symbol and an interval, or of its fundings.
func (f *exportFlags) named(r store.Reader, symbol, interval string) ([]export, error) {
	if interval != "funding" {
		d, err := market.ParseInterval(interval)
		if interval == market.Trades.String() {
			d, err = market.Trades, nil
		}
		if err != nil {
			return nil, usageError("", "%w", err)
		}
		s, err := findSeries(r, f.venue, symbol, d)
		return []export{{series: s}}, err
	}
	if err := plainSymbol(symbol); err != nil {
		return nil, err
	}
	venue := perpetuals
	if f.venue != "" {
		venue = storedVenue(f.venue)
	}
	return []export{{series: store.Series{Venue: venue, Symbol: symbol}, fundings: true}}, nil
}

// asText reports whether it is exported as CSV only.
func (e *export) asText() bool { return e.fundings || e.series.Interval == market.Trades }

// chosen returns the series that --all and --freqtrade write, with the fundings behind.
// freqtrade has no use for single trades.
func (f *exportFlags) chosen(r store.Reader, args []string) ([]export, error) {
	if len(args) == 2 {
		return f.named(r, args[0], args[1])
	}
	list, err := r.SeriesList()
	if err != nil {
		return nil, err
	}
	perpetuals, err := r.FundingList()
	if err != nil {
		return nil, err
	}
	var all []export
	for _, s := range append(list, perpetuals...) {
		if atVenue(f.venue, s.Venue) && (s.Interval != market.Trades || f.freqtrade == "") {
			all = append(all, export{series: s, fundings: s.Interval == 0})
		}
	}
	return all, nil
}

// below returns the path of a file in a directory of dir, which is made. Names come from
// the store, and may not lead elsewhere.
func below(dir, sub, name string) (string, error) {
	if strings.ContainsAny(name, `/\`) || strings.ContainsAny(sub, `/\`) || !filepath.IsLocal(filepath.Join(sub, name)) {
		return "", &market.Error{Class: market.Data, Where: filepath.Join(sub, name), Err: errors.New("a file cannot be called so"), Hint: "export the series by itself to a file that you name"}
	}
	dir = filepath.Join(dir, sub)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", &market.Error{Class: market.Failed, Where: dir, Err: err}
	}
	return filepath.Join(dir, name), nil
}

// perpetuals is the venue whose series freqtrade keeps as futures.
const perpetuals = "binance-usdm"

// fundingHours is how far apart freqtrade takes Binance's fundings to be.
const fundingHours = 8 * market.Hour

// planFreqtrade gives the files the names that freqtrade looks for.
func (f *exportFlags) planFreqtrade(r store.Reader, all []export) ([]export, error) {
	as := f.as
	if as == "" {
		as = "feather"
	}
	known, err := r.Instruments(0)
	if err != nil {
		return nil, err
	}
	var plan []export
	for _, e := range all {
		if e.fundings && e.series.Venue != perpetuals {
			continue
		}
		if e.series.Interval == market.Trades {
			return nil, usageError("export them by themselves, as a .csv file", "freqtrade's directory has no place for single trades")
		}
		pair, err := freqtradePair(known, e.series)
		if err != nil {
			return nil, err
		}
		e.format = as
		sub, name := "", fmt.Sprintf("%s-%s.%s", pair, e.series.Interval, as)
		switch {
		case e.fundings && as == "json":
			return nil, usageError("choose another --as", "fundings are written as feather or parquet")
		case e.fundings:
			sub, name = "futures", fmt.Sprintf("%s-%s-funding_rate.%s", pair, fundingHours, as)
		case e.series.Venue == perpetuals:
			sub, name = "futures", fmt.Sprintf("%s-%s-futures.%s", pair, e.series.Interval, as)
		}
		if e.path, err = below(f.freqtrade, sub, name); err != nil {
			return nil, err
		}
		for _, other := range plan {
			if other.path == e.path {
				return nil, usageError("choose one with --venue", "%s and %s would both be %s", other.series, e.series, e.path)
			}
		}
		plan = append(plan, e)
	}
	return plan, nil
}

// freqtradePair is how freqtrade writes a symbol in names of files: BTC_USDT, and with
// what it is settled in where it is a perpetual: BTC_USDT_USDT.
func freqtradePair(known []market.Instrument, s store.Series) (string, error) {
	var base, quote string
	for i := range known {
		if k := &known[i]; k.Venue == s.Venue && k.Symbol == s.Symbol {
			base, quote = k.Base, k.Quote
		}
	}
	if quote == "" {
		var err error
		if base, quote, err = market.SplitSymbol(s.Symbol); err != nil {
			return "", &market.Error{Class: market.Data, Where: s.String(), Err: err, Hint: "import its filters with 'signalman data instruments import'"}
		}
	}
	if s.Venue == perpetuals {
		return base + "_" + quote + "_" + quote, nil
	}
	return base + "_" + quote, nil
}
