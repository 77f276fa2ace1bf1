package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/live/notify"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// replayTime is how long a replay takes at the default speed.
const replayTime = time.Minute

func (c *command) runCommand() *cobra.Command {
	var speed, step string
	var sets []string
	var fresh, quiet, live, yes bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "trade on paper, with a journal that survives a crash, or at a venue",
		Long: `Trades what the configuration says on paper: the embedded venue replays the history
and fills the orders. Every decision is in a journal on disk before it leaves. Ctrl-C
stops in good order; the next run of the same configuration goes on where it stopped,
also after a crash. At the end of the history it reports, and the next run starts anew.
Schedules that cannot fit the quotas of their keys are refused ('signalman signals plan').

An account of mode = "paper" whose exchange is a venue ([exchange.X]) trades on paper over the
market of that venue as it comes, without a key: orders fill by the rules of a backtest, and
none is sent.

An account of mode = "live" trades at the venue of its exchange, through the network. It
needs --live. A venue on this machine ('signalman venue') and the play money of a test
environment need nothing else. Real money needs leave besides: the name of the account,
typed on a terminal, or --yes. What trades, and within which limits, is said first.`,
		Example: `  signalman run                 five bundled years in about a minute
  signalman run --speed max     as fast as it goes
  signalman run --speed 3600    an hour of the market a second
  signalman run                 of mode = "paper" and exchange = "binance": over what Binance
                                trades now
  signalman run --live          at the venue that the account names
  signalman run --live --step http://127.0.0.1:8646
                                at a local venue whose clock stands still until this
                                run has nothing to do: 'signalman venue --speed step'`,
		Args: exact(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			defer c.takeKills()()
			rate, err := parseSpeed(speed)
			if err != nil {
				return err
			}
			if err := c.refusePlan(sets); err != nil {
				return err
			}
			cfg, err := config.Load(c.config, c.configPlugins(), sets...)
			if err != nil {
				return err
			}
			c.keys.take(cfg)
			if err := c.openLogs(cfg); err != nil {
				return err
			}
			flags := liveFlags{live: live, fresh: fresh, yes: yes, in: cmd.InOrStdin(), step: step, quiet: quiet, speed: speed, sets: sets}
			if goesLive(cfg) {
				return c.runLive(cmd.Context(), cfg, flags)
			}
			if watchesVenue(cfg) {
				return c.runPaper(cmd.Context(), cfg, flags)
			}
			if live || yes || step != "" {
				return usageError(`set mode = "live" and an exchange in [account.X]`, "--live, --yes and --step are for accounts of mode live")
			}
			a, err := c.validAccount(cmd.Context(), sets)
			if err != nil {
				return err
			}
			return c.trade(cmd.Context(), cfg, a, paperFlags{rate, fresh, quiet, sets})
		},
	}
	c.configFlag(cmd)
	cmd.Flags().StringVar(&speed, "speed", "", "how much faster than the clock the history runs: a number, or max (default: ends in about a minute)")
	cmd.Flags().StringArrayVar(&sets, "set", nil, "override a key of the configuration: strategy.NAME.params.X=V")
	cmd.Flags().BoolVar(&live, "live", false, "trade at the venue, which an account of mode = \"live\" must be told to")
	cmd.Flags().BoolVar(&yes, "yes", false, "trade with real money without asking for the name of the account on a terminal")
	cmd.Flags().StringVar(&step, "step", "", "admin address of a local venue with a stepped clock, which this run moves")
	cmd.Flags().BoolVar(&fresh, "fresh", false, "start anew even if an unfinished session could be resumed")
	cmd.Flags().TextVar(&c.log, "log-level", slog.LevelWarn, "what is logged on the standard error, as grave or graver: debug, info, warn or error")
	cmd.Flags().BoolVar(&quiet, "quiet", false, "do not print decisions and fills as they happen")
	return cmd
}

