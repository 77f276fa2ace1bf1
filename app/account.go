package app

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/internal/origin"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// account is one configured account, ready to run over its history.
type account struct {
	config  *config.Account
	engine  engine.Config
	history *backtest.History
	sim     sim.Options
	fills   []market.Interval // of the bars that fill orders, by instrument; nil: the finest watched
	hash    market.Hash       // of the resolved configuration
	text    string            // the resolved configuration, without where keys lie
	where   string            // the file of the configuration, or the journal it was read from
	looked  []looked          // what was found in each of the history's series
	origin  string            // of the history, as naming has it
	rates   []string          // where the fundings of each instrument come from; empty where there are none

	news     *live.Signals // of a session that goes by the clock; nil for a history
	reloaded *account      // what a session has been reloaded to so far; itself where it was not

	stored func(market.SignalKind) int // counts the signal rows of the store
}

// located names the configuration in an error about it that names no place, and the table
// of a rule in an error of its Init. What is no
// error for the operator is a defect.
func (a *account) located(err error) error {
	var e *market.Error
	if !errors.As(err, &e) {
		return defect(err)
	}
	if e.Class != market.Usage || e.Where != "" {
		return err
	}
	placed := *e
	placed.Where = a.where
	if r := (*engine.RiskError)(nil); errors.As(err, &r) {
		placed.Where = cmp.Or(a.config.Where(r.Who), a.where)
	}
	return &placed
}

// defect says what to do about an error of a run that only the program can have made: no
// configuration, no history and no venue is to blame for it.
func defect(err error) error {
	var e *market.Error
	var file *fs.PathError
	var venue *exchange.Fault
	if err == nil || errors.As(err, &e) || errors.As(err, &file) || errors.As(err, &venue) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &market.Error{Class: market.Failed, Err: err, Hint: "this is a defect of signalman: report it with the configuration and the history"}
}

// configPlugins lists what a configuration may name.
func (c *command) configPlugins() config.Plugins {
	return config.Plugins{Strategies: c.plugins.Strategies, Rules: c.plugins.Rules, Sizers: c.plugins.Sizers, Sources: c.plugins.Sources, Exchanges: c.plugins.Exchanges}
}

// loadAccount reads the configuration and the history of its one account.
func (c *command) loadAccount(ctx context.Context, sets []string) (*account, error) {
	cfg, err := config.Load(c.config, c.configPlugins(), sets...)
	if err != nil {
		return nil, err
	}
	r, done, err := c.reader(cfg.History, `or trade the bundled history with history = "sample" in [data]`)
	if err != nil {
		return nil, err
	}
	defer done()
	return c.accountOver(ctx, cfg, r, naming{history: cfg.History})
}

// naming says of a history what the names of its symbols do not.
type naming struct {
	base, quote string
	trades      bool   // orders fill at the recorded trades
	history     string // of the configuration; empty is the file of --csv
}

// finer says how to get finer bars than a history has.
var finer = map[string]string{
	"":            "name a file of finer bars with --detail-csv",
	config.Sample: finerInStore,
	config.Demo:   finerInStore,
}

const finerInStore = "the bundled history has nothing finer: import finer bars with 'signalman data import' and run over the store (--history store, or history = \"store\" in [data])"

