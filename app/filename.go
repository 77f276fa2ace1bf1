package app

import (
	"path/filepath"
	"regexp"
)

// The kinds of files that data import stores.
const (
	kindBars    = "bars"
	kindTrades  = "trades"
	kindFunding = "funding"
)

// unwanted are the kinds of files that it does not: why, and what to do.
var unwanted = map[string]struct{ why, hint string }{
	"mark":    {"mark prices are no trades, and a backtest must not fill orders at them", "import the candles of trades"},
	"index":   {"index prices are no trades, and a backtest must not fill orders at them", "import the candles of trades"},
	"premium": {"the premium of an index is no price", "import the candles of trades"},
	"month":   {"months have no fixed length and are no interval", "import days or weeks"},
	"coin":    {"futures margined in coin count contracts", "import those of futures/um"},
	"option":  {"options are not traded", "import spot or futures"},
}

// A fileName is what the path of a file says of what it holds; "" where it says nothing.
type fileName struct {
	symbol, interval string
	kind             string // one of those above, or of unwanted
	venue            string // that Binance's folders name
	futures          bool   // it is of perpetual futures, which have a venue of their own
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
	{regexp.MustCompile(`^(?P<base>[A-Z0-9]{3,})-mark-(?P<interval>[0-9]+[smhdw])(?:[-.]|$)`), "mark"},
	{regexp.MustCompile(`^(?P<base>[A-Z0-9_]{3,})-[0-9]+(?:mo|M)(?:[-.]|$)`), "month"},
	{regexp.MustCompile(`^(?P<base>[A-Z0-9]+)_(?P<quote>[A-Z][A-Z0-9]*)-(?P<interval>[0-9]+[smhdw])(?:\.|$)`), kindBars},
	{regexp.MustCompile(`^(?P<base>[A-Z0-9]+)_(?P<quote>[A-Z][A-Z0-9]*)_(?P<settle>[A-Z0-9]+)-(?P<interval>[0-9]+[smhdw])-futures(?:\.|$)`), kindBars},
	{regexp.MustCompile(`^(?P<base>[A-Z0-9]+)_(?P<quote>[A-Z][A-Z0-9]*)_(?P<settle>[A-Z0-9]+)-[0-9]+[smhdw]-funding_rate(?:\.|$)`), kindFunding},
	{regexp.MustCompile(`^(?P<base>[A-Z0-9]+)_(?P<quote>[A-Z][A-Z0-9]*)_(?P<settle>[A-Z0-9]+)-(?P<interval>[0-9]+[smhdw])-mark(?:\.|$)`), "mark"},
}

// nameOf reads the path of a file: its name, and the folders of Binance's archive.
func nameOf(path string) fileName {
	n := baseName(filepath.Base(path))
	full, err := filepath.Abs(path)
	if err != nil {
		return n
	}
	dir := filepath.ToSlash(filepath.Dir(full)) + "/"
	for _, f := range folders {
		if !f.pattern.MatchString(dir) {
			continue
		}
		if f.kind != "" && n.kind != "" {
			n.kind = f.kind
		}
		if f.venue != "" {
			n.venue, n.futures = f.venue, f.venue == perpetuals
		}
	}
	return n
}

// folders are those of Binance's archive: the files in them are called alike whatever
// they hold.
var folders = []struct {
	pattern     *regexp.Regexp
	venue, kind string
}{
	{regexp.MustCompile(`/spot/(?:monthly|daily|klines|aggTrades)/`), "binance", ""},
	{regexp.MustCompile(`/futures/um/`), perpetuals, ""},
	{regexp.MustCompile(`/futures/cm/`), "", "coin"},
	{regexp.MustCompile(`/option/(?:monthly|daily)/`), "", "option"},
	{regexp.MustCompile(`/markPriceKlines/`), "", "mark"},
	{regexp.MustCompile(`/indexPriceKlines/`), "", "index"},
	{regexp.MustCompile(`/premiumIndexKlines/`), "", "premium"},
}

// baseName reads the name of a file without its folders.
func baseName(base string) fileName {
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