// parseSpeed reads --speed: 0 is as fast as it goes, -1 the default.
func parseSpeed(s string) (float64, error) {
	switch s {
	case "":
		return -1, nil
	case "max":
		return 0, nil
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !(x > 0) || x > 1e12 {
		return 0, usageError("use --speed max, or a number such as 3600", "--speed %q is not a number above 0", s)
	}
	return x, nil
}

// validAccount loads the account, and initialises a copy of its strategies and rules,
// so that what they refuse is known before a journal begins.
func (c *command) validAccount(ctx context.Context, sets []string) (*account, error) {
	trial, err := c.loadAccount(ctx, sets)
	if err != nil {
		return nil, err
	}
	e, err := engine.New(trial.engine)
	if err != nil {
		return nil, trial.located(&market.Error{Class: market.Usage, Err: err})
	}
	execution, err := trial.history.Execution(e.Subscriptions())
	if err != nil {
		return nil, err
	}
	a, err := c.loadAccount(ctx, sets)
	if err == nil {
		a.fills = execution
	}
	return a, err
}

// session is a journal, new or resumed.
type session struct {
	journal *store.Journal
	past    *store.JournalReader // nil for a new session
	path    string
	id      [16]byte
}

// begun gives an account that goes on the strategies that its session began with: what that
// was reloaded to since is in its journal.
func (c *command) begun(a *account, s *session) error {
	c.rebuilds(a)
	if s.past == nil {
		return nil
	}
	first, err := c.accountOf(s.past, s.path)
	if errors.Is(err, errNoSetup) { // an earlier version knew no reload
		return nil
	}
	if err != nil {
		return err
	}
	a.engine.Instances, a.reloaded = first.engine.Instances, first
	return nil
}

// paperFlags are the flags of run that matter on paper.
type paperFlags struct {
	speed        float64
	fresh, quiet bool
	sets         []string
}

func (c *command) trade(ctx context.Context, cfg *config.Config, a *account, f paperFlags) (err error) {
	speed := f.speed
	if speed < 0 {
		from, to := a.history.Span()
		speed = float64(to-from) / float64(replayTime)
	}
	s, err := c.openSession(cfg, a, f.fresh)
	if err != nil {
		return err
	}
	defer func() {
		if closing := s.journal.Close(); err == nil {
			err = closing
		}
	}()
	if err := c.begun(a, s); err != nil {
		return err
	}
	d := &daemon{command: c, config: cfg, account: a, journal: s.path, id: s.id, venue: "the simulated venue, on replayed history", sets: f.sets, control: &live.Control{}, log: c.logger(), news: c.logger()}
	run := live.Session{Engine: a.engine, Journal: s.journal, Speed: speed, Control: d.control, Watch: d.watch, Meter: d.measure(true, nil)}
	p := &printer{out: c.out, instruments: a.history.Instruments, json: c.format == "json"}
	if !f.quiet { // what is printed is told, and not logged again
		d.news = slog.New(notify.NewHandler(c.tellers...))
		if onTerminal(c.err) {
			p.progress = c.note
		}
		d.watched = append(d.watched, p.record)
	}
	if s.past != nil {
		run.Past = s.past.Instants()
		run.Resumed = func(t market.Time) {
			c.note("resumed at %s", t)
			d.asides.Go(d.sayHalts)
		}
	}
	run.Market = func(subs []engine.Subscription) (*live.Market, error) {
		feed, execution, err := backtest.NewFeed(a.history, subs)
		if err != nil {
			return nil, err
		}
		return &live.Market{Source: feed, Venue: backtest.NewVenue(&a.engine, a.history, execution, a.sim), Execution: execution}, nil
	}
	var e *engine.Engine
	var v *sim.Venue
	err = d.beside(ctx, func(ctx context.Context) (err error) {
		e, v, err = live.Run(ctx, run)
		return err
	})
	p.end()
	return c.ended(a, s, e, v, p.notMoved, err)
}

// ended reports a session that ran to its end, and says how to go on with one that
// did not. The last so many refused flows were told as they happened.
func (c *command) ended(a *account, s *session, e *engine.Engine, v *sim.Venue, told int, err error) error {
	if errors.Is(err, context.Canceled) {
		c.note("stopped; its journal is %s; the same command goes on from here", s.path)
		return nil
	}
	if err != nil {
		return a.located(err)
	}
	r := e.Result()
	for _, w := range append(a.remarks(e), a.signalNotes(e, r)...) {
		c.note("note: %s", w)
	}
	report, err := backtest.NewReport(a.identity(r.Execution), r, 0, backtest.EquityDaily)
	if err != nil {
		return err
	}
	report.Data, report.Synthetic = a.dataLines(r.Execution), a.madeUp(e)
	r.NotMoved = r.NotMoved[:len(r.NotMoved)-told]
	return c.conclude(a, report, r, v.Notes())
}

// openSession resumes the unfinished session of this configuration, or starts one.
func (c *command) openSession(cfg *config.Config, a *account, fresh bool) (*session, error) {
	dir, err := c.sessions()
	if err != nil {
		return nil, err
	}
	if !fresh {
		s, err := c.resume(dir, sought{hash: a.hash, mode: a.config.Mode, inputs: a.inputs(), what: "history"})
		if s != nil {
			c.banner(a, s.path)
		}
		if s != nil || err != nil {
			return s, err
		}
	}
	if err := c.carryKill(dir, cfg); err != nil {
		return nil, err
	}
	j, id, path, err := createJournal(dir, a, a.inputs())
	if err != nil {
		return nil, err
	}
	from, _ := a.history.Span()
	if err := a.setup(a.inputs(), 0).write(j, from); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	c.banner(a, path)
	return &session{journal: j, path: path, id: id}, nil
}

// sessions returns the directory of journals, and makes it.
func (c *command) sessions() (string, error) {
	dir, err := c.dir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "sessions")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", &market.Error{Class: market.Failed, Err: err}
	}
	return dir, nil
}

