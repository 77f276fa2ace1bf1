package live_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
	"github.com/signalman-trading/signalman/strategy"
)

// seeds returns how many random worlds a test draws.
func seeds(t *testing.T, least int) uint64 {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("SIGNALMAN_SEEDS")); err == nil {
		return uint64(max(1, min(n, 50*least)/4))
	}
	return uint64(least)
}

// latencies are those that make outcomes known at once, within a bar and beyond it.
var latencies = []market.Time{0, hour / 6, hour + hour/4}

// complete runs a session from its start to the end of the market.
func complete(t *testing.T, w *world) *book {
	t.Helper()
	whole := &book{}
	if _, _, err := live.Run(context.Background(), w.session(whole)); err != nil {
		t.Fatal(err)
	}
	if !whole.finished || len(whole.open) > 0 {
		t.Fatal("the journal was not finished")
	}
	return whole
}

// TestResumeAtEveryInstant cuts the journal after each of its instants: whoever goes
// on from there writes the rest of it, and nothing else.
func TestResumeAtEveryInstant(t *testing.T) {
	bars := 40
	if testing.Short() {
		bars = 20
	}
	for seed := range seeds(t, 1) {
		for _, latency := range latencies {
			w := newWorld(seed, bars, latency)
			whole := complete(t, w)
			want := whole.print(t)
			for cut := range len(whole.frames) + 1 {
				rest := &book{}
				s := w.session(rest)
				s.Past = whole.past(cut)
				if _, _, err := live.Run(context.Background(), s); err != nil {
					t.Fatalf("seed %d, latency %s, cut after %d of %d instants, before\n%s:\n%v", seed, time.Duration(latency), cut, len(want), after(want, cut), err)
				}
				if diff := cmp.Diff(want[cut:], rest.print(t)); diff != "" {
					t.Fatalf("seed %d, latency %s, cut after %d instants: the rest of the journal (-), the resumed run (+):\n%s", seed, time.Duration(latency), cut, diff)
				}
				if !rest.finished {
					t.Fatal("the resumed journal was not finished")
				}
			}
		}
	}
}

func after(lines []string, n int) string {
	if n < len(lines) {
		return lines[n]
	}
	return "the end"
}

// TestWorldsAreRich keeps the property above from being about nothing.
func TestWorldsAreRich(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(3) {
		for _, latency := range latencies {
			for _, frame := range complete(t, newWorld(seed, 60, latency)).frames {
				bars := false
				for _, r := range frame {
					bars = bars || r.Event.Kind == market.KindBar
					count(seen, &r)
				}
				if !bars {
					seen["instant without bars"]++
				}
			}
		}
	}
	for _, what := range []string{"submit", "cancel", "amend", "refused", "fill", "signal", "command", "account", "listing", "halt", "instant without bars", "again"} {
		if seen[what] < 3 {
			t.Errorf("%s: only %d", what, seen[what])
		}
	}
}

func count(seen map[string]int, r *market.Record) {
	switch {
	case r.Kind == market.RecordHalt:
		seen["halt"]++
	case r.Kind == market.RecordDecision && r.Decision.Refused != nil:
		seen["refused"]++
	case r.Kind == market.RecordDecision:
		seen[r.Decision.Action.String()]++
		seen[r.Decision.Order.Reason]++
	case r.Event.Kind == market.KindUpdate && r.Event.Update.Fill != nil:
		seen["fill"]++
	default:
		seen[r.Event.Kind.String()]++
	}
}

// TestSessionIsABacktest compares the results of the two drivers, interrupted or not.
func TestSessionIsABacktest(t *testing.T) {
	for seed := range seeds(t, 4) {
		w := newWorld(seed, 120, latencies[seed%3])
		out, err := backtest.Run(context.Background(), w.config(), w.history, backtest.Options{Sim: w.options})
		if err != nil {
			t.Fatal(err)
		}
		want := hash(t, out.Result)
		whole := &book{}
		e, _, err := live.Run(context.Background(), w.session(whole))
		if err != nil || hash(t, e.Result()) != want {
			t.Fatalf("seed %d: %v, or another result than the backtest's", seed, err)
		}
		s := w.session(&book{})
		s.Past = whole.past(rand.IntN(len(whole.frames)))
		if e, _, err = live.Run(context.Background(), s); err != nil || hash(t, e.Result()) != want {
			t.Fatalf("seed %d, resumed: %v, or another result than the backtest's", seed, err)
		}
	}
}

