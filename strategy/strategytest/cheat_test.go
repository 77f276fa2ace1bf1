package strategytest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// scripted is a strategy of one bar callback.
type scripted struct {
	warmup int
	start  func(s *strategy.Setup)
	bar    func(c *strategy.Context, s *strategy.Series)
	close  func() error
	n      int
}

func (x *scripted) Init(s *strategy.Setup) error {
	if x.start != nil {
		x.start(s)
	}
	s.Bars(strategy.BarQuery{Warmup: max(x.warmup, 1), Lookback: 10}, x.bar)
	return nil
}

func (x *scripted) Close() error {
	if x.close == nil {
		return nil
	}
	return x.close()
}

func plugin(new func() strategy.Strategy) strategy.Plugin {
	return strategy.Plugin{Name: "cheat", Doc: "cheats", New: new}
}

// steer holds an instrument while up says so.
func steer(c *strategy.Context, i market.InstrumentID, up bool) {
	held := c.Position(i).IsPositive() || len(c.OpenOrders(i)) > 0
	switch {
	case up && !held:
		c.Target(i, 0.3)
	case !up && held:
		c.Target(i, 0)
	}
}

// rising is an honest rule, for cheats of which the rule is not the point.
func rising(c *strategy.Context, s *strategy.Series) {
	if x := s.Close(); c.Warm() && len(x) > 2 {
		steer(c, s.Instrument(), x[len(x)-1] > x[len(x)-3])
	}
}

// past returns the value n places after the end of a slice. The columns of the suite
// have room there; nothing but the race detector's check would mind.
//
//go:nocheckptr
func past(x []float64, n int) float64 {
	return unsafe.Slice(unsafe.SliceData(x), len(x)+n)[len(x)+n-1]
}

// check runs the suite and asserts what it finds.
func check(t *testing.T, p strategy.Plugin, want []string, opts ...strategytest.Option) {
	t.Helper()
	err := strategytest.Check(p, opts...)
	if err == nil {
		t.Fatal("the suite found nothing")
	}
	t.Log(err)
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the message lacks %q", w)
		}
	}
}

// decision is in the message of every cheat that changed one.
var decision = []string{"decision ", "changed:", "market "}

func TestCheatSlicePastItsEnd(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			steer(c, s.Instrument(), past(s.Close(), 1) > s.LastClose())
		}}
	})
	check(t, p, append(decision, "sees the future", "true data:", "garbage after:", "the next bar before it closed", "index that is one too high"))
}

func TestCheatKeptSlice(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		first, seen := map[market.InstrumentID][]float64{}, map[market.InstrumentID]int{}
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			i := s.Instrument()
			if first[i] == nil {
				first[i] = s.High()
			}
			if seen[i]++; seen[i] > 1 {
				steer(c, i, past(first[i], seen[i]+2) > s.LastClose())
			}
		}}
	})
	check(t, p, append(decision, "sees the future", "kept and read past its end", "up to 3 bars ahead"))
}

func TestCheatCapturedColumns(t *testing.T) {
	var h *backtest.History
	p := plugin(func() strategy.Strategy {
		data := h
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			x := data.Series[s.Instrument()].Columns
			row := min(x.Search(c.Now()), x.Len()-1)
			steer(c, s.Instrument(), x.Close[row] > s.LastClose())
		}}
	})
	check(t, p, append(decision, "sees the future", "captured outside of the callbacks", "the next bar before it closed"),
		strategytest.OnData(func(x *backtest.History) { h = x }))
}

func TestCheatDailyBarAtItsOpen(t *testing.T) {
	var h *backtest.History
	p := plugin(func() strategy.Strategy {
		var days []*market.Columns
		for _, s := range h.Series {
			days = append(days, market.Resample(s.Columns, market.Daily, market.MaxTime))
		}
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			x := days[s.Instrument()]
			row := min(x.Search(market.Daily.Floor(c.Now())), x.Len()-1)
			steer(c, s.Instrument(), x.Close[row] > x.Open[row])
		}}
	})
	check(t, p, append(decision, "sees the future", "Those bars end a day", "while it was still open"),
		strategytest.OnData(func(x *backtest.History) { h = x }))
}