// accountOver makes the one account of a configuration, trading on a history.
func (c *command) accountOver(ctx context.Context, cfg *config.Config, r store.Reader, n naming) (*account, error) {
	if len(cfg.Accounts) != 1 {
		return nil, usageError("", "%s has %d accounts: one is supported in a run", c.config, len(cfg.Accounts))
	}
	a := &account{config: &cfg.Accounts[0], hash: cfg.Hash(), text: string(cfg.Keyless()), where: c.config, origin: n.history, stored: c.storedRows}
	if len(a.config.Strategies) == 0 {
		return nil, usageError("add a table [strategy.NAME]", "account %s has no strategy", a.config.Name)
	}
	var err error
	if a.history, err = loadHistory(r, a.config, n); err != nil {
		return nil, err
	}
	if err := c.tellVenues(r, a); err != nil {
		return nil, err
	}
	if err := a.storedFunding(r); err != nil {
		return nil, err
	}
	if err := c.fetchSources(ctx, cfg, a.history); err != nil {
		return nil, err
	}
	if a.history.Detail = a.config.Detail; n.trades {
		a.history.Detail = market.Trades
	}
	a.history.Finer = finer[n.history]
	a.history.MarkVolume()
	a.history = a.history.Between(a.config.From, a.config.To)
	if from, _ := a.history.Span(); from == 0 {
		return nil, &market.Error{Class: market.Data, Where: "account." + a.config.Name, Err: errors.New("no bars between from and to"), Hint: "see 'signalman data list'"}
	}
	if err := c.checkHistory(a); err != nil {
		return nil, err
	}
	a.history.Funding = during(a.history, a.history.Funding)
	if err := a.addFlows(); err != nil {
		return nil, err
	}
	if err := a.addFunding(a.config.Funding, "funding ="); err != nil {
		return nil, a.located(err)
	}
	return a, a.build()
}

// loadHistory reads the bars of every symbol that a strategy of the account trades,
// at every stored interval, the filters as they changed, and all signals.
func loadHistory(r store.Reader, a *config.Account, n naming) (*backtest.History, error) {
	known, err := r.Listings(a.From, 0)
	if err != nil {
		return nil, err
	}
	h := &backtest.History{}
	for _, symbol := range symbols(a) {
		found, err := storedSeries(r, wanted(a, symbol, n.trades), symbol)
		if err != nil {
			return nil, err
		}
		listed := snapshotsOf(known, found[0])
		in, err := n.instrument(listed, found[0])
		if err != nil {
			return nil, err
		}
		in.ID, in.Fees, in.Margin = market.InstrumentID(len(h.Instruments)), a.Fees, a.Margin
		h.Instruments = append(h.Instruments, in)
		for k := 1; k < len(listed); k++ {
			filters := listed[k].Instrument
			filters.Margin = nil // the account's holds
			h.Listings = append(h.Listings, backtest.Listing{Time: listed[k].From, Instrument: in.ID, Filters: filters})
		}
		for _, s := range found {
			cols, err := r.Bars(s, 0, 0)
			if err != nil {
				return nil, err
			}
			h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: cols})
		}
	}
	h.Signals, err = r.Signals(store.SignalFilter{})
	return h, err
}

// storedSeries returns the series of a symbol at every interval, all of one venue. There
// are many trades, so theirs is left out unless it is asked for.
func storedSeries(r store.Reader, w wants, symbol string) ([]store.Series, error) {
	all, err := r.SeriesList()
	if err != nil {
		return nil, err
	}
	found, err := w.choose(all, symbol)
	if err != nil {
		return nil, err
	}
	if !w.trades {
		found = slices.DeleteFunc(found, func(s store.Series) bool { return s.Interval == market.Trades })
	}
	if len(found) == 0 {
		return nil, &market.Error{Class: market.Data, Where: symbol, Err: errors.New("only trades are stored, and no bars"), Hint: "fill orders at them with 'signalman backtest --detail trades', or import candles"}
	}
	return found, nil
}

