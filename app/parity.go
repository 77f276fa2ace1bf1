package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"text/tabwriter"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/internal/parity"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

// paritySchema names the published form of what parity prints.
const paritySchema = "signalman.parity/1"

// parityReport is a session beside the backtest of what it was given.
type parityReport struct {
	Schema      string              `json:"schema"`
	Session     string              `json:"session"` // the journal
	ID          string              `json:"id"`
	Mode        string              `json:"mode"`
	Finished    bool                `json:"finished"`
	Was         paritySide          `json:"was"`      // in the session
	Backtest    paritySide          `json:"backtest"` // of its inputs
	LateBars    int                 `json:"late_bars"`
	Differences []parity.Difference `json:"differences"`
	LeftOut     int                 `json:"left_out,omitempty"` // of the list
	Totals      []parity.Total      `json:"totals"`
	Money       decimal.Decimal     `json:"money"` // by which the session is worse off, in Quote
	Quote       string              `json:"quote"`
	Unpriced    []string            `json:"unpriced,omitempty"` // assets of fees that are in no money
	Against     *parityAgainst      `json:"against,omitempty"`
	Verdict     string              `json:"verdict"` // "equal", "classified" or "different"
}

// paritySide counts what one side did.
type paritySide struct {
	Orders int              `json:"orders"`
	Fills  int              `json:"fills"`
	Halts  int              `json:"halts"`
	Equity *decimal.Decimal `json:"equity,omitempty"` // at the end, in quote; of a session at a venue
}

// The verdicts.
const equalSides, classifiedSides, differentSides = "equal", "classified", "different"

// parityFlags are the flags of parity.
type parityFlags struct {
	sessionFlags
	strict  bool
	against string
	limit   int
}

func (c *command) parityCommand() *cobra.Command {
	var f parityFlags
	cmd := &cobra.Command{
		Use:   "parity SESSION",
		Short: "hold a session against the backtest of what it was given",
		Long: `Runs the engine and the simulated venue of a backtest on the inputs that a session
recorded: bars at the times they came, warm-up, signals when they were known, deposits,
commands, times without a process. Each decision, order, fill and halt is compared.

A paper session must be equal, and the exit code is 5 where it is not. Of a session at a
venue each difference is put in a class (latency, slippage, quantity, reject, fee, late bar,
downtime, and what followed from them) with the money that it cost; the exit code is 5 where a
decision differs that nothing before it explains, or with --strict where anything differs.

With --against the bars are also held against history that was fetched again: restated bars
are listed apart, with what they would have changed.`,
		Example: `  signalman parity last
  signalman parity 1a2b3c --strict
  signalman data fetch && signalman parity last --against store
  signalman parity last --against BTCUSDT-1m.csv
  signalman parity last --format json --limit 0`,
		Args: exact(1, "a session: a journal, its name, the first digits of its id, or last"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.parity(cmd, args[0], &f) },
	}
	f.add(c, cmd)
	cmd.Flags().BoolVar(&f.strict, "strict", false, "exit with 5 also where each difference is explained")
	cmd.Flags().StringVar(&f.against, "against", "", "history that was fetched again: store, or a file of candles of the only symbol")
	cmd.Flags().IntVar(&f.limit, "limit", 20, "longest list to print; 0 is all")
	return cmd
}

func (c *command) parity(cmd *cobra.Command, word string, f *parityFlags) error {
	if f.limit < 0 {
		return usageError("0 prints all", "--limit must not be negative")
	}
	s, err := c.pastSession(word)
	if err != nil {
		return err
	}
	p := &pairing{command: c, cmd: cmd, past: s, flags: f}
	r, err := p.run(cmd.Context())
	if err != nil {
		return err
	}
	if c.format == "json" {
		err = c.json(r)
	} else {
		err = r.print(c.out)
	}
	if err == nil && r.Verdict == differentSides {
		err = &market.Error{Class: market.Mismatch, Where: s.path, Err: errors.New("the session is not what the backtest of its inputs is"), Hint: "see docs/parity.md; 'signalman replay' tells whether this build decides as the session did"}
	}
	return err
}

// pairing is a comparison at work.
type pairing struct {
	*command
	cmd   *cobra.Command
	past  *pastSession
	flags *parityFlags
}

func (p *pairing) run(ctx context.Context) (*parityReport, error) {
	a, err := p.accountOfSession(p.cmd, p.past, &p.flags.sessionFlags)
	if err != nil {
		return nil, err
	}
	was, instants := parity.NewBook(a.engine.Instruments, a.engine.Opening), 0
	for records, err := range p.past.journal.Instants() {
		if err != nil {
			return nil, err
		}
		if records[0].Kind != market.RecordSetup {
			instants++
		}
		for i := range records {
			was.Record(records[i])
		}
	}
	h := p.past.journal.Header()
	if h.Mode == "live" || p.past.journal.Finished() {
		instants = 0
	}
	r := &parityReport{Schema: paritySchema, Session: p.past.path, ID: p.past.id(), Mode: h.Mode, Finished: p.past.journal.Finished(), LateBars: was.Lates()}
	if len(a.engine.Instruments) > 0 {
		r.Quote = a.engine.Instruments[0].Quote
	}
	is, e, err := p.simulate(ctx, a, p.past.journal.Instants(), instants)
	if err != nil {
		return nil, err
	}
	r.Was, r.Backtest = side(was), side(is)
	found := parity.Compare(was, is, parity.Options{Exact: h.Mode != "live"})
	r.Totals, r.Money, r.Unpriced = found.Totals, found.Money, found.Unpriced
	r.Differences, r.LeftOut = p.bounded(found.Differences)
	if h.Mode == "live" {
		if err := p.equities(ctx, r, e); err != nil {
			return nil, err
		}
	}
	r.Verdict = p.verdict(found, h.Mode)
	if p.flags.against != "" {
		r.Against, err = p.against(ctx, is)
	}
	return r, err
}