func TestCheatSignalBeforeItIsKnown(t *testing.T) {
	var h *backtest.History
	p := plugin(func() strategy.Strategy {
		rows := h.Signals
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			up := false
			for _, row := range rows {
				if row.Subject == market.MarketWide && row.Kind == "sentiment" && row.Effective == market.Daily.Floor(c.Now()) {
					up = row.Value > 50
				}
			}
			steer(c, s.Instrument(), up)
		}}
	})
	check(t, p, append(decision, "sees the future", "before its Known time"),
		strategytest.OnData(func(x *backtest.History) { h = x }))
}

func TestCheatLastBar(t *testing.T) {
	var h *backtest.History
	p := plugin(func() strategy.Strategy {
		data := h
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			x := data.Series[s.Instrument()].Columns
			if s.Last().OpenTime == x.OpenTime[x.Len()-1] {
				c.Target(s.Instrument(), 0)
				return
			}
			rising(c, s)
		}}
	})
	check(t, p, append(decision, "knows where the data end", "all data:", "data cut:", "there is no last bar"),
		strategytest.Bars(120), strategytest.OnData(func(x *backtest.History) { h = x }))
}

func TestCheatWritesIntoAColumn(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			x := s.Close()
			rising(c, s)
			if c.Position(s.Instrument()).IsPositive() {
				x[len(x)-1] = 1
			}
		}}
	})
	check(t, p, []string{"wrote into shared data", "the close of BTCUSDT 1h in the bar that opened 2024-", "in its callbacks of 2024-", "slices.Clone"})
}

func TestCheatWritesIntoACoarserColumn(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		return &scripted{
			bar: rising,
			start: func(s *strategy.Setup) {
				s.Bars(strategy.BarQuery{Interval: market.Daily}, func(_ *strategy.Context, s *strategy.Series) { s.Volume()[0] = -1 })
			},
		}
	})
	check(t, p, []string{"the volume of BTCUSDT 1d in the bar that opened 2024-01-01", "in its callbacks of 2024-01-02"})
}

func TestCheatOrdersBeforeWarmup(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		return &scripted{warmup: 50, bar: func(c *strategy.Context, s *strategy.Series) {
			if err := c.Target(s.Instrument(), 0.3); err != nil {
				c.Fail(fmt.Errorf("aiming: %w", err))
			}
		}}
	})
	check(t, p, []string{"before warm-up", "strategy.ErrWarmup", "while Context.Warm is false"})
}

// An error that the strategy ignores is found as well.
func TestCheatIgnoresOrdersBeforeWarmup(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		return &scripted{warmup: 50, bar: func(c *strategy.Context, s *strategy.Series) {
			c.Submit(market.Order{Instrument: s.Instrument(), Side: market.Buy, Type: market.Market, Quote: decimal.New(100, 0)})
		}}
	})
	check(t, p, []string{"before warm-up", "strategy.ErrWarmup"})
}

func TestCheatMapOrder(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		seen := map[market.InstrumentID]float64{}
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			seen[s.Instrument()] = s.LastClose()
			for i := range seen {
				steer(c, i, i == s.Instrument())
				break
			}
		}}
	})
	check(t, p, append(decision, "not deterministic", "ranging over a map", "first run:"))
}

func TestCheatCounterThatOutlivesARun(t *testing.T) {
	var bars int
	p := plugin(func() strategy.Strategy {
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			bars++
			steer(c, s.Instrument(), bars%7 < 3)
		}}
	})
	check(t, p, append(decision, "not deterministic", "outlives a run"))
}

func TestCheatInstancesThatReachEachOther(t *testing.T) {
	var shared *scripted
	p := plugin(func() strategy.Strategy {
		x := &scripted{}
		x.start = func(s *strategy.Setup) { shared, x.n = x, 0 }
		x.bar = func(c *strategy.Context, s *strategy.Series) {
			shared.n++ // that of the instance made last
			steer(c, s.Instrument(), x.n/40%2 == 1)
		}
		return x
	})
	check(t, p, append(decision, "instances share state", "alone:", "beside others:"))
}

