package backtest_test

import (
	"context"
	"errors"
	"iter"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/internal/testkit"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// TestScriptsOnPaper runs every script that names the paper driver as a paper session
// with a real journal. The session is cut off after every instant that it commits;
// each time a new engine is fed the journal and goes on from its end. What the journal
// holds at last, and the result, are those of the backtest.
func TestScriptsOnPaper(t *testing.T) {
	scripts(t, func(t *testing.T, _, _ string, s *testkit.Script) {
		if !slices.Contains(s.Drivers, "paper") {
			t.Skip("the script is not for paper")
		}
		p := s.Start()
		kept := &records{}
		p.Config.Journal = kept
		out, err := p.Backtest(context.Background())
		if err != nil {
			t.Skip("the script is about an error before the first event")
		}
		want := retold(t, s, kept.list, out)
		if diff := cmp.Diff(want, onPaper(t, s)); diff != "" {
			t.Errorf("backtest (-) and resumed paper session (+):\n%s", diff)
		}
	})
}

// retold returns the transcript of records and an outcome, without what strategies
// print.
func retold(t *testing.T, s *testkit.Script, list []market.Record, out *backtest.Outcome) []string {
	t.Helper()
	p := s.Start()
	for _, r := range list {
		if err := p.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	return p.Transcript(out, nil)
}

// records is a journal in memory. Columns grow after a record of a bar, its row does not.
type records struct{ list []market.Record }

func (r *records) Append(rec market.Record) error {
	if u := rec.Event.Update; u != nil {
		copied := *u
		rec.Event.Update = &copied
	}
	r.list = append(r.list, rec)
	return nil
}

func (r *records) Commit() error { return nil }

// onPaper runs a script on paper, one commit at a time.
func onPaper(t *testing.T, s *testkit.Script) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "session"+store.JournalExt)
	for range 1000 {
		out, err := session(t, s, path)
		if errors.Is(err, errCut) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		r, err := store.OpenJournal(path)
		if err != nil {
			t.Fatal(err)
		}
		var list []market.Record
		for instant, err := range r.Instants() {
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, instant...)
		}
		return retold(t, s, list, out)
	}
	t.Fatal("the session never came to its end")
	return nil
}

// errCut ends a session that is to be resumed.
var errCut = errors.New("cut off by the test")

// cutting is a journal that takes one instant and then fails, as a crash between the
// commit and the router would.
type cutting struct {
	*store.Journal
	appended bool
}

func (c *cutting) Append(r market.Record) error {
	c.appended = true
	return c.Journal.Append(r)
}

func (c *cutting) Commit() error {
	if err := c.Journal.Commit(); err != nil || !c.appended {
		return err
	}
	return errCut
}

// session goes on from the journal's end to the next commit, or to the script's end.
func session(t *testing.T, s *testkit.Script, path string) (*backtest.Outcome, error) {
	t.Helper()
	p := s.Start()
	j, past := openJournal(t, s, path)
	defer j.Close()
	e, v, err := live.Run(context.Background(), live.Session{
		Engine: p.Config, Journal: &cutting{Journal: j}, Past: past,
		Market: func(subs []engine.Subscription) (*live.Market, error) {
			m, err := p.Market(subs)
			if err != nil {
				return nil, err
			}
			return &live.Market{Source: m.Source, Venue: m.Venue, Execution: m.Execution}, nil
		},
	})
	if err != nil {
		return nil, err
	}
	return p.Outcome(e, v)
}

func openJournal(t *testing.T, s *testkit.Script, path string) (*store.Journal, iter.Seq2[[]market.Record, error]) {
	t.Helper()
	if j, past, err := store.ResumeJournal(path); err == nil {
		return j, past.Instants()
	}
	h := store.JournalHeader{Created: 1, Mode: "paper"}
	for i := range s.History.Instruments {
		h.Symbols = append(h.Symbols, s.History.Instruments[i].Symbol)
	}
	j, err := store.CreateJournal(path, h)
	if err != nil {
		t.Fatal(err)
	}
	return j, nil
}
