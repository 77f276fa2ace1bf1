package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/internal/slab"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/strategy"
)

// Feed is where events come from.
type Feed interface {
	// Next returns every event of the next instant, ordered as semantics T2 says; nil
	// when time reaches limit before the next event; io.EOF at the end. The slice is
	// valid until the next call.
	Next(ctx context.Context, limit market.Time) ([]market.Event, error)
}

// Router is where decisions go. Its methods never block or fail: outcomes return
// through the Feed.
type Router interface {
	// Submit sends a new order.
	Submit(now market.Time, o market.Order)
	// Cancel asks for the end of an order.
	Cancel(now market.Time, id market.OrderID)
	// Amend asks for the quantity and price that o now has.
	Amend(now market.Time, o market.Order)
}

// Journal keeps what the engine was given and what it decided.
type Journal interface {
	// Append adds a record to those of the instant. What r points to is valid until
	// Commit; of a bar's columns only the row counts.
	Append(r market.Record) error
	// Commit makes the records of one instant durable, before anything is routed.
	Commit() error
}

// Instance is one strategy at work.
type Instance struct {
	Name        string
	Strategy    strategy.Strategy
	Instruments []market.InstrumentID
	Interval    market.Interval // of bar queries that name none
	Weight      decimal.Decimal // share of the account's start equity; 0 to 1
	Sizer       *Sizer          // for orders without a quantity; nil refuses them
	Rules       []risk.Named    // in order; instances that share a chain share the values
	Flatten     bool            // close its positions where the strategy panics or fails; else they stay
}

// Sizer is a sizer with its name in the configuration.
type Sizer struct {
	Name string
	risk.Sizer
}

// Config is everything a run needs. Strategies run sorted by name.
type Config struct {
	Instances   []Instance
	Instruments []market.Instrument // indexed by their ids
	Feed        Feed
	Router      Router
	Journal     Journal // nil keeps none
	Seed        uint64
	Cash        decimal.Decimal    // of the account at the start, in quote
	Discount    market.FeeDiscount // an asset that pays the fees, beside Cash
	TargetBand  decimal.Decimal    // smallest change of a Target, as a share of equity; see DefaultTargetBand
	MaxLoss     decimal.Decimal    // share of Cash; once more is lost, new risk halts until resume; 0 is off
	Netting     bool               // strategies may share a perpetual, whose positions the venue nets (semantics M5)
	Audit       bool               // keep a second set of books and compare after every event; costs time
	EachBar     bool               // keep the equity of every instant, not of days only
	// Opening is when trading begins: bars before it only warm series up, and nothing is
	// warm before it, so that a session decides nothing on the past (semantics T4). 0 is
	// from the first bar on.
	Opening market.Time
	Log     *slog.Logger // for strategies; nil is silent
	// Rebuild says which changes the text of a market.Reload describes, with everything that
	// is new in them made. It must say the same for the same text and those before it, since
	// the journal holds the text alone. nil refuses reloads.
	Rebuild func(text string) ([]Change, error)
	// Panicked, if set, is called in the midst of a panic of a plug-in, and says where
	// in the source it is: for the error that the operator reads.
	Panicked func() string
}

// DefaultTargetBand returns the target_band of semantics D1: 0.5 % of equity.
func DefaultTargetBand() decimal.Decimal { return decimal.New(5, -3) }

