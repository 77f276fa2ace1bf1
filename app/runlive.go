package app

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

// liveFlags are the flags of run that matter to an account of mode live.
type liveFlags struct {
	live, quiet bool
	fresh       bool
	yes         bool      // money that is real needs no other leave
	in          io.Reader // where leave is asked for
	step, speed string
	sets        []string
}

// goesLive reports whether the account of a configuration trades at a venue.
func goesLive(cfg *config.Config) bool {
	return len(cfg.Accounts) == 1 && cfg.Accounts[0].Mode == "live"
}

// watchesVenue reports whether the account of a configuration trades on paper over the market
// of a venue, as it comes.
func watchesVenue(cfg *config.Config) bool {
	return len(cfg.Accounts) == 1 && cfg.Accounts[0].Mode == "paper" && cfg.Exchange(cfg.Accounts[0].Exchange) != nil
}

// runPaper trades on paper over the market of the venue that the account names. No key of it
// is looked up.
func (c *command) runPaper(ctx context.Context, cfg *config.Config, f liveFlags) error {
	a := &cfg.Accounts[0]
	switch {
	case f.live || f.yes:
		return usageError(`leave --live and --yes away, or set mode = "live"`, "account %s trades on paper: it sends no order to %s", a.Name, a.Exchange)
	case f.speed != "":
		return usageError(`leave --speed away, or replay history with exchange = "sim"`, "account %s watches %s, which is no replay", a.Name, a.Exchange)
	}
	x := *cfg.Exchange(a.Exchange)
	x.Secrets = nil
	c.note("paper: the market of %s; orders fill here, and none is sent", x.Value.Says())
	return c.session(ctx, &x, x.Value, &liveSession{command: c, flags: f, paper: true})
}

// runLive trades at the venue that the account names.
func (c *command) runLive(ctx context.Context, cfg *config.Config, f liveFlags) error {
	a := &cfg.Accounts[0]
	switch {
	case !f.live:
		return usageError("say so with --live", "account %s would send orders to %s", a.Name, a.Exchange)
	case f.speed != "":
		return usageError("leave --speed away: a venue goes by its own clock", "account %s trades at %s, which is no replay", a.Name, a.Exchange)
	}
	x := cfg.Exchange(a.Exchange)
	venue, err := x.Open(c.keys.getenv)
	if err != nil {
		return err
	}
	if err := c.goLive(ctx, a, x, venue, f); err != nil {
		return err
	}
	return c.session(ctx, x, venue, &liveSession{command: c, flags: f})
}

// session runs a session at a venue, which may have a clock that is to be moved.
func (c *command) session(ctx context.Context, x *config.Exchange, venue exchange.Exchange, s *liveSession) error {
	env, err := c.exchangeEnv(x)
	if err != nil {
		return err
	}
	if s.flags.step != "" {
		if s.stepper, err = newStepper(s.flags.step); err != nil {
			return err
		}
		if err := s.stepper.begin(ctx); err != nil {
			return err
		}
		env.Now = s.stepper.now
	}
	return s.run(ctx, venue, env)
}

// exchangeEnv is the outside world of an exchange: the one place that gives it any.
func (c *command) exchangeEnv(x *config.Exchange) (exchange.Env, error) {
	for i := range x.Secrets {
		if _, err := c.keys.read(&x.Secrets[i]); err != nil {
			return exchange.Env{}, err
		}
	}
	dir, err := c.place()
	if err != nil {
		return exchange.Env{}, err
	}
	return exchange.Env{Now: time.Now, Log: c.logger().With("exchange", x.Name), Dir: filepath.Join(dir, "exchanges", x.Name)}, nil
}

// liveSession is one run at a venue.
type liveSession struct {
	*command
	flags   liveFlags
	paper   bool       // no order reaches the venue
	fills   *sim.Venue // of a session on paper that has begun
	stepper *stepper   // nil: the venue's clock goes by itself
}

