package backtest_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/all"
)

// heard is what a strategy is told, or reads, of a signal at a time.
type heard struct {
	At        market.Time
	Query     int
	Subject   market.Subject
	Absent    bool // nothing is read, or a null row is told
	Source    string
	Effective market.Time
	Value     float64
}

func hear(at market.Time, query int, subject market.Subject, s *market.Signal) heard {
	if s == nil || s.Null {
		h := heard{At: at, Query: query, Subject: subject, Absent: true}
		if s != nil {
			h.Source, h.Effective = s.Source, s.Effective
		}
		return h
	}
	return heard{at, query, subject, false, s.Source, s.Effective, s.Value}
}

// listener asks for signals in several ways at once, and keeps all that it is told and
// reads.
type listener struct {
	queries    []strategy.SignalQuery
	subs       []*strategy.Signals
	read, told []heard
}

func (l *listener) Init(s *strategy.Setup) error {
	for k, q := range l.queries {
		l.subs = append(l.subs, s.Signals(q, func(c *strategy.Context, row market.Signal) {
			l.told = append(l.told, hear(c.Now(), k, row.Subject, &row))
		}))
	}
	instruments := s.Instruments()
	s.Bars(strategy.BarQuery{}, func(c *strategy.Context, bar *strategy.Series) {
		if bar.Instrument() != instruments[0].ID {
			return // once an instant
		}
		for k, sub := range l.subs {
			read := func(subject market.Subject, row market.Signal, ok bool) {
				if !ok {
					row.Null = true
				}
				l.read = append(l.read, hear(c.Now(), k, subject, &row))
			}
			row, ok := sub.Market()
			read(market.MarketWide, row, ok)
			for _, in := range instruments {
				row, ok := sub.At(in.ID)
				read(market.Subject(in.Base), row, ok)
			}
		}
	})
	return nil
}

// asOf is rule S2 in its own words: among rows with Known ≤ t, the latest Effective; for
// one Effective the greatest (Known, revision); of two sources, the first by name.
func asOf(rows []market.Signal, q strategy.SignalQuery, subject market.Subject, t market.Time) *market.Signal {
	var best *market.Signal
	for k := range rows {
		s := &rows[k]
		if s.Known > t || s.Kind != q.Kind || s.Subject != subject || q.Source != "" && q.Source != s.Source {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(s.Effective, best.Effective), cmp.Compare(s.Known, best.Known),
			cmp.Compare(s.Revision, best.Revision), cmp.Compare(best.Source, s.Source)) > 0 {
			best = s
		}
	}
	return best
}

// drawRows makes rows that meet each other in every way: nulls, revisions, values that
// repeat, late and early knowledge, several sources, kinds and subjects, in no order.
func drawRows(r *rand.Rand, h *backtest.History, n int) []market.Signal {
	from, to := h.Span()
	hours, spread := int((to-from)/market.Time(market.Hour)), 30
	if r.IntN(2) == 0 {
		hours, spread = 6, 4 // all at once
	}
	seen := map[market.Signal]bool{}
	var rows []market.Signal
	for range n {
		known := from + market.Time(1+r.IntN(hours))*market.Time(market.Hour)
		s := market.Signal{
			Source: pick(r, "a", "b"), Kind: pick(r, market.SignalKind("grade"), "mood"), Subject: pick(r, "*", market.Subject(h.Instruments[0].Base), market.Subject(h.Instruments[1].Base)),
			Instrument: market.NoInstrument, Effective: known + market.Time(r.IntN(spread)*5/4-spread)*market.Time(market.Hour), Known: known, Revision: r.IntN(3),
		}
		if seen[s] { // one row for each key
			continue
		}
		seen[s] = true
		if s.Null = r.IntN(5) == 0; !s.Null {
			s.Value = float64(r.IntN(3))
		}
		rows = append(rows, s)
	}
	if r.IntN(2) == 0 {
		rows = arrive(r, rows, from, to)
	}
	r.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
	return rows
}

