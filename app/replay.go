package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

// replaySchema names the published form of what replay prints.
const replaySchema = "signalman.replay/1"

// replayed is what came of running a journal again.
type replayed struct {
	Schema    string       `json:"schema"`
	Session   string       `json:"session"` // the journal
	ID        string       `json:"id"`
	Mode      string       `json:"mode"`
	Binary    string       `json:"binary"` // that wrote it
	Finished  bool         `json:"finished"`
	Lost      int64        `json:"lost_bytes,omitempty"` // at its end
	From      market.Time  `json:"from,omitzero"`
	To        market.Time  `json:"to,omitzero"`
	Instants  int          `json:"instants"`
	Events    int          `json:"events"`
	Decisions int          `json:"decisions"`
	Orders    int          `json:"orders"`
	Refused   int          `json:"refused"`
	Fills     int          `json:"fills"`
	Halts     int          `json:"halts"`
	Chain     string       `json:"chain"` // last link of the journal's hash chain
	Same      bool         `json:"same"`
	Differs   *firstChange `json:"difference,omitempty"`
}

func (c *command) replayCommand() *cobra.Command {
	var flags sessionFlags
	var until string
	var step bool
	cmd := &cobra.Command{
		Use:   "replay SESSION",
		Short: "run the journal of a session again, and check each decision",
		Long: `Runs the strategies and rules again on what a journal says that they were given: bars,
signals, updates of orders, commands. Each decision and halt must be the journal's, record
by record. Nothing is traded. It needs the journal alone, which may be of a session that
still runs, that a crash cut short, or that is over.

SESSION is the path of a journal, its name in the data directory, the first digits of the
session's id, or "last". Where this build decides otherwise the first difference is shown
with what led to it, and the exit code is 5.`,
		Example: `  signalman replay last
  signalman replay 20260301T120000.000Z-1a2b3c --until 2026-03-02T08:00:00Z
  signalman replay last --step        instant by instant, with Enter; q ends
  signalman replay last --format json`,
		Args: exact(1, "a session: a journal, its name, the first digits of its id, or last"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.replay(cmd, args[0], &flags, until, step)
		},
	}
	flags.add(c, cmd)
	cmd.Flags().StringVar(&until, "until", "", "time of the last instant to run")
	cmd.Flags().BoolVar(&step, "step", false, "show each instant, and wait for Enter on a terminal; q ends")
	return cmd
}

func (c *command) replay(cmd *cobra.Command, word string, flags *sessionFlags, until string, step bool) error {
	end := market.MaxTime
	if until != "" {
		var err error
		if end, err = market.ParseTime(until); err != nil {
			return usageError("", "--until: %w", err)
		}
	}
	s, err := c.pastSession(word)
	if err != nil {
		return err
	}
	a, err := c.accountOfSession(cmd, s, flags)
	if err != nil {
		return err
	}
	h := s.journal.Header()
	r := &replayed{
		Schema: replaySchema, Session: s.path, ID: s.id(), Mode: h.Mode, Binary: h.Binary, Finished: s.journal.Finished(),
		Lost: s.journal.Lost(), Chain: s.journal.Chain(),
	}
	bar := newProgress(c.err)
	run := live.Replay{Engine: a.engine, Execution: a.fills, Finished: s.journal.Finished() && end == market.MaxTime, Past: upTo(s.journal.Instants(), end)}
	run.Step = func(e *engine.Engine, records []market.Record) error {
		r.count(records)
		bar.tell("replay", float64(r.Instants)/float64(max(s.journal.Len(), 1)))
		return nil
	}
	if step {
		show := c.stepping(cmd, a)
		count := run.Step
		run.Step = func(e *engine.Engine, records []market.Record) error {
			_ = count(e, records)
			return show(e, records)
		}
		bar = newProgress(io.Discard)
	}
	_, err = run.Run(cmd.Context())
	bar.end()
	var d *live.Divergence
	if errors.As(err, &d) {
		r.Differs = c.firstChange(s, a, d)
	} else if err != nil {
		return a.located(err)
	}
	r.Same = r.Differs == nil
	if err := r.show(c, s, a); err != nil {
		return err
	}
	if d != nil {
		return &market.Error{Class: market.Mismatch, Where: s.path, Err: errors.New("this build does not decide as the journal says"), Hint: "'signalman replay --until' and '--step' show how it came to that"}
	}
	return nil
}

// upTo leaves out the instants after a time.
func upTo(all iter.Seq2[[]market.Record, error], end market.Time) iter.Seq2[[]market.Record, error] {
	return func(yield func([]market.Record, error) bool) {
		for records, err := range all {
			if err == nil && records[0].Time > end || !yield(records, err) {
				return
			}
		}
	}
}

// count takes an instant into the summary.
func (r *replayed) count(records []market.Record) {
	if r.Instants++; r.From == 0 {
		r.From = records[0].Time
	}
	r.To = records[0].Time
	for i := range records {
		switch x := &records[i]; x.Kind {
		case market.RecordEvent:
			r.Events++
			if x.Event.Update != nil && x.Event.Update.Fill != nil {
				r.Fills++
			}
		case market.RecordDecision:
			r.Decisions++
			switch {
			case x.Decision.Refused != nil:
				r.Refused++
			case x.Decision.Action == market.Submit:
				r.Orders++
			}
		case market.RecordHalt:
			if x.Halts() {
				r.Halts++
			}
		}
	}
}

// show prints the summary, and the first difference where there is one.
func (r *replayed) show(c *command, s *pastSession, a *account) error {
	if c.format == "json" {
		return c.json(r)
	}
	fmt.Fprintf(c.out, "%s\n%s, %s\n", s.title(a), s.path, s.state())
	fmt.Fprintf(c.out, "%s to %s: %s, %s\n", r.From, r.To, plural(r.Instants, "instant"), plural(r.Events, "event"))
	fmt.Fprintf(c.out, "checked: %s (%s, %d refused), %s, %s\n", plural(r.Decisions, "decision"), plural(r.Orders, "order"), r.Refused, plural(r.Fills, "fill"), plural(r.Halts, "halt"))
	fmt.Fprintf(c.out, "chain %s\n", r.Chain)
	if r.Differs != nil {
		return r.Differs.print(c.out)
	}
	_, err := fmt.Fprintln(c.out, "each decision and halt is the journal's")
	return err
}

// stepping returns what shows an instant, and waits for Enter on a terminal.
func (c *command) stepping(cmd *cobra.Command, a *account) func(*engine.Engine, []market.Record) error {
	in := cmd.InOrStdin()
	asks := false
	if f, ok := in.(io.Writer); ok {
		asks = onTerminal(f) && onTerminal(c.err)
	}
	lines := bufio.NewReader(in)
	return func(e *engine.Engine, records []market.Record) error {
		one := a.instant(e, records)
		if c.format == "json" {
			if err := c.json(one); err != nil {
				return err
			}
		} else if err := one.print(c.out); err != nil {
			return err
		}
		if !asks {
			return cmd.Context().Err()
		}
		fmt.Fprint(c.err, "Enter goes on, q ends: ")
		return waitForEnter(cmd.Context(), lines)
	}
}

// waitForEnter waits for a line; one that begins with q is live.ErrStopped.
func waitForEnter(ctx context.Context, in *bufio.Reader) error {
	type answer struct {
		line string
		err  error
	}
	given := make(chan answer, 1)
	go func() {
		line, err := in.ReadString('\n')
		given <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case a := <-given:
		if a.err != nil || strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.line)), "q") {
			return live.ErrStopped
		}
		return nil
	}
}
