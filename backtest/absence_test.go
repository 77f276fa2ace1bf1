package backtest_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// TestAbsences counts what a strategy that reads at every bar found absent, and compares.
func TestAbsences(t *testing.T) {
	absent := 0
	for seed := range seeds(40) {
		r := rand.New(rand.NewPCG(seed, 12))
		h := stroll(r, 60)
		h.Signals = drawRows(r, h, 10+r.IntN(100))
		h.Sort()
		l := &listener{}
		for _, n := range r.Perm(6)[:4] { // what is watched up to several ages counts once
			l.queries = append(l.queries, strategy.SignalQuery{
				Kind: []market.SignalKind{"grade", "mood"}[n%2], Source: []string{"", "a", "b"}[n/2], MaxAge: pick(r, 0, time.Hour, 5*time.Hour, 20*time.Hour),
			})
		}
		list := absencesOf(t, l, h)
		if len(list) != 3*len(l.queries) {
			t.Fatalf("%d absences of %d queries", len(list), len(l.queries))
		}
		for k := range list {
			a := &list[k]
			n := 0
			for _, one := range l.read {
				if one.Query == k/3 && one.Subject == a.Subject && one.Absent {
					n++
				}
			}
			bars := 60
			if a.Subject == market.MarketWide { // at the bars of both
				n, bars = 2*n, 2*bars
			}
			if a.Absent() != n || a.Bars != bars || a.Rows == 0 && a.NoneYet != bars {
				t.Errorf("seed %d: %d were absent of %d: %+v", seed, n, bars, *a)
			}
			absent += n
		}
	}
	if absent < 1000 {
		t.Errorf("%d were absent: hardly a test", absent)
	}
}

// TestAbsenceReasons: before the first row, null, too old, and what of it warm-up hides.
func TestAbsenceReasons(t *testing.T) {
	h := stroll(rand.New(rand.NewPCG(1, 2)), 24)
	from, _ := h.Span()
	hour := func(n int) market.Time { return from + market.Time(n)*market.Time(market.Hour) }
	row := func(n int, null bool) market.Signal {
		return market.Signal{Source: "a", Kind: "grade", Subject: "A0", Instrument: market.NoInstrument, Effective: hour(n - 1), Known: hour(n), Null: null}
	}
	h.Signals = []market.Signal{row(6, false), row(12, true), row(14, false), row(99, false)}
	want := backtest.Absence{
		Strategy: "a", Query: strategy.SignalQuery{Kind: "grade", MaxAge: 4 * time.Hour}, Subject: "A0", Rows: 3, First: hour(5), Last: hour(13),
		Bars:    22,    // 3 to 24
		NoneYet: 3,     // 3 to 5
		TooOld:  2 + 7, // 10 and 11, 18 to 24
		Null:    2,     // 12 and 13
	}
	list := absencesOf(t, &waiting{want.Query}, h)
	if diff := gocmp.Diff(want, list[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if a := list[1]; a.Subject != "A1" || a.Rows != 0 || a.NoneYet != a.Bars {
		t.Errorf("of an asset without rows: %+v", a)
	}
	if !slices.Equal(list, absencesOf(t, &waiting{want.Query}, h)) {
		t.Error("another run counts something else")
	}
}

// waiting watches bars that are warm after three, and a signal.
type waiting struct{ query strategy.SignalQuery }

func (w *waiting) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{Warmup: 3}, nil)
	s.Signals(w.query, nil)
	return nil
}

func absencesOf(t *testing.T, s strategy.Strategy, h *backtest.History) []backtest.Absence {
	t.Helper()
	out, err := backtest.Run(context.Background(), engine.Config{
		Cash: decimal.New(10_000, 0), TargetBand: engine.DefaultTargetBand(), Seed: 1,
		Instances: []engine.Instance{{Name: "a", Strategy: s, Instruments: []market.InstrumentID{0, 1}, Interval: market.Hour, Weight: decimal.New(1, 0)}},
	}, h, backtest.Options{Sim: sim.DefaultOptions()})
	if err != nil {
		t.Fatal(err)
	}
	list, err := backtest.Absences(h, out.Engine)
	if err != nil {
		t.Fatal(err)
	}
	return list
}
