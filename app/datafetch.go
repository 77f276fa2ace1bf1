package app

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/internal/fetch"
	"github.com/signalman-trading/signalman/market"
)

// fetchFlags are the flags of data fetch as typed.
type fetchFlags struct {
	market, intervals, kinds string
	from, to                 string
	archive, baseURL         string
	resync, noInstruments    bool
	noChecksum               bool
}

func (c *command) fetchCommand() *cobra.Command {
	var f fetchFlags
	cmd := &cobra.Command{
		Use:   "fetch SYMBOL...",
		Short: "bring candles, fundings and trades of Binance into the store",
		Long: `Asks Binance for what the store lacks, and stores it under the venue binance (spot) or
binance-usdm (perpetual futures). A series goes on after its last stored bar; the first
time --from says where it starts. What was fetched is stored piece by piece: after Ctrl-C
or a crash the same command goes on where it stopped. No key is needed.`,
		Example: `  signalman data fetch BTCUSDT ETHUSDT --from 2024-01-01
  signalman data fetch BTCUSDT --interval 1m,1h
  signalman data fetch BTCUSDT --market usdm --kind bars,funding --from 2023-01-01
  signalman data fetch BTCUSDT --from 2024-01-01 --to 2024-02-01 --resync
  signalman data fetch BTCUSDT --from 2020-01-01 --archive https://data.binance.vision`,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := f.plan(args)
			if err != nil {
				return err
			}
			if p.archive != "" {
				return c.fetchArchive(cmd.Context(), p)
			}
			return c.fetchVenue(cmd.Context(), p)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.market, "market", "spot", "market: spot, or usdm for perpetual futures")
	flags.StringVar(&f.intervals, "interval", "1m", "lengths of bars, such as 1m,1h")
	flags.StringVar(&f.kinds, "kind", "bars", "what to fetch, of bars, funding, trades, instruments")
	flags.StringVar(&f.from, "from", "", "first open time (RFC 3339 or a date); default: after the last stored bar")
	flags.StringVar(&f.to, "to", "", "open time to stop before (RFC 3339 or a date); default: now")
	flags.BoolVar(&f.resync, "resync", false, "fetch what is stored again, and list the bars that the venue has restated")
	flags.BoolVar(&f.noInstruments, "no-instruments", false, "store no snapshot of the symbols' filters")
	flags.StringVar(&f.archive, "archive", "", "directory or address of files in the layout of data.binance.vision to fetch from instead")
	flags.BoolVar(&f.noChecksum, "no-checksum", false, "with --archive: take files as they are, as those that were issued anew")
	flags.StringVar(&f.baseURL, "base-url", "", "address of the venue's REST interface (default https://api.binance.com or https://fapi.binance.com)")
	return cmd
}

// fetchPlan is what a command line asks to fetch.
type fetchPlan struct {
	usdm          bool
	venue         string // as the store names it
	symbols       []string
	intervals     []market.Interval
	kinds         []string // of bars, funding, trades, instruments
	from, to      market.Time
	archive, base string
	resync        bool
	noChecksum    bool // take files of the archive as they are
	instruments   bool // store a snapshot of their filters
	seen          *fetch.Imported
}

// wants reports whether a kind is to be fetched.
func (p *fetchPlan) wants(kind string) bool { return slices.Contains(p.kinds, kind) }

// symbolName is how Binance writes a symbol; some have letters of other scripts.
var symbolName = regexp.MustCompile(`^[\p{L}\p{N}_]{2,40}$`)

func (f *fetchFlags) plan(args []string) (*fetchPlan, error) {
	p := &fetchPlan{archive: f.archive, base: f.baseURL, resync: f.resync, noChecksum: f.noChecksum, instruments: !f.noInstruments}
	if len(args) == 0 {
		return nil, usageError("see 'signalman data fetch --help'", "no symbol to fetch")
	}
	for _, a := range args {
		s := strings.ToUpper(a)
		if !symbolName.MatchString(s) {
			return nil, usageError("write it as the venue does, such as BTCUSDT", "%q is not a symbol", a)
		}
		if !slices.Contains(p.symbols, s) {
			p.symbols = append(p.symbols, s)
		}
	}
	var err error
	if p.from, p.to, err = span(f.from, f.to); err != nil {
		return nil, err
	}
	return p, errors.Join(f.place(p), f.what(p), f.contradiction(p))
}

// contradiction reports flags that say nothing together.
func (f *fetchFlags) contradiction(p *fetchPlan) error {
	switch {
	case f.noInstruments && p.wants("instruments"):
		return usageError("leave one of them away", "--kind instruments and --no-instruments contradict each other")
	case f.noChecksum && f.archive == "":
		return usageError("leave it away: the REST interface has no files", "--no-checksum is for --archive")
	case f.archive != "" && f.baseURL != "":
		return usageError("leave one of them away", "--archive and --base-url name two places to fetch from")
	}
	return nil
}

// place reads where to fetch from.
func (f *fetchFlags) place(p *fetchPlan) error {
	switch f.market {
	case "spot":
		p.venue = binance.Spot
	case "usdm":
		p.venue, p.usdm = binance.USDM, true
	default:
		return usageError("", "--market %q is neither spot nor usdm", f.market)
	}
	if f.baseURL == "" {
		return nil
	}
	u, err := url.Parse(f.baseURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.User != nil {
		shown := ""
		if err == nil {
			shown = fmt.Sprintf(" %q", u.Redacted())
		}
		return usageError("write it as https://api.binance.com, without a user", "--base-url%s is not an address", shown)
	}
	p.base = strings.TrimRight(f.baseURL, "/")
	return nil
}

// kinds are what data fetch can fetch.
var fetchKinds = []string{"bars", "funding", "trades", "instruments"}

// what reads what to fetch.
func (f *fetchFlags) what(p *fetchPlan) error {
	for text := range strings.SplitSeq(f.intervals, ",") {
		d, err := market.ParseInterval(strings.TrimSpace(text))
		if err != nil {
			return usageError("", "%w", err)
		}
		if !slices.Contains(p.intervals, d) {
			p.intervals = append(p.intervals, d)
		}
	}
	for text := range strings.SplitSeq(f.kinds, ",") {
		kind := strings.TrimSpace(text)
		if !slices.Contains(fetchKinds, kind) {
			return usageError("", "--kind %q is none of %s", kind, strings.Join(fetchKinds, ", "))
		}
		if kind == "funding" && !p.usdm {
			return usageError("add --market usdm", "only perpetual futures have fundings")
		}
		if !p.wants(kind) {
			p.kinds = append(p.kinds, kind)
		}
	}
	return nil
}