// arrive stamps rows as they come by a clock that is set forth and back (semantics S4).
func arrive(r *rand.Rand, rows []market.Signal, from, to market.Time) []market.Signal {
	var a market.Arrivals
	now := from + market.Time(market.Hour)
	for k := range rows {
		now = min(max(from, now+market.Time(r.IntN(5)-1)*market.Time(market.Hour)), to)
		if r.IntN(20) == 0 {
			now = from + market.Time(r.IntN(20))*market.Time(market.Hour)
		}
		a.Stamp(now, rows[k:k+1])
	}
	return unique(rows)
}

// stored puts rows into a store in the order given, in several goes, and reads them back.
func stored(t *testing.T, r *rand.Rand, rows []market.Signal) []market.Signal {
	t.Helper()
	db, err := store.Open(filepath.Join(t.TempDir(), "history.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for len(rows) > 0 {
		n := 1 + r.IntN(len(rows))
		if _, err := db.PutSignals(rows[:n]); err != nil {
			t.Fatal(err)
		}
		rows = rows[n:]
	}
	all, err := db.Signals(store.SignalFilter{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// stroll is a short history of two instruments.
func stroll(r *rand.Rand, bars int) *backtest.History {
	h := &backtest.History{}
	for k := range 2 {
		in := market.Bare(fmt.Sprintf("A%dUSDT", k), fmt.Sprintf("A%d", k), "USDT")
		in.ID = market.InstrumentID(k)
		c := market.MakeColumns(market.Hour, bars)
		c.PriceScale, c.VolumeScale = 2, 3
		price := 10_000 + r.IntN(10_000)
		for n := range bars {
			open := price
			price = max(1000, price+r.IntN(401)-200)
			f := func(n int) float64 { return float64(n) / 100 }
			c.Append(market.Bar{
				OpenTime: 19_000*market.Day + market.Time(n)*market.Time(market.Hour),
				Open:     f(open), High: f(max(open, price) + r.IntN(50)), Low: f(min(open, price) - r.IntN(50)), Close: f(price), Volume: float64(r.IntN(2_000_000)) / 1000,
			})
		}
		h.Instruments = append(h.Instruments, in)
		h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: c})
	}
	return h
}

// runOne runs one strategy over both instruments.
func runOne(t *testing.T, s strategy.Strategy, h *backtest.History, j engine.Journal) {
	t.Helper()
	cfg := engine.Config{
		Audit: true, Journal: j, Cash: decimal.New(10_000, 0), TargetBand: engine.DefaultTargetBand(), Seed: 1,
		Instances: []engine.Instance{{Name: "a", Strategy: s, Instruments: []market.InstrumentID{0, 1}, Interval: market.Hour, Weight: decimal.New(1, 0)}},
	}
	out, err := backtest.Run(context.Background(), cfg, h, backtest.Options{Sim: sim.DefaultOptions()})
	if err != nil || len(out.Faults) > 0 {
		t.Fatal(err, out)
	}
}

// TestSignalsAsOf compares what strategies read and are told with an oracle that goes
// through all rows every time (semantics S1 to S4).
func TestSignalsAsOf(t *testing.T) {
	told := 0
	for seed := range seeds(150) {
		r := rand.New(rand.NewPCG(seed, 11))
		h := stroll(r, 60)
		rows := drawRows(r, h, 10+r.IntN(300))
		h.Signals = slices.Clone(rows)
		if seed%15 == 0 {
			h.Signals = stored(t, r, rows)
		}
		h.Sort()
		l := &listener{}
		for range 6 {
			l.queries = append(l.queries, strategy.SignalQuery{
				Kind: pick(r, market.SignalKind("grade"), "mood"), Source: pick(r, "", "a", "b"), MaxAge: pick(r, 0, time.Hour, 5*time.Hour, 20*time.Hour),
			})
		}
		runOne(t, l, h, nil)
		read, tell := l.expect(h, rows)
		if diff := gocmp.Diff(read, l.read); diff != "" {
			t.Fatalf("seed %d: read (-oracle +strategy):\n%s", seed, diff)
		}
		if diff := gocmp.Diff(tell, l.told); diff != "" {
			t.Fatalf("seed %d: told (-oracle +strategy):\n%s", seed, diff)
		}
		told += len(tell)
	}
	if told < 1000 {
		t.Errorf("strategies were told %d rows: hardly a test", told)
	}
}

// expect returns what the oracle says that is read at each bar, and told at each time at
// which rows became known.
func (l *listener) expect(h *backtest.History, rows []market.Signal) (read, told []heard) {
	from, to := h.Span()
	subjects := []market.Subject{market.MarketWide, "A0", "A1"}
	for t := from; t <= to; t += market.Time(market.Hour) {
		for k, q := range l.queries {
			oldest := cmp.Or(market.Time(q.MaxAge), market.Time(market.DefaultMaxAge))
			for _, subject := range subjects {
				now, before := asOf(rows, q, subject, t), asOf(rows, q, subject, t-1)
				tooOld := now != nil && t-now.Effective > oldest
				if now != nil && !tooOld && (before == nil || !now.Repeats(before)) {
					told = append(told, hear(t, k, subject, now))
				}
				if now != nil && (now.Null || tooOld) {
					now = nil
				}
				if t > from {
					one := hear(t, k, subject, now)
					read = append(read, one)
				}
			}
		}
	}
	return read, told
}

// decided keeps what a strategy decided, in what semantics D3 compares, and what it read
// for that.
type decided struct{ list []decision }

type decision struct {
	At                     market.Time
	Action                 string
	Instrument             market.InstrumentID
	Side, Type             string
	Quantity, Quote, Price string
	Reason                 string
	Inputs                 []market.SignalRef
}

func (d *decided) Append(r market.Record) error {
	if r.Kind == market.RecordDecision {
		o := &r.Decision.Order
		d.list = append(d.list, decision{
			r.Time, fmt.Sprint(r.Decision.Action), o.Instrument, fmt.Sprint(o.Side), fmt.Sprint(o.Type),
			o.Quantity.String(), o.Quote.String(), o.Price.String(), string(o.Reason), slices.Clone(r.Decision.Inputs),
		})
	}
	return nil
}

func (d *decided) Commit() error { return nil }

func (d *decided) until(t market.Time) []decision {
	n, _ := slices.BinarySearchFunc(d.list, t+1, func(d decision, t market.Time) int { return cmp.Compare(d.At, t) })
	return append([]decision{}, d.list[:n]...)
}

// grades are rows of the kind that grade_follow follows by default, over a whole history.
func grades(r *rand.Rand, h *backtest.History, after market.Time) []market.Signal {
	var rows []market.Signal
	for _, s := range drawRows(r, h, 400) {
		if s.Known > after {
			s.Kind = "trader_grade"
			s.Value *= 45 // 0, 45 and 90: out, nothing and in
			rows = append(rows, s)
		}
	}
	return unique(rows)
}

// unique leaves one row of each key.
func unique(rows []market.Signal) (kept []market.Signal) {
	seen := map[market.Signal]bool{}
	for _, s := range rows {
		key := s
		key.Value, key.Null = 0, false
		if !seen[key] {
			seen[key] = true
			kept = append(kept, s)
		}
	}
	return kept
}

// TestSignalsPoisoned deletes, replaces and adds rows that became known after a time, with
// and without the bars after it: no decision up to it changes (semantics D3, D4), whatever
// the strategy.
func TestSignalsPoisoned(t *testing.T) {
	reads := 0
	for seed := range seeds(12) {
		r := rand.New(rand.NewPCG(seed, 12))
		h := stroll(r, 200)
		h.Signals = grades(r, h, 0)
		h.Sort()
		for _, p := range all.All() {
			full := &decided{}
			runOne(t, p.New(), h, full)
			for range 4 {
				at := h.Series[0].Columns.Time(20 + r.IntN(150))
				if len(full.list) > 0 && r.IntN(2) == 0 {
					at = full.list[r.IntN(len(full.list))].At - market.Time(r.IntN(2))
				}
				want := full.until(at)
				for _, d := range want {
					reads += len(d.Inputs)
				}
				for name, other := range poisoned(r, h, at) {
					got := &decided{}
					runOne(t, p.New(), other, got)
					if diff := gocmp.Diff(want, got.until(at)); diff != "" {
						t.Fatalf("seed %d: %s, %s after %s changed decisions before:\n%s", seed, p.Name, name, at, diff)
					}
				}
			}
		}
	}
	if reads < 300 {
		t.Errorf("decisions read %d rows: hardly a test", reads)
	}
}

// poisoned returns histories that are the same up to a time.
func poisoned(r *rand.Rand, h *backtest.History, at market.Time) map[string]*backtest.History {
	with := func(bars bool, later []market.Signal) *backtest.History {
		other := *h
		if bars {
			other.Series = nil
			for _, s := range h.Series {
				c := s.Columns.Slice(0, s.Columns.Len())
				n := c.Search(at - market.Time(c.Interval) + 1)
				fresh := market.MakeColumns(c.Interval, c.Len())
				fresh.PriceScale, fresh.VolumeScale = c.PriceScale, c.VolumeScale
				for row := range c.Len() {
					b := c.Bar(row)
					if row >= n {
						up := float64(1 + r.IntN(3))
						b.Open, b.High, b.Low, b.Close, b.Volume = b.Open*up, b.High*up, b.Low*up, b.Close*up, float64(r.IntN(9))
					}
					fresh.Append(b)
				}
				other.Series = append(other.Series, backtest.Series{Instrument: s.Instrument, Columns: fresh})
			}
		}
		other.Signals = nil
		for _, s := range h.Signals {
			if s.Known <= at {
				other.Signals = append(other.Signals, s)
			}
		}
		other.Signals = append(other.Signals, later...)
		r.Shuffle(len(other.Signals), func(i, k int) {
			other.Signals[i], other.Signals[k] = other.Signals[k], other.Signals[i]
		})
		other.Sort()
		return &other
	}
	return map[string]*backtest.History{
		"rows deleted":           with(false, nil),
		"rows replaced":          with(false, grades(r, h, at)),
		"rows deleted, bars new": with(true, nil),
		"rows and bars replaced": with(true, grades(r, h, at)),
	}
}

// TestSignalsAfterTheLastBar: what was known after the last bar belongs to no run. It
// would draw the equity out, and the ratios with it.
func TestSignalsAfterTheLastBar(t *testing.T) {
	c := market.MakeColumns(market.Hour, 3)
	for h := range 3 {
		c.Append(market.Bar{OpenTime: market.Time(h+1) * market.Time(market.Hour), Open: 1, High: 1, Low: 1, Close: 1})
	}
	last := c.Time(2)
	h := &backtest.History{Instruments: []market.Instrument{market.Bare("AAAUSDT", "AAA", "USDT")}, Series: []backtest.Series{{Columns: c}}}
	for _, known := range []market.Time{1, last, last + 1, last + market.Day} {
		h.Signals = append(h.Signals, market.Signal{Source: "a", Kind: "grade", Subject: "AAA", Effective: 1, Known: known, Instrument: market.NoInstrument})
	}
	for _, to := range []market.Time{0, last, last + 2*market.Day} {
		cut := h.Between(0, to)
		if n := len(cut.Signals); n != 2 || cut.Signals[1].Known != last {
			t.Errorf("to %s: %d signals, want those known by the close of the last bar, %s", to, n, last)
		}
	}
}
