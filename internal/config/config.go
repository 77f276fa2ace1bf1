package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/strategy"
)

// Plugins are what a configuration may name.
type Plugins struct {
	Strategies []strategy.Plugin
	Rules      []risk.Plugin
	Sizers     []risk.SizerPlugin
	Sources    []signals.Plugin
	Exchanges  []exchange.Plugin // beside "sim", which is always there
}

// The values of Config.History.
const (
	Sample = "sample" // the history that is built into the program
	Demo   = "demo"   // the same with made-up signals
	Store  = "store"  // history.db in the data directory
)

// Config is a configuration with its defaults filled in.
type Config struct {
	History   string     // Sample, Demo or Store
	Accounts  []Account  // sorted by name
	Exchanges []Exchange // sorted by name
	Risks     []*Chain   // each [risk.X], sorted by name; the accounts have values of their own
	Sources   []Source   // sorted by name
	Quotas    []Quota    // that limit something, sorted by name
	Daemon    Daemon     // what runs beside a session
	Notify    []Notify   // who is told what a session does, sorted by name

	ring *ring // of its encrypted files; nil where it was made by hand
}

// Account is one [account.NAME]: one engine and its money.
type Account struct {
	Name       string
	Exchange   string          // "sim" or the name of a venue
	Mode       string          // "paper" or "live"
	Cash       decimal.Decimal // at the start, in quote; above 0
	Seed       uint64
	Fees       market.Fees
	Discount   market.FeeDiscount // an asset that pays the fees
	Margin     *market.Margin     // of an account on perpetual futures; nil on spot
	Netting    bool               // strategies may share a perpetual
	Funding    []string           // files of fundings: SYMBOL=FILE, or FILE of the only symbol
	Venue      string             // as which the traded bars are stored: "none" for those without, "" for whichever suits
	From, To   market.Time        // of a backtest; 0 is the ends of the history
	Detail     market.Interval    // of the bars that fill orders; 0 is the finest watched
	Sim        SimOptions
	OnExit     string          // what becomes of working orders when a session stops: "keep" or "cancel"
	MaxLoss    decimal.Decimal // share of Cash; once more is lost, new risk halts until resume; 0 is off
	StaleBars  int             // so many bars of a series that are missing halt new risk; 0 is off
	Audit      bool            // keep a second set of books, and compare after every event
	Flows      []Flow          // by time, then name
	Cut        []Flow          // outside of from and to as the command line sets them: they do not happen
	Strategies []*Strategy     // sorted by name
}

// SimOptions are the settings of the simulated venue, and the band of targets.
type SimOptions struct {
	Latency       market.Duration `toml:"latency" doc:"from a decision to its arrival at the venue"`
	Jitter        market.Duration `toml:"jitter" doc:"at most this much is added to latency, drawn per order"`
	MaxWait       market.Duration `toml:"max_wait" doc:"an order that first takes part later than this after arrival expires; 0 is off"`
	SlippageBps   decimal.Decimal `toml:"slippage_bps" param:"min=0,max=9999" doc:"by how many basis points market and stop fills are worse"`
	SpreadBps     decimal.Decimal `toml:"spread_bps" param:"min=0,max=9999" doc:"basis points between bid and ask; half of them make market and stop fills worse"`
	ImpactBps     decimal.Decimal `toml:"impact_bps" param:"min=0,max=9999" doc:"basis points times the root of the fill's share of the bar's volume, by which market and stop fills are worse"`
	Volatility    decimal.Decimal `toml:"volatility" param:"min=0,max=100" doc:"multiple of the average range of the 20 bars before, by which market and stop fills are worse"`
	RandomBps     decimal.Decimal `toml:"random_bps" param:"min=0,max=9999" doc:"basis points, drawn for each fill up to this, by which market and stop fills are worse"`
	Participation decimal.Decimal `toml:"participation" param:"min=0,max=1" doc:"share of a bar's volume that fills may take; 1 turns the cap off"`
	OverflowBps   decimal.Decimal `toml:"overflow_bps" param:"min=0,max=9999" doc:"by how many basis points the part of a closing fill over the cap is worse"`
	Path          string          `toml:"path" param:"oneof=pessimistic|optimistic|ohlc" doc:"the way that the price is assumed to take inside a bar"`
	Touch         bool            `toml:"touch" doc:"a resting limit fills when the price touches it"`
	Queue         decimal.Decimal `toml:"queue" param:"min=0,max=1000000" doc:"volume ahead of a limit order that arrives, as a multiple of the last bar's; a touch fills once it has traded"`
	TargetBand    decimal.Decimal `toml:"target_band" param:"min=0,max=1" doc:"smallest change of a target, as a share of equity"`
}

