package app

import (
	"path/filepath"
	"regexp"
)

// The kinds of files that data import stores, and one that it does not.
const (
	kindBars    = "bars"
	kindTrades  = "trades"
	kindFunding = "funding"
	kindMarks   = "mark" // candles of mark prices, at which nobody trades
)

// A fileName is what the name of a file says of what it holds; "" where it says nothing.
type fileName struct {
	symbol, interval, kind string
	futures                bool // it is of perpetual futures, which have a venue of their own
}

// fileNames are how exchanges and programs name files. Binance: SYMBOL-INTERVAL, SYMBOL-
// aggTrades or SYMBOL-fundingRate, and a date. freqtrade: BASE_QUOTE-INTERVAL, and for
// futures BASE_QUOTE_SETTLE-INTERVAL and what they are.
var fileNames = []struct {
	pattern *regexp.Regexp
	kind    string
}{
	{regexp.MustCompile(`^(?P<base>[A-Z0-9]{3,})-(?P<interval>[0-9]+[smhdw])(?:[-.]|$)`), kindBars},
	{regexp.MustCompile(`^(?P<base>[A-Z0-9_]{3,})-aggTrades(?:[-.]|$)`), kindTrades},
	{regexp.MustCompile(`^(?P<base>[A-Z0-9_]{3,})-funding(?:Rate)?(?:[-.]|$)`), kindFunding},
	{regexp.MustCompile(`^(?P<base>[A-Z0-9]{3,})-mark-(?P<interval>[0-9]+[smhdw])(?:[-.]|$)`), kindMarks},
	{regexp.MustCompile(`^(?P<base>[A-Z0-9]+)_(?P<quote>[A-Z][A-Z0-9]*)-(?P<interval>[0-9]+[smhdw])(?:\.|$)`), kindBars},
	{regexp.MustCompile(`^(?P<base>[A-Z0-9]+)_(?P<quote>[A-Z][A-Z0-9]*)_(?P<settle>[A-Z0-9]+)-(?P<interval>[0-9]+[smhdw])-futures(?:\.|$)`), kindBars},
	{regexp.MustCompile(`^(?P<base>[A-Z0-9]+)_(?P<quote>[A-Z][A-Z0-9]*)_(?P<settle>[A-Z0-9]+)-[0-9]+[smhdw]-funding_rate(?:\.|$)`), kindFunding},
	{regexp.MustCompile(`^(?P<base>[A-Z0-9]+)_(?P<quote>[A-Z][A-Z0-9]*)_(?P<settle>[A-Z0-9]+)-(?P<interval>[0-9]+[smhdw])-mark(?:\.|$)`), kindMarks},
}

// nameOf reads the name of a file.
func nameOf(path string) fileName {
	base := filepath.Base(path)
	for _, f := range fileNames {
		m := f.pattern.FindStringSubmatch(base)
		if m == nil {
			continue
		}
		get := func(group string) string {
			if i := f.pattern.SubexpIndex(group); i >= 0 {
				return m[i]
			}
			return ""
		}
		return fileName{
			symbol: get("base") + get("quote"), interval: get("interval"), kind: f.kind,
			futures: f.kind == kindFunding || get("settle") != "",
		}
	}
	return fileName{}
}

// dataName matches the extensions of files that may hold candles, trades or fundings.
var dataName = regexp.MustCompile(`\.(?:csv|json)(?:\.(?:gz|zst|xz))?$|\.(?:zip|feather|parquet)$`)