func hash(t *testing.T, r *engine.Result) string {
	t.Helper()
	p, err := backtest.NewReport(backtest.Identity{}, r, 0, backtest.EquityNone)
	if err != nil {
		t.Fatal(err)
	}
	return p.ResultHash
}

// TestStoredJournal stops sessions at random with a journal on disk, until one ends:
// the file holds the same records as that of a run without a stop.
func TestStoredJournal(t *testing.T) {
	for seed := range seeds(t, 3) {
		w := newWorld(seed, 60, latencies[seed%3])
		want := complete(t, w).print(t)
		path := filepath.Join(t.TempDir(), "x"+store.JournalExt)
		j, err := store.CreateJournal(path, store.JournalHeader{Symbols: []string{"AAAUSDT", "BBBUSDT"}})
		if err != nil {
			t.Fatal(err)
		}
		stops := rand.New(rand.NewPCG(seed, 1))
		err = stopped(w, j, nil, 1+stops.IntN(20))
		for err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("seed %d: %v", seed, err)
			}
			var past *store.JournalReader
			if j, past, err = store.ResumeJournal(path); err != nil {
				t.Fatal(err)
			}
			err = stopped(w, j, past, 1+stops.IntN(20))
		}
		r, err := store.OpenJournal(path)
		if err != nil || !r.Finished() {
			t.Fatal("the journal is not finished", err)
		}
		stored := &book{}
		for records, err := range r.Instants() {
			if err != nil {
				t.Fatal(err)
			}
			stored.frames = append(stored.frames, records)
		}
		if diff := cmp.Diff(want, stored.print(t)); diff != "" {
			t.Fatalf("seed %d: in one go (-), with stops (+):\n%s", seed, diff)
		}
	}
}

// stopped runs a session on a stored journal and ends it after n new instants.
func stopped(w *world, j *store.Journal, past *store.JournalReader, n int) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := w.session(&stopper{Journal: j, left: n, stop: cancel})
	if past != nil {
		s.Past = past.Instants()
	}
	_, _, err := live.Run(ctx, s)
	return errors.Join(err, j.Close())
}

// stopper ends a session after so many commits that held something. It refuses what
// comes later, as a process that has ended would.
type stopper struct {
	*store.Journal
	left    int
	written bool
	stop    func()
}

func (s *stopper) Append(r market.Record) error {
	if s.left <= 0 {
		return context.Canceled
	}
	s.written = true
	return s.Journal.Append(r)
}

func (s *stopper) Commit() error {
	if s.written {
		s.written = false
		if s.left--; s.left == 0 {
			s.stop()
		}
	}
	return s.Journal.Commit()
}

// TestDivergence runs other code over a journal: the first difference ends the run,
// names itself, and writes nothing.
func TestDivergence(t *testing.T) {
	w := newWorld(1, 60, 0)
	whole := complete(t, w)
	for cut := 1; cut <= len(whole.frames); cut += 7 {
		if whole.frames[cut-1][0].Time < start+12*hour {
			continue // nothing differs yet
		}
		rest := &book{}
		other := *w
		other.strategy = func() strategy.Strategy { return &odd{from: start + 8*hour} }
		s := other.session(rest)
		s.Past = whole.past(cut)
		_, _, err := live.Run(context.Background(), s)
		var e *market.Error
		if !errors.As(err, &e) || e.Class != market.Mismatch || e.Where == "" || !strings.Contains(e.Hint, "--fresh") {
			t.Fatalf("cut %d: error %v", cut, err)
		}
		if len(rest.frames)+len(rest.open) > 0 || rest.finished {
			t.Errorf("cut %d: the journal got %v after %v", cut, rest.print(t), err)
		}
	}
}

// odd is restless with a different mind from some time on.
type odd struct {
	restless
	from market.Time
}

func (s *odd) Init(setup *strategy.Setup) error {
	setup.Bars(strategy.BarQuery{Warmup: 1, Lookback: 1}, func(ctx *strategy.Context, series *strategy.Series) {
		if ctx.Now() >= s.from {
			s.must(ctx, ctx.Target(series.Instrument(), 0.1))
		}
	})
	return s.restless.Init(setup)
}