// Engine is one run of one account.
type Engine struct {
	cfg       Config              // its Instruments are the engine's own, as of now
	listed    []market.Instrument // as the run began
	market    *desk.Market
	exec      []market.Interval // execution interval by instrument
	opens     []float64         // the first open of each execution series; 0 before it
	books     []*book           // by strategy name
	rules     []*risk.Host      // with subscriptions, in order of first use
	hosted    []hosted          // all rules and sizers
	curve     Curve
	orders    []*Order // of all strategies, in order of decision
	trades    []*Trade // closed
	orderSlab slab.Slab[Order]
	tradeSlab slab.Slab[Trade]
	halts     []Halt
	notices   []Notice
	intents   []intent             // of this instant
	increases []increase           // of targets, which come last
	own       []market.OrderUpdate // refusals, known in a further instant
	routed    []market.Decision
	refusals  []Count
	cuts      []Count
	band      float64 // Config.TargetBand
	skipped   int
	locked    int
	unfunded  int
	used      usedSignals
	bars      int
	rounds    int            // instants of the same time so far
	run       []market.Event // the last bar of the feed, whose next rows may follow it
	phase     phase          // of the instant
	at        int            // the rule or strategy that is being called in it
	started   bool
	timed     bool        // somebody has a schedule
	flattens  bool        // a halt is closing positions
	tends     bool        // a shield is due
	watching  int         // shields that go by closes
	quitAt    market.Time // when the process was told to end last
	steady    bool        // a rule is to be called in each instant
	queued    bool        // something was queued for rules in this one
	exposures exposures   // of the account
	worth     worth
	changes   int         // of what strategies may come to hold, within an instant
	liftAt    market.Time // when the next halt lifts by itself

	unallocated  decimal.Decimal // cash of the account that no strategy has
	moved        decimal.Decimal // deposits less withdrawals
	movedF       float64
	cashF        float64 // of the account
	idleF        float64 // unallocated
	flows        []Flowed
	flowsRefused []FlowRefused
	surplus      []Amount // of the account beyond these books, sorted
	strangeFees  bool     // a fee was paid in what they do not hold
	holdingsF    []holdingF
	audit        *audit // nil where Config.Audit is off
	discount     discount
	failure      error
}

// Halt is a stop of new risk that stands.
type Halt struct {
	desk.Halt
	Strategy string // empty where the whole account is halted
	Time     market.Time
}

// Count is how often a rule did something to an order: refused it, or cut it.
type Count struct {
	Rule string
	N    int
}

// New checks a configuration and initialises its strategies, rules and sizers. Feed
// and Router may still be nil: Connect sets them, once Subscriptions are known.
func New(cfg Config) (*Engine, error) {
	if err := validate(&cfg); err != nil {
		return nil, err
	}
	listed := cfg.Instruments
	cfg.Instruments = slices.Clone(listed)
	e := &Engine{cfg: cfg, listed: listed, market: desk.NewMarket(cfg.Instruments), exec: make([]market.Interval, len(cfg.Instruments)), opens: make([]float64, len(cfg.Instruments))}
	e.market.Opening, e.liftAt = cfg.Opening, market.MaxTime
	var err error
	if e.discount, err = newDiscount(&cfg); err != nil {
		return nil, err
	}
	instances := slices.Clone(cfg.Instances)
	slices.SortFunc(instances, func(a, b Instance) int { return strings.Compare(a.Name, b.Name) })
	for _, in := range instances {
		b, err := e.open(in)
		if err != nil {
			return nil, err
		}
		e.books = append(e.books, b)
	}
	e.exposures = newExposures(e, e.books)
	if err := e.openRisk(); err != nil {
		return nil, err
	}
	for _, b := range e.books {
		e.timed = e.timed || b.host.Hub().NextTimer() < market.MaxTime
	}
	for _, h := range e.rules {
		e.timed = e.timed || h.NextTimer() < market.MaxTime
	}
	e.band = market.Float(cfg.TargetBand)
	e.curve.start, e.curve.each = market.Float(cfg.Cash), cfg.EachBar
	e.unallocated = cfg.Cash
	for _, b := range e.books {
		e.unallocated = e.unallocated.Sub(b.cash)
	}
	e.idleF = market.Float(e.unallocated)
	if cfg.Audit {
		e.audit = newAudit(e)
	}
	e.watchLoss()
	e.sum()
	return e, nil
}