// createJournal begins the journal of a session, under a random id.
func createJournal(dir string, a *account, inputs string) (j *store.Journal, id [16]byte, path string, err error) {
	h := store.JournalHeader{
		Created: market.TimeOf(time.Now()), Mode: a.config.Mode, ConfigHash: a.hash, Inputs: inputs, Binary: binary(), Seed: a.engine.Seed,
	}
	if _, err := rand.Read(h.ID[:]); err != nil {
		return nil, id, "", err
	}
	for i := range a.history.Instruments {
		h.Symbols = append(h.Symbols, a.history.Instruments[i].Symbol)
	}
	path = filepath.Join(dir, h.Created.UTC().Format("20060102T150405.000Z")+"-"+hex.EncodeToString(h.ID[:3])+store.JournalExt)
	j, err = store.CreateJournal(path, h)
	return j, h.ID, path, err
}

// sought is the session to go on with: of this configuration and mode, on these inputs,
// which are a history or a venue. Where an account is named the configuration may be another.
type sought struct {
	hash                        market.Hash
	account, mode, inputs, what string
}

// resume opens the newest session that is sought, unless it is finished.
func (c *command) resume(dir string, want sought) (*session, error) {
	list, err := store.Sessions(dir)
	if err != nil {
		return nil, err
	}
	for k := len(list) - 1; k >= 0; k-- {
		s := &list[k]
		if s.Err != nil {
			return nil, alsoHinted(s.Err, "move it away, or start anew with --fresh")
		}
		if !c.isSought(s, &want) {
			continue
		}
		if s.Finished {
			return nil, nil // older ones were given up for it
		}
		if s.Header.Inputs != want.inputs {
			return nil, &market.Error{
				Class: market.Mismatch, Where: s.Path, Err: fmt.Errorf("the %s is not the one that this session began on", want.what),
				Hint: "start anew with --fresh",
			}
		}
		j, past, err := store.ResumeJournal(s.Path)
		if err != nil {
			return nil, err
		}
		if unbegun(past) {
			return nil, errors.Join(j.Close(), os.Remove(s.Path))
		}
		if past.Lost() > 0 {
			c.note("left out: the last %s of %s, cut short by a crash; nothing that was acted on is lost", plural(int(past.Lost()), "byte"), s.Path)
		}
		return &session{journal: j, past: past, path: s.Path, id: past.Header().ID}, nil
	}
	return nil, nil
}