// Strategy is one [strategy.NAME].
type Strategy struct {
	Name      string
	Type      string
	Symbols   []string
	Interval  market.Interval
	Weight    decimal.Decimal   // share of the account's cash at the start, above 0 and at most 1
	OnFailure string            // what becomes of its positions where it panics or gives up: "keep" or "flatten"
	Value     strategy.Strategy // with its parameters
	Risk      *Chain            // shared by the strategies of the account that name it; nil has no rules
	Sizer     *Sizer            // its own or the chain's; nil refuses orders without a quantity
}

// Chain is one [risk.NAME] in one account.
type Chain struct {
	Name   string
	Rules  []risk.Named // in order
	Types  []string     // of the rules, by position
	Wheres []string     // where the tables of the rules stand, by position: FILE:LINE:COLUMN
	Sizer  *Sizer       // nil where it names none
}

// Where returns where the table of a rule or sizer of the account stands, or "".
func (a *Account) Where(who any) string {
	for _, s := range a.Strategies {
		if s.Sizer != nil && s.Sizer.Value == who {
			return s.Sizer.Where
		}
		if s.Risk == nil {
			continue
		}
		for k, r := range s.Risk.Rules {
			if r.Rule == who {
				return s.Risk.Wheres[k]
			}
		}
	}
	return ""
}

// Sizer is a sizer with its name in the configuration.
type Sizer struct {
	Name  string
	Type  string
	Value risk.Sizer // with its parameters
	Where string     // where its table stands: FILE:LINE:COLUMN
}

// Load reads a configuration file as Parse does.
func Load(path string, p Plugins, sets ...string) (*Config, error) {
	data, err := readSome(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &market.Error{
			Class: market.Usage, Where: path, Err: fmt.Errorf("there is no such configuration: %w", err),
			Hint: "name one with --config FILE, or run where strategies.toml lies",
		}
	case err != nil:
		return nil, &market.Error{Class: market.Usage, Where: path, Err: err, Hint: "the configuration must be a file that you may read"}
	}
	return Parse(path, data, p, sets)
}

// readSome reads a file, but not much more of it than a configuration may hold.
func readSome(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSize+1))
}

// maxSize bounds a configuration, in bytes.
const maxSize = 1 << 20

// Parse reads a configuration. The name stands in errors. Each of sets is a key and a
// value, "strategy.NAME.params.fast=10", that overrides the text: the value is TOML
// where it is TOML, and a string otherwise.
//
// Where it fails, the error joins a *market.Error for each fault, ordered by position,
// at most 20.
func Parse(name string, data []byte, p Plugins, sets []string) (*Config, error) {
	root, places, err := parseText(name, data)
	if err != nil {
		return nil, err
	}
	ring := &ring{}
	faults := &faults{name: name, places: places, ring: ring}
	for _, set := range sets {
		override(root, set, faults)
	}
	b := &builder{Plugins: p, root: root, faults: faults, config: &Config{ring: ring}}
	b.build()
	if err := faults.join(); err != nil {
		return nil, err
	}
	return b.config, nil
}