func (s *liveSession) run(ctx context.Context, venue exchange.Exchange, env exchange.Env) (err error) {
	m, err := venue.Market(env)
	if err != nil {
		return err
	}
	o, err := s.open(ctx, m, venue.Says())
	if err != nil {
		return err
	}
	var e *engine.Engine
	defer func() {
		if closing := o.journal.Close(); err == nil {
			err = closing
		}
		if e == nil && o.past == nil { // it did not begin, so that nothing is recorded
			err = errors.Join(err, os.Remove(o.path))
		}
	}()
	a := o.account
	t := live.Trading{Engine: a.engine, Market: m, Journal: o.journal, Signals: a.news, Now: env.Now, Local: env.Now, Log: env.Log, Stale: o.config.Accounts[0].StaleBars, Cancel: o.config.Accounts[0].OnExit == "cancel"}
	if !s.paper {
		if err := s.broker(ctx, venue, env, o.id, &t); err != nil {
			return err
		}
	}
	if s.stepper != nil {
		t.Idle = s.stepper.idle
	}
	d := &daemon{command: s.command, config: o.config, account: a, journal: o.path, id: o.id, venue: venue.Says(), sets: s.flags.sets, control: &live.Control{}, log: env.Log, news: s.logger(), stepped: s.stepper != nil}
	if err := s.place(o, &t, d); err != nil {
		return err
	}
	s.note("journal %s", o.path)
	for _, w := range o.carried { // heard before it trades
		s.note("halted as the session before was: %s%s: %s; 'signalman resume' lifts it", w.Rule, strings.TrimRight(" "+w.Symbol, " "), w.Text)
		d.control.Say(market.HaltRisk, w)
	}
	p := &printer{out: s.out, instruments: a.history.Instruments, json: s.format == "json"}
	if !s.flags.quiet {
		if onTerminal(s.err) {
			p.progress = s.note
		}
		d.watched = append(d.watched, p.record)
	}
	t.Watch, t.Control, t.Meter = d.watch, d.control, d.measure(false, t.Now)
	err = d.beside(ctx, func(ctx context.Context) (err error) {
		e, err = s.trade(ctx, a, t)
		return err
	})
	p.end()
	return s.ended(a, e, p.notMoved, o.path, err)
}

// broker connects a session to its account.
func (s *liveSession) broker(ctx context.Context, venue exchange.Exchange, env exchange.Env, id [16]byte, t *live.Trading) (err error) {
	t.Names = exchange.NewNames(id)
	if t.Broker, err = venue.Broker(ctx, env, t.Names); err != nil {
		return err
	}
	if clock, ok := t.Broker.(exchange.Clock); ok {
		t.Now = clock.Now
	}
	return nil
}

// clock returns the time of the venue's clock where this run moves it, and of the machine's.
func (s *liveSession) clock() time.Time {
	if s.stepper != nil {
		return s.stepper.now()
	}
	return time.Now()
}

// trade runs the session at the venue, or on paper over its market.
func (s *liveSession) trade(ctx context.Context, a *account, t live.Trading) (*engine.Engine, error) {
	if !s.paper {
		return live.Trade(ctx, t)
	}
	return live.Simulate(ctx, t, func(execution []market.Interval) *sim.Venue {
		s.fills = backtest.NewVenue(&a.engine, a.history, execution, a.sim)
		return s.fills
	})
}

// liveJournal is the journal of a session at a venue, new or of one that goes on.
type liveJournal struct {
	session
	id      [16]byte
	account *account
	config  *config.Config
	carried []market.Word // halts of the session before
}

// open opens the unfinished session of this configuration at this venue, or begins one.
func (s *liveSession) open(ctx context.Context, m exchange.Market, venue string) (*liveJournal, error) {
	dir, err := s.sessions()
	if err != nil {
		return nil, err
	}
	cfg, err := config.Load(s.config, s.configPlugins(), s.flags.sets...)
	if err != nil {
		return nil, err
	}
	o := &liveJournal{config: cfg}
	if !s.flags.fresh {
		found, err := s.resume(dir, sought{hash: cfg.Hash(), account: cfg.Accounts[0].Name, mode: cfg.Accounts[0].Mode, inputs: venue, what: "venue"})
		if err != nil {
			return nil, err
		}
		if found != nil {
			o.session = *found
			o.id = found.past.Header().ID
			if o.account, err = s.accountOf(found.past, found.path); err == nil {
				o.account.news, err = s.sessionSignals(ctx, cfg, o.account.history)
			}
			if err != nil {
				return nil, errors.Join(err, found.journal.Close())
			}
			return o, nil
		}
	}
	if o.account, err = s.validAccount(ctx, m); err != nil {
		return nil, err
	}
	if err := s.carryKill(dir, cfg); err != nil {
		return nil, err
	}
	if o.carried, err = carryHalts(dir, o.account, market.TimeOf(s.clock())); err != nil {
		return nil, err
	}
	o.journal, o.id, o.path, err = createJournal(dir, o.account, venue)
	return o, err
}