func validate(cfg *Config) error {
	if cfg.TargetBand.IsNegative() || cfg.Cash.IsNegative() {
		return fmt.Errorf("cash %s and target band %s must not be negative", cfg.Cash, cfg.TargetBand)
	}
	if cfg.MaxLoss.IsNegative() || cfg.MaxLoss.GreaterThan(decimal.New(1, 0)) {
		return fmt.Errorf("max_loss %s must be from 0 to 1", cfg.MaxLoss)
	}
	if err := cfg.Discount.Validate(); err != nil {
		return err
	}
	for i := range cfg.Instruments {
		if err := cfg.Instruments[i].Validate(); err != nil {
			return err
		}
		if cfg.Instruments[i].ID != market.InstrumentID(i) {
			return fmt.Errorf("instrument %s has id %d at index %d", cfg.Instruments[i].Symbol, cfg.Instruments[i].ID, i)
		}
		if q := cfg.Instruments[i].Quote; q != cfg.Instruments[0].Quote {
			return fmt.Errorf("instruments are quoted in %s and %s: one account trades one quote asset", cfg.Instruments[0].Quote, q)
		}
		if cfg.Instruments[i].Perpetual() != cfg.Instruments[0].Perpetual() {
			return fmt.Errorf("%s and %s are a spot pair and a perpetual: one account trades one kind", cfg.Instruments[0].Symbol, cfg.Instruments[i].Symbol)
		}
	}
	return validateInstances(cfg)
}

func validateInstances(cfg *Config) error {
	total := decimal.Zero
	names := map[string]bool{}
	for _, in := range cfg.Instances {
		switch {
		case in.Name == "" || strings.ContainsAny(in.Name, "/ \n"):
			return fmt.Errorf("strategy name %q must not be empty or hold a slash or space", in.Name)
		case names[in.Name]:
			return fmt.Errorf("two strategies are named %q", in.Name)
		case in.Strategy == nil || len(in.Instruments) == 0:
			return fmt.Errorf("strategy %s has no code or no instruments", in.Name)
		case in.Weight.IsNegative():
			return fmt.Errorf("strategy %s: weight %s is negative", in.Name, in.Weight)
		}
		names[in.Name] = true
		total = total.Add(in.Weight)
		for _, i := range in.Instruments {
			if i < 0 || int(i) >= len(cfg.Instruments) {
				return fmt.Errorf("strategy %s: no instrument has id %d", in.Name, i)
			}
		}
	}
	if total.GreaterThan(decimal.New(1, 0)) {
		return fmt.Errorf("the weights of the strategies sum to %s: at most 1", total)
	}
	return checkNetting(cfg)
}

// open makes the sub-ledger of an instance and initialises its strategy.
func (e *Engine) open(in Instance) (*book, error) {
	b := newBook(e, in)
	b.desk = desk.Instance{
		Market: e.market, Trader: b, Name: in.Name, Instruments: in.Instruments, Interval: in.Interval,
		Seed: e.cfg.Seed, Log: e.logger().With("strategy", in.Name),
	}
	var err error
	b.host, err = e.host(&b.desk, in.Strategy)
	return b, err
}

func (e *Engine) logger() *slog.Logger {
	if e.cfg.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return e.cfg.Log
}

// hosted is a rule or sizer at work.
type hosted struct {
	who  any // a risk.Rule or a risk.Sizer
	host *risk.Host
}

// openRisk makes one host for each rule and sizer, whichever strategies share it. Those that
// have one keep it.
func (e *Engine) openRisk() error {
	had := e.hosted
	e.rules, e.hosted, e.steady = nil, nil, false
	for _, b := range e.books {
		for _, named := range b.in.Rules {
			uses := func(o *book) bool {
				return slices.ContainsFunc(o.in.Rules, func(n risk.Named) bool { return n.Rule == named.Rule })
			}
			if err := e.hostRisk(had, named.Rule, named.Name, named.Rule.Init, uses); err != nil {
				return err
			}
		}
		if z := b.in.Sizer; z != nil {
			uses := func(o *book) bool { return o.in.Sizer != nil && o.in.Sizer.Sizer == z.Sizer }
			if err := e.hostRisk(had, z.Sizer, z.Name, z.Init, uses); err != nil {
				return err
			}
		}
	}
	return nil
}

// RiskError is what the Init of a rule or sizer returned.
type RiskError struct {
	Who any // the risk.Rule or risk.Sizer
	Err error
}

