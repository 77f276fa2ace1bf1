package backtest_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/gradefollow"
)

// hole is a time in which a source of daily grades is silent.
type hole struct {
	last  market.Time // Effective of the last grade before it
	again market.Time // when the next one is known
}

// oldest is how old a grade may be; expires is the last time at which the last one is not
// too old.
const oldest = 48 * market.Time(market.Hour)

func (x hole) expires() market.Time { return x.last + oldest }

// madeGrades is an hourly market that falls, and good grades of BTC, of which two
// days' are missing.
func madeGrades() (*backtest.History, []hole) {
	h := stroll(rand.New(rand.NewPCG(5, 5)), 24*12)
	h.Instruments, h.Series = h.Instruments[:1], h.Series[:1]
	h.Instruments[0].Base = "BTC"
	c := h.Series[0].Columns
	for row := range c.Len() {
		for _, x := range [...][]float64{c.Open, c.High, c.Low, c.Close} {
			x[row] = market.Float(market.Price(x[row]*(1-float64(row)/400), 2))
		}
		c.Volume[row] = 1e6 // enough for anyone
	}
	from, _ := h.Span()
	for day := range market.Time(11) {
		if t := from + day*market.Day; day != 5 && day != 6 {
			h.Signals = append(h.Signals, market.Signal{
				Source: "made", Kind: "trader_grade", Subject: "BTC", Instrument: market.NoInstrument, Effective: t, Known: t + market.Day, Value: 80, Assumed: true,
			})
		}
	}
	return h, []hole{{from + 4*market.Day, from + 8*market.Day}}
}

// recordedGrades is BTC in the summer of 2022 with the grades of Token Metrics, of which
// those of 4, 15 and 16 June are missing.
func recordedGrades(t *testing.T) (*backtest.History, []hole) {
	t.Helper()
	needRecordings(t)
	bars, err := barfile.ReadFile(filepath.Join(recordings(), "binance-spot-nic/BTCUSDT-1h.csv.gz"), barfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	grades, err := barfile.ReadSignalsFile(filepath.Join(recordings(), "signals-tokenmetrics/BTC-trader-grades-daily.csv"), barfile.SignalOptions{Subject: "BTC"})
	if err != nil {
		t.Fatal(err)
	}
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	h := &backtest.History{Instruments: []market.Instrument{in}, Series: []backtest.Series{{Columns: bars.Columns}}, Signals: grades.Signals}
	h.Sort()
	return h.Between(utc("2022-05-20 00:00"), utc("2022-07-01 00:00")), []hole{{utc("2022-06-03 00:00"), utc("2022-06-06 00:00")}, {utc("2022-06-14 00:00"), utc("2022-06-18 00:00")}}
}

func eachHole(t *testing.T, f func(t *testing.T, h *backtest.History, x hole)) {
	t.Helper()
	t.Run("made", func(t *testing.T) {
		h, holes := madeGrades()
		f(t, h, holes[0])
	})
	t.Run("recorded", func(t *testing.T) {
		h, holes := recordedGrades(t)
		for _, x := range holes {
			f(t, h, x)
		}
	})
}

// follow runs grade_follow with thresholds that every grade is above, and returns what was
// decided; rules may close.
func follow(t *testing.T, h *backtest.History, onAbsent string, rules ...risk.Named) []decision {
	t.Helper()
	s := gradefollow.Plugin().New().(*gradefollow.Config)
	s.Enter, s.Exit, s.OnAbsent = 10, 5, onAbsent
	d := &decided{}
	runGrades(t, s, h, d, rules...)
	return d.list
}

func runGrades(t *testing.T, s strategy.Strategy, h *backtest.History, j engine.Journal, rules ...risk.Named) {
	t.Helper()
	cfg := engine.Config{
		Audit: true, Journal: j, Cash: decimal.New(10_000, 0), TargetBand: engine.DefaultTargetBand(),
		Instances: []engine.Instance{{Name: "a", Strategy: s, Instruments: []market.InstrumentID{0}, Interval: market.Hour, Weight: decimal.New(1, 0), Rules: rules}},
	}
	out, err := backtest.Run(context.Background(), cfg, h, backtest.Options{Sim: sim.DefaultOptions()})
	if err != nil || len(out.Faults) > 0 {
		t.Fatal(err, out)
	}
}

// TestHoleInTheGrades starts at every hour around a hole: a strategy without a position
// opens while the last grade is young enough, and then not before the next is known.
func TestHoleInTheGrades(t *testing.T) {
	const hour = market.Time(market.Hour)
	eachHole(t, func(t *testing.T, h *backtest.History, x hole) {
		waited := 0
		for start := x.last + market.Day; start < x.again+3*hour; start += hour {
			list := follow(t, h.Between(start, x.again+12*hour), "keep")
			want := start + hour // the close of the first bar
			if want > x.expires() {
				want = max(want, x.again)
			}
			if len(list) != 1 || list[0].At != want {
				t.Fatalf("from %s: %+v, want one at %s", start, list, want)
			}
			if age := want - list[0].Inputs[0].Effective; age > oldest || list[0].Inputs[0].Absent {
				t.Errorf("at %s it opened on a grade that is %s old", want, market.Duration(age))
			}
			if want > start+hour {
				waited++
			}
		}
		if waited == 0 {
			t.Error("it never had to wait: hardly a test")
		}
	})
}

// TestExitsInTheHole holds a position when the grades stop: it is closed once the last one
// is too old where the strategy says so, and by a rule at any time, and not opened again
// before there is a grade.
func TestExitsInTheHole(t *testing.T) {
	const hour = market.Time(market.Hour)
	eachHole(t, func(t *testing.T, h *backtest.History, x hole) {
		cut := h.Between(x.expires()-12*hour, x.again-hour)
		list := follow(t, cut, "close")
		if len(list) != 2 || list[1].At != x.expires()+hour || list[1].Side != "sell" || !list[1].Inputs[0].Absent {
			t.Errorf("on_absent = close: %+v, want a sale at %s", list, x.expires()+hour)
		}
		stop := &exit.StopLoss{Percent: decimal.New(1, -4), At: "close"}
		list = follow(t, h.Between(x.expires()-hour, x.again-hour), "keep", risk.Named{Name: "stop_loss", Rule: stop})
		if len(list) != 2 || list[1].Side != "sell" || list[1].At <= x.expires() {
			t.Errorf("with a stop: %+v, want a sale after %s", list, x.expires())
		}
	})
}

// TestAgeInTheHole reads the grade every hour: the last one ages on, and nothing is made
// up for the days that are missing.
func TestAgeInTheHole(t *testing.T) {
	eachHole(t, func(t *testing.T, h *backtest.History, x hole) {
		l := &listener{queries: []strategy.SignalQuery{
			{Kind: "trader_grade", MaxAge: 30 * 24 * time.Hour}, {Kind: "trader_grade"},
		}}
		runGrades(t, l, h, nil)
		hours := 0
		for _, r := range l.read {
			if r.Subject != "BTC" || r.At < x.last+market.Day || r.At >= x.again {
				continue
			}
			switch hours++; {
			case r.Query == 0 && (r.Absent || r.Effective != x.last):
				t.Fatalf("at %s the last grade is of %s, not %s", r.At, x.last, r.Effective)
			case r.Query == 1 && r.Absent != (r.At-x.last > oldest):
				t.Fatalf("at %s, %s after the last grade, absent is %v", r.At, market.Duration(r.At-x.last), r.Absent)
			}
		}
		if want := 2 * int((x.again-x.last-market.Day)/market.Time(market.Hour)); hours != want {
			t.Errorf("read %d times, want %d", hours, want)
		}
	})
}