// TestDivergenceInAnyDirection alters a journal at one instant: a decision too many,
// too few, or another one is found out.
func TestDivergenceInAnyDirection(t *testing.T) {
	w := newWorld(2, 60, 0)
	whole := complete(t, w)
	for k, frame := range whole.frames {
		if last := len(frame) - 1; frame[last].Kind == market.RecordDecision && last > 0 {
			twice, less := append(frame[:last:last], frame[last], frame[last]), frame[:last:last]
			changed := *frame[last].Decision
			changed.Order.Reason += "!"
			other := append(frame[:last:last], market.Record{Kind: market.RecordDecision, Time: frame[last].Time, Decision: &changed})
			for name, with := range map[string][]market.Record{"one more": twice, "one less": less, "another": other} {
				rest, altered := &book{}, &book{frames: append(append(whole.frames[:k:k], with), whole.frames[k+1:]...)}
				s := w.session(rest)
				s.Past = altered.past(len(altered.frames))
				if _, _, err := live.Run(context.Background(), s); market.ClassOf(err) != market.Mismatch || len(rest.frames)+len(rest.open) > 0 {
					t.Fatalf("instant %d, %s: error %v, written %v", k, name, err, rest.print(t))
				}
			}
		}
	}
}

// TestJournalWithMoreAtTheEnd holds a decision after all that the run makes.
func TestJournalWithMoreAtTheEnd(t *testing.T) {
	w := newWorld(2, 40, 0)
	whole := complete(t, w)
	end := whole.frames[len(whole.frames)-1][0].Time
	more := []market.Record{{Kind: market.RecordDecision, Time: end, Decision: &market.Decision{Time: end, Action: market.Cancel}}}
	rest, altered := &book{}, &book{frames: append(whole.frames[:len(whole.frames):len(whole.frames)], more)}
	s := w.session(rest)
	s.Past = altered.past(len(altered.frames))
	if _, _, err := live.Run(context.Background(), s); market.ClassOf(err) != market.Mismatch || rest.finished || len(rest.frames) > 0 {
		t.Errorf("error %v, finished %t", err, rest.finished)
	}
}

// TestPastThatCannotBeRead ends the run with the reader's error.
func TestPastThatCannotBeRead(t *testing.T) {
	w := newWorld(1, 30, 0)
	whole, broken := complete(t, w), errors.New("frame at byte 99")
	rest := &book{}
	s := w.session(rest)
	s.Past = func(yield func([]market.Record, error) bool) {
		for records := range whole.past(5) {
			if !yield(records, nil) {
				return
			}
		}
		yield(nil, broken)
	}
	if _, _, err := live.Run(context.Background(), s); !errors.Is(err, broken) || len(rest.frames)+len(rest.open) > 0 {
		t.Errorf("error %v", err)
	}
}

// TestJournalThatFails stops the run before anything of the instant is routed.
func TestJournalThatFails(t *testing.T) {
	w := newWorld(1, 30, 0)
	full := errors.New("no space left")
	j := &failing{left: 12, err: full}
	_, _, err := live.Run(context.Background(), w.session(j))
	if !errors.Is(err, full) || j.finished || j.later > 0 {
		t.Errorf("error %v, %d calls after it", err, j.later)
	}
}

type failing struct {
	book
	left, later int
	err         error
}

func (f *failing) Commit() error {
	if f.left--; f.left == 0 {
		return f.err
	}
	if f.left < 0 {
		f.later++
	}
	return f.book.Commit()
}

// TestWatchAndResumed sees new records only, once each, and is told where the past
// ended.
func TestWatchAndResumed(t *testing.T) {
	w := newWorld(3, 60, 0)
	whole := complete(t, w)
	cut := len(whole.frames) / 2
	rest, resumed := &book{}, []market.Time{}
	var seen []string
	s := w.session(rest)
	s.Past = whole.past(cut)
	s.Watch = func(r market.Record) { seen = append(seen, printRecord(t, &r)) }
	s.Resumed = func(at market.Time) { resumed = append(resumed, at) }
	if _, _, err := live.Run(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, frame := range rest.frames {
		for _, r := range frame {
			want = append(want, printRecord(t, &r))
		}
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("written (-), watched (+):\n%s", diff)
	}
	if len(resumed) != 1 || resumed[0] > whole.frames[cut-1][0].Time {
		t.Errorf("resumed at %v after %s", resumed, whole.frames[cut-1][0].Time)
	}
}

// TestEmptyPast is a session that ended before its first instant.
func TestEmptyPast(t *testing.T) {
	w := newWorld(3, 20, 0)
	want, rest := complete(t, w).print(t), &book{}
	s := w.session(rest)
	s.Past = (&book{}).past(0)
	s.Resumed = func(market.Time) { t.Error("resumed although nothing had happened") }
	if _, _, err := live.Run(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, rest.print(t)); diff != "" {
		t.Error(diff)
	}
}