func TestChecksOfThePlugin(t *testing.T) {
	one := &scripted{bar: rising}
	check(t, plugin(func() strategy.Strategy { return one }), []string{"the same strategy twice"})
	check(t, plugin(nil), []string{"New is nil"})
	check(t, strategy.Plugin{Name: "mine", Doc: "mine", Sample: "type = \"other\""}, []string{`Sample has no type = "mine"`})
	check(t, strategy.Plugin{Name: "MyBars", Doc: "mine", Sample: "[strategy.x]\ntype = \"my_bars\"\n"}, []string{"its Name must be small letters"})
	check(t, plugin(func() strategy.Strategy { return &untagged{} }), []string{"field Period has no toml tag"})
	check(t, plugin(func() strategy.Strategy { return &misspelt{} }), []string{"field Period: `param:\"mn=2\"`: it knows no \"mn\""})
	check(t, strategy.Plugin{
		Name: "cheat", Doc: "cheats", New: func() strategy.Strategy { return &scripted{bar: rising} },
		Sample: "[strategy.mine]\ntype = \"cheat\"\nsymbols = [\"BTCUSDT\"]\ninterval = \"1h\"\nfoo = 1\n",
	}, []string{`the sample of cheat:5:1: unknown key "foo" in [strategy.mine]`})
	check(t, plugin(func() strategy.Strategy { return &scripted{bar: rising} }), []string{"strategytest.With is for a *strategytest_test.untagged"},
		strategytest.With(func(*untagged) {}))
}

type untagged struct {
	scripted
	Period int
}

type misspelt struct {
	scripted
	Period int `toml:"period" param:"mn=2" doc:"bars"`
}

func TestStrategiesThatDoNotSurvive(t *testing.T) {
	gap := plugin(func() strategy.Strategy {
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			if s.Gap() > 8 {
				panic("a bar is missing")
			}
			rising(c, s)
		}}
	})
	check(t, gap, []string{"stopped over bars of which half are missing", "cheat_test.go:", ": a bar is missing"})
	absent := plugin(func() strategy.Strategy {
		var grades *strategy.Signals
		return &scripted{
			start: func(s *strategy.Setup) { grades = s.Signals(strategy.SignalQuery{Kind: "mood"}, nil) },
			bar: func(c *strategy.Context, s *strategy.Series) {
				if _, ok := grades.Market(); !ok && s.Time(s.Len()-1) > 1_706_000_000_000_000_000 {
					c.Fail(errors.New("no mood"))
				}
				rising(c, s)
			},
		}
	})
	check(t, absent, []string{"stopped over", "no mood"}, strategytest.Signals("mood", -1, 1))
	closing := plugin(func() strategy.Strategy {
		return &scripted{bar: rising, close: func() error { return errors.New("cannot close") }}
	})
	check(t, closing, []string{"cannot close"})
}

func TestNothingProved(t *testing.T) {
	idle := plugin(func() strategy.Strategy { return &scripted{bar: func(*strategy.Context, *strategy.Series) {}} })
	check(t, idle, []string{"made no order in 200 bars of 15m of 1 instruments", "strategytest.With"},
		strategytest.Bars(200), strategytest.Interval(15*market.Minute), strategytest.Instruments(1), strategytest.Seed(2))
}

// What a slice may grow into is what it shows.
func TestReslicingShowsNothing(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			x := s.Close()
			grown := x[:cap(x)]
			steer(c, s.Instrument(), grown[len(grown)-1] > s.Open()[len(x)-1])
		}}
	})
	strategytest.Run(t, p, strategytest.Bars(120))
}

// A schedule that fires when no bar closes is seen in data that end there, too.
func TestScheduleBetweenBars(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		return &scripted{
			start: func(s *strategy.Setup) {
				s.Schedule("30 */6 * * *", func(c *strategy.Context) {
					if c.Warm() {
						steer(c, 0, c.Now()/market.Day%2 == 0)
					}
				})
			},
			bar: func(*strategy.Context, *strategy.Series) {},
		}
	})
	strategytest.Run(t, p, strategytest.Bars(300))
}

// Run reports what Check returns.
func TestRunReports(t *testing.T) {
	r := &recorder{}
	strategytest.Run(r, plugin(nil))
	if len(r.errors) != 1 || !strings.Contains(r.errors[0], `strategy plug-in "cheat": its New is nil`) {
		t.Errorf("got %q", r.errors)
	}
}

type recorder struct{ errors []string }

func (r *recorder) Helper() {}

func (r *recorder) Error(args ...any) { r.errors = append(r.errors, fmt.Sprint(args...)) }