// verdict says what the differences come to.
func (p *pairing) verdict(found *parity.Report, mode string) string {
	if len(found.Differences) == 0 {
		return equalSides
	}
	if mode != "live" || p.flags.strict {
		return differentSides
	}
	for _, t := range found.Totals {
		if t.Class == parity.Unexplained {
			return differentSides
		}
	}
	return classifiedSides
}

// simulate trades on the inputs of the session, as a backtest does, and looks at so many
// instants; 0 is all.
func (p *pairing) simulate(ctx context.Context, a *account, past iter.Seq2[[]market.Record, error], instants int) (*parity.Book, *engine.Engine, error) {
	b := parity.NewBook(a.engine.Instruments, a.engine.Opening)
	s := live.Simulation{Engine: a.engine, Past: past, Execution: a.fills, Watch: b.Record, Instants: instants}
	s.Venue = func(execution []market.Interval) *sim.Venue {
		return backtest.NewVenue(&a.engine, a.history, execution, a.sim)
	}
	e, err := s.Run(ctx)
	return b, e, a.located(err)
}

// equities finds what both sides were worth at the end. Where this build does not decide as
// the session did, that of the session is not known.
func (p *pairing) equities(ctx context.Context, r *parityReport, simulated *engine.Engine) error {
	a, err := p.accountOfSession(p.cmd, p.past, &p.flags.sessionFlags)
	if err != nil {
		return err
	}
	is := simulated.Equity()
	r.Backtest.Equity = &is
	e, err := live.Replay{Engine: a.engine, Past: p.past.journal.Instants(), Finished: r.Finished, Execution: a.fills}.Run(ctx)
	var d *live.Divergence
	switch {
	case errors.As(err, &d):
		p.note("note: this build does not decide as the session did, from %s on: see 'signalman replay'", d.Time)
		return nil
	case err != nil:
		return a.located(err)
	}
	was := e.Equity()
	r.Was.Equity = &was
	return nil
}

// bounded cuts a list to what is printed, and says how many are left out.
func (p *pairing) bounded(list []parity.Difference) ([]parity.Difference, int) {
	n := len(list)
	if p.flags.limit > 0 {
		n = min(n, p.flags.limit)
	}
	return append([]parity.Difference{}, list[:n]...), len(list) - n
}

func side(b *parity.Book) paritySide {
	return paritySide{Orders: b.Orders(), Fills: b.Fills(), Halts: b.Halts()}
}

// print prints the report for a reader.
func (r *parityReport) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(w, "%s session\t%s\n", r.Mode, r.ID[:8])
	row(w, "journal\t%s\n", r.Session)
	row(w, "session\t%s\n", r.Was.String())
	row(w, "backtest\t%s\n", r.Backtest.String())
	if r.LateBars > 0 {
		row(w, "late bars\t%d\n", r.LateBars)
	}
	if r.Was.Equity != nil && r.Backtest.Equity != nil {
		row(w, "equity\t%s, that of the backtest %s: %s %s less\n", r.Was.Equity.String(), r.Backtest.Equity.String(), r.Backtest.Equity.Sub(*r.Was.Equity).String(), r.Quote)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := r.printTotals(out); err != nil {
		return err
	}
	if err := printDifferences(out, r.Differences, r.LeftOut); err != nil {
		return err
	}
	if r.Against != nil {
		if err := r.Against.print(out); err != nil {
			return err
		}
	}
	text := map[string]string{
		equalSides: "equal: each decision, order, fill and halt", classifiedSides: "each difference is explained", differentSides: "different",
	}[r.Verdict]
	_, err := fmt.Fprintf(out, "\n%s\n", text)
	return err
}

// String counts what a side did.
func (s paritySide) String() string {
	return plural(s.Orders, "order") + ", " + plural(s.Fills, "fill") + ", " + plural(s.Halts, "halt")
}

func (r *parityReport) printTotals(out io.Writer) error {
	if len(r.Totals) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row(w, "\nCLASS\tDIFFERENCES\tCOST %s\t\n", r.Quote)
	n := 0
	for _, t := range r.Totals {
		row(w, "%s\t%d\t%s\t\n", string(t.Class), t.N, t.Money.Round(8).String())
		n += t.N
	}
	row(w, "all\t%d\t%s\t\n", n, r.Money.Round(8).String())
	for _, asset := range r.Unpriced {
		row(w, "fees in %s are not in it: nothing prices them\n", asset)
	}
	return w.Flush()
}

func printDifferences(out io.Writer, list []parity.Difference, leftOut int) error {
	if len(list) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(w, "\nTIME\tCLASS\tORDER\tSYMBOL\tWHAT\tSESSION\tBACKTEST\tCOST\n")
	for i := range list {
		d := &list[i]
		id := d.Order
		if d.Other != "" {
			id += " (" + d.Other + ")"
		}
		cost := ""
		if !d.Money.IsZero() {
			cost = d.Money.Round(8).String()
		}
		row(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.Time.String(), string(d.Class), id, d.Symbol, d.What, dash(d.Session), dash(d.Backtest), cost)
	}
	if leftOut > 0 {
		row(w, "%d more: --limit 0 lists all\n", leftOut)
	}
	return w.Flush()
}