// place says from when on the session trades: of a new one, that is written down. One that
// goes on does so with what its journal says, and is then given the configuration of now.
func (s *liveSession) place(o *liveJournal, t *live.Trading, d *daemon) error {
	if o.past == nil {
		t.Opening = market.TimeOf(t.Now())
		o.account.engine.Opening = t.Opening
		return o.account.setup(d.venue, t.Opening).write(o.journal, t.Opening)
	}
	t.Opening, t.Past = o.account.engine.Opening, o.past.Instants()
	t.Resumed = func(at market.Time) {
		s.note("resumed: the journal ends at %s", at)
		d.asides.Go(d.catchUp)
	}
	return nil
}

// validAccount makes the account of what the venue lists now, after a trial of what its
// strategies and rules refuse.
func (s *liveSession) validAccount(ctx context.Context, m exchange.Market) (*account, error) {
	trial, err := s.account(ctx, nil)
	if err != nil {
		return nil, err
	}
	list, err := m.Instruments(ctx, symbols(trial.config))
	if err != nil {
		return nil, err
	}
	if trial, err = s.account(ctx, list); err != nil {
		return nil, err
	}
	if _, err := engine.New(trial.engine); err != nil {
		return nil, trial.located(&market.Error{Class: market.Usage, Err: err})
	}
	return s.account(ctx, list)
}

// account makes the account of the configuration, on instruments of the venue.
func (s *liveSession) account(ctx context.Context, list []market.Instrument) (*account, error) {
	cfg, err := config.Load(s.config, s.configPlugins(), s.flags.sets...)
	if err != nil {
		return nil, err
	}
	a := &account{config: &cfg.Accounts[0], hash: cfg.Hash(), text: string(cfg.Keyless()), where: s.config, stored: s.storedRows, history: &backtest.History{}}
	if len(a.config.Strategies) == 0 {
		return nil, usageError("add a table [strategy.NAME]", "account %s has no strategy", a.config.Name)
	}
	for i := range list {
		in := list[i]
		if in.Perpetual() != (a.config.Margin != nil) {
			return nil, usageError(`set market = "usdm" for an exchange of perpetual futures, and for those alone`, "account %s: %s is not what its market says", a.config.Name, in.Symbol)
		}
		in.ID, in.Fees, in.Margin = market.InstrumentID(i), a.config.Fees, a.config.Margin
		a.history.Instruments = append(a.history.Instruments, in)
	}
	if list == nil {
		return a, nil
	}
	if a.news, err = s.sessionSignals(ctx, cfg, a.history); err != nil {
		return nil, err
	}
	if err := a.build(); err != nil {
		return nil, err
	}
	s.rebuilds(a)
	return a, nil
}

// ended reports a session, and what it left at the venue. The last so many refused flows
// were told as they happened.
func (s *liveSession) ended(a *account, e *engine.Engine, told int, path string, err error) error {
	stopped := errors.Is(err, context.Canceled)
	if e == nil && stopped {
		s.note("stopped before it began: nothing was traded, and there is no journal")
		return nil
	}
	if err != nil && !stopped {
		if e != nil {
			s.left(a, e.Result())
			s.note("its journal is %s", path)
		}
		return a.located(err)
	}
	r := e.Result()
	id := backtest.Identity{Binary: binary(), Config: a.hash, Seed: a.engine.Seed, Inputs: a.history.InputsHash(nil)}
	if days := r.Curve.Daily; len(days) > 0 {
		id.From, id.To = days[0].Time, days[len(days)-1].Time
	}
	report, err := backtest.NewReport(id, r, 0, backtest.EquityDaily)
	if err != nil {
		return err
	}
	report.Synthetic = a.madeUp(e)
	r.NotMoved = r.NotMoved[:len(r.NotMoved)-told]
	notes := sim.Notes{}
	if s.fills != nil {
		notes = s.fills.Notes()
	}
	err = s.conclude(a, report, r, notes)
	s.left(a, r)
	if stopped {
		s.note("stopped; its journal is %s; the same command goes on from here", path)
	}
	return err
}

// left says what still works at the venue, and what is held there.
func (s *liveSession) left(a *account, r *engine.Result) {
	if s.paper {
		return
	}
	for i := range r.Open {
		h := &r.Open[i]
		s.note("held: %s %s", h.Quantity, a.history.Instruments[h.Trade.Instrument].Base)
	}
	working := 0
	for _, o := range r.Orders {
		if !o.State.Final() {
			working++
		}
	}
	if working > 0 {
		s.note("%s still at the venue: cancel what you do not want there", plural(working, "order"))
	}
}