// isSought reports whether a session is the one that is sought.
func (c *command) isSought(s *store.Session, w *sought) bool {
	if s.Header.Mode != w.mode {
		return false
	}
	r, err := store.OpenJournal(s.Path)
	if err != nil {
		return false
	}
	setup, err := lastSetup(r)
	switch {
	case errors.Is(err, errNoSetup): // its process ended as it began
		return s.Header.ConfigHash == w.hash
	case err != nil:
		return false
	case w.account != "":
		return setup.Account == w.account
	}
	cfg, err := config.Parse(s.Path, []byte(setup.Config), c.configPlugins(), nil)
	return err == nil && cfg.Hash() == w.hash
}

// unbegun reports whether the process of a session ended before anything had happened in it:
// then there is nothing to go on with, and the next one sets it up anew.
func unbegun(past *store.JournalReader) bool {
	for records, err := range past.Instants() {
		if err != nil || slices.ContainsFunc(records, func(r market.Record) bool { return r.Kind != market.RecordSetup }) {
			return false
		}
	}
	return true
}

// banner says what trades, and with what.
func (c *command) banner(a *account, path string) {
	from, to := a.history.Span()
	c.note("paper account %s: %s on %s, %s %s, history %s to %s", a.config.Name, plural(len(a.engine.Instances), "strategy"),
		plural(len(a.history.Instruments), "instrument"), a.engine.Cash, a.history.Instruments[0].Quote, from, to)
	c.note("journal %s", path)
}

// printer prints decisions, fills and halts as they happen.
type printer struct {
	out         io.Writer
	instruments []market.Instrument
	json        bool
	progress    func(format string, args ...any) // nil where nobody watches
	shown       time.Time
	moving      *market.Record // a flow, whose outcome the next record tells
	notMoved    int            // flows that were told to be refused
}

// silence is how long a run may print nothing before it says how far it is.
const silence = 10 * time.Second