// Error returns the text, with the rule's name.
func (e *RiskError) Error() string { return e.Err.Error() }

// Unwrap returns the error.
func (e *RiskError) Unwrap() error { return e.Err }

// caught makes a panic in the Init of a rule or sizer an error of it.
func (e *Engine) caught(init func(*risk.Setup) error) func(*risk.Setup) error {
	return func(s *risk.Setup) (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%w%s: %v", ErrInitPanic, e.panicPlace(), r)
			}
		}()
		return init(s)
	}
}

// hostRisk puts a rule or sizer to work, once.
func (e *Engine) hostRisk(had []hosted, who any, name string, init func(*risk.Setup) error, uses func(*book) bool) error {
	same := func(h hosted) bool { return h.who == who }
	if slices.ContainsFunc(e.hosted, same) {
		return nil
	}
	var h *risk.Host
	if k := slices.IndexFunc(had, same); k >= 0 {
		h = had[k].host
	} else {
		var err error
		if h, err = risk.NewHost(name, e.caught(init), e.users(uses)); err != nil {
			return &RiskError{who, err}
		}
		if e.started {
			h.Start(e.market.Now)
		}
	}
	e.hosted = append(e.hosted, hosted{who, h})
	if !h.Idle() {
		e.rules = append(e.rules, h)
		e.steady = e.steady || h.Steady()
	}
	return nil
}

func (e *Engine) users(which func(*book) bool) []risk.Watched {
	var list []risk.Watched
	for _, b := range e.books {
		if which(b) {
			list = append(list, risk.Watched{Desk: &b.desk, Guard: b})
		}
	}
	return list
}

// Subscriptions lists the series that strategies and rules watch.
func (e *Engine) Subscriptions() []Subscription {
	var list []Subscription
	add := func(name string, subs []desk.Subscription) {
		for _, s := range subs {
			list = append(list, Subscription{name, s.Instrument, s.Interval, s.Lookback, s.Warmup})
		}
	}
	for _, b := range e.books {
		add(b.in.Name, b.host.Hub().Subscriptions())
	}
	for _, h := range e.rules {
		add("", h.Subscriptions())
	}
	return list
}

// Subscription is one series that a strategy watches; Strategy is empty for a rule's.
type Subscription struct {
	Strategy   string
	Instrument market.InstrumentID
	Interval   market.Interval
	Lookback   int
	Warmup     int
}

// SignalQueries lists the signals that a strategy watches.
func (e *Engine) SignalQueries(strategy string) []market.SignalQuery {
	if b := e.bookOf(strategy); b != nil {
		return b.host.Hub().SignalQueries()
	}
	return nil
}

// RuleSignal is a kind of signal that a rule or sizer watches.
type RuleSignal struct {
	Rule  string // its name in the configuration
	Query market.SignalQuery
}

// RuleSignals lists the signals that the rules and the sizer of a strategy watch.
func (e *Engine) RuleSignals(strategy string) []RuleSignal {
	var list []RuleSignal
	for _, h := range e.hosted {
		for _, q := range h.host.SignalQueries(strategy) {
			list = append(list, RuleSignal{h.host.Name(), q})
		}
	}
	return list
}

// Connect names the feed and the router, and the execution interval of each
// instrument: the finest series in the run, whose bars mark positions (semantics X1).
func (e *Engine) Connect(f Feed, r Router, execution []market.Interval) {
	e.cfg.Feed, e.cfg.Router = f, r
	if e.audit != nil {
		e.audit.connect(r)
	}
	copy(e.exec, execution)
	for i, d := range e.exec {
		if d > 0 {
			e.market.Execution[i] = e.market.Tape(market.InstrumentID(i), d)
		}
		e.curve.perBar = e.curve.perBar || d > market.Daily
	}
}

// Close ends the strategies that want to know.
func (e *Engine) Close() error {
	var errs []error
	for _, b := range e.books {
		errs = append(errs, b.host.Close())
	}
	return errors.Join(errs...)
}