// preferred returns, of the series of a symbol, those at venues of perpetual futures or
// those at others, and all of them where there are none.
func preferred(found []store.Series, perpetual bool) []store.Series {
	var list []store.Series
	for _, s := range found {
		if futures(s.Venue) == perpetual {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		return found
	}
	return list
}

// futures reports whether a venue is one of perpetual futures.
func futures(venue string) bool { return strings.HasSuffix(venue, "-usdm") }

// symbols returns the symbols of the account's strategies, sorted.
func symbols(a *config.Account) []string {
	var list []string
	for _, s := range a.Strategies {
		list = append(list, s.Symbols...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// snapshotsOf returns the snapshots of a stored series' instrument.
func snapshotsOf(all []store.InstrumentSnapshot, s store.Series) (list []store.InstrumentSnapshot) {
	for _, one := range all {
		if one.Instrument.Symbol == s.Symbol && one.Instrument.Venue == s.Venue {
			list = append(list, one)
		}
	}
	return list
}

// instrument returns the first of a stored series' snapshots, or the rules of a bare
// file where none were stored.
func (n *naming) instrument(listed []store.InstrumentSnapshot, s store.Series) (market.Instrument, error) {
	if len(listed) > 0 {
		return listed[0].Instrument, nil
	}
	return n.bare(s)
}

// bare returns an instrument of which only the symbol is known.
func (n *naming) bare(s store.Series) (market.Instrument, error) {
	base, quote := n.base, n.quote
	if base == "" || quote == "" {
		b, q, err := market.SplitSymbol(s.Symbol)
		if err != nil {
			return market.Instrument{}, &market.Error{Class: market.Usage, Err: err}
		}
		base, quote = cmp.Or(base, b), cmp.Or(quote, q)
	}
	in := market.Bare(s.Symbol, base, quote)
	in.Venue = s.Venue
	return in, in.Validate()
}

// build makes the engine's configuration of the account's.
func (a *account) build() error {
	a.engine = engine.Config{
		Instruments: a.history.Instruments, Seed: a.config.Seed, Cash: a.config.Cash, Discount: a.config.Discount, TargetBand: a.config.Sim.TargetBand,
		Panicked: origin.Panic, Audit: a.config.Audit, Netting: a.config.Netting, MaxLoss: a.config.MaxLoss,
	}
	for _, s := range a.config.Strategies {
		in := engine.Instance{Name: s.Name, Strategy: s.Value, Interval: s.Interval, Weight: s.Weight, Flatten: s.OnFailure == "flatten"}
		for _, symbol := range s.Symbols {
			k := slices.IndexFunc(a.history.Instruments, func(in market.Instrument) bool { return in.Symbol == symbol })
			in.Instruments = append(in.Instruments, market.InstrumentID(k))
		}
		if s.Risk != nil {
			in.Rules = s.Risk.Rules
		}
		if s.Sizer != nil {
			in.Sizer = &engine.Sizer{Name: s.Sizer.Name, Sizer: s.Sizer.Value}
		}
		a.engine.Instances = append(a.engine.Instances, in)
	}
	o := &a.config.Sim
	if o.Participation.IsZero() {
		return usageError("1 turns the cap off", "participation must be above 0")
	}
	path, err := sim.ParsePath(o.Path)
	if err != nil {
		return usageError("", "%w", err)
	}
	a.sim = sim.Options{
		Latency: market.Time(o.Latency), Jitter: market.Time(o.Jitter), MaxWait: market.Time(o.MaxWait), SlippageBps: o.SlippageBps,
		SpreadBps: o.SpreadBps, ImpactBps: o.ImpactBps, Volatility: o.Volatility, RandomBps: o.RandomBps,
		Participation: o.Participation, OverflowBps: o.OverflowBps, Path: path, Touch: o.Touch, Queue: o.Queue, Seed: a.config.Seed,
	}
	if err := a.sim.Validate(); err != nil {
		return usageError("", "%w", err)
	}
	return nil
}

// inputs names the history of the account: the hash of all of it.
func (a *account) inputs() string { return a.history.InputsHash(nil).String() }

// identity says what ran, for the head of a report.
func (a *account) identity(execution []market.Interval) backtest.Identity {
	id := backtest.Identity{Binary: binary(), Config: a.hash, Seed: a.engine.Seed, Inputs: a.history.InputsHash(execution)}
	id.From, id.To = a.history.ExecutionSpan(execution)
	return id
}