// onTerminal reports whether a stream is a terminal.
func onTerminal(stream any) bool {
	if v, ok := stream.(*veil); ok {
		stream = v.to
	}
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// beat says how far the run is, where nothing else has for a while.
func (p *printer) beat(r *market.Record) {
	if p.progress == nil {
		return
	}
	if now := time.Now(); r.Kind != market.RecordEvent || r.Event.Kind == market.KindUpdate || p.shown.IsZero() {
		p.shown = now
	} else if now.Sub(p.shown) > silence {
		p.shown = now
		p.progress("at %s", r.Time)
	}
}

func (p *printer) record(r market.Record) {
	p.beat(&r)
	if p.flow(&r) {
		return
	}
	if p.json {
		p.printJSON(&r)
		return
	}
	switch r.Kind {
	case market.RecordDecision:
		p.decision(r.Decision)
	case market.RecordHalt:
		fmt.Fprintf(p.out, "%s  %s: %s\n", r.Time, r.Scope, r.Text)
	case market.RecordEvent:
		if r.Event.Kind == market.KindUpdate {
			p.update(r.Event.Update)
		}
	}
}

// flow takes records of flows: each is told once, with its outcome.
func (p *printer) flow(r *market.Record) bool {
	if f := p.moving; f != nil {
		p.moving = nil
		if why, refused := engine.FlowOutcome(f.Event.Flow, r); refused {
			p.notMoved++
			p.moved(f, why)
			return true
		}
		p.moved(f, "")
	}
	if r.Kind != market.RecordEvent || r.Event.Flow == nil || r.Event.Command == market.Adopt {
		return false
	}
	held := *r
	p.moving = &held
	return true
}

// end tells of what was held back.
func (p *printer) end() {
	if p.moving != nil {
		p.moved(p.moving, "")
		p.moving = nil
	}
}

// moved prints a flow, and why it was refused where it was.
func (p *printer) moved(r *market.Record, why string) {
	line := map[string]any{"event": "flow", "time": r.Time, "flow": r.Event.Flow}
	text := engine.DescribeFlow(r.Event.Flow)
	if why != "" {
		line["event"], line["scope"], line["text"] = "refused_flow", "account", why
		text += " refused: " + why
	}
	if p.json {
		p.line(line)
		return
	}
	fmt.Fprintf(p.out, "%s  %s\n", r.Time, text)
}

func (p *printer) decision(d *market.Decision) {
	o := &d.Order
	switch {
	case d.Refused != nil:
		fmt.Fprintf(p.out, "%s  %s refused %s %s: %s\n", d.Time, o.ID, o.Side, p.instruments[o.Instrument].Symbol, d.Refused)
	case d.Action == market.Submit:
		fmt.Fprintf(p.out, "%s  %s %s%s\n", d.Time, o.ID, p.describe(o), prefixed(" ", o.Reason))
	default:
		fmt.Fprintf(p.out, "%s  %s %s\n", d.Time, o.ID, d.Action)
	}
}

// describe says what an order asks for: "buy 0.5 BTC market".
func (p *printer) describe(o *market.Order) string {
	in := &p.instruments[o.Instrument]
	amount := o.Quantity.String() + " " + in.Base
	switch {
	case o.Quote.IsPositive():
		amount = in.Base + " for " + o.Quote.StringFixed(2) + " " + in.Quote
	case o.Quantity.IsZero(): // an exit
		amount = in.Base + " (what its entry brings)"
	}
	text := fmt.Sprintf("%s %s %s", o.Side, amount, o.Type)
	if o.Triggered() {
		text += " at " + o.Stop.String()
	}
	if o.Type == market.TrailingStop {
		text += " by " + o.Trail.By.String() + " " + o.Trail.Unit.String()
		if o.Trail.Activate.IsPositive() {
			text += " from " + o.Trail.Activate.String()
		}
	}
	switch {
	case !o.Priced():
	case o.Triggered():
		text += " limit " + o.Price.String()
	default: // the type says that it is a limit
		text += " at " + o.Price.String()
	}
	return text
}

func (p *printer) update(u *market.OrderUpdate) {
	name := cmp.Or(u.ID.String(), u.Reason) // a liquidation is no order's
	switch {
	case u.Fill != nil:
		f := u.Fill
		fmt.Fprintf(p.out, "%s  %s fill %s %s at %s, fee %s %s\n", u.Time, name, f.Quantity, u.Symbol, f.Price, f.Fee, f.FeeAsset)
	case u.State.Final():
		fmt.Fprintf(p.out, "%s  %s %s%s\n", u.Time, name, u.State, prefixed(": ", u.Reason))
	}
}

// printJSON prints what record prints, an object a line.
func (p *printer) printJSON(r *market.Record) {
	var line any
	switch {
	case r.Kind == market.RecordDecision:
		line = map[string]any{"event": "decision", "time": r.Time, "symbol": p.instruments[r.Decision.Order.Instrument].Symbol, "decision": r.Decision}
	case r.Kind == market.RecordHalt:
		line = map[string]any{"event": "halt", "time": r.Time, "scope": r.Scope, "text": r.Text}
	case r.Event.Kind == market.KindUpdate && (r.Event.Update.Fill != nil || r.Event.Update.State.Final()):
		line = map[string]any{"event": "update", "time": r.Time, "update": r.Event.Update}
	default:
		return
	}
	p.line(line)
}

func (p *printer) line(line any) {
	if b, err := json.Marshal(line); err == nil {
		fmt.Fprintf(p.out, "%s\n", b)
	}
}
