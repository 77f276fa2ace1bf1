package testkit

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// Parse reads a script. Errors name the line as path:line.
func Parse(path, text string) (*Script, error) {
	s := &Script{Path: path, History: &backtest.History{}, Sim: sim.DefaultOptions(), cash: decimal.New(1000, 0), band: engine.DefaultTargetBand()}
	p := &parser{script: s}
	head, expected, found := splitExpected(text)
	for _, line := range strings.Split(head, "\n") {
		p.line++
		if p.words = strings.Fields(uncommented(line)); len(p.words) > 0 {
			p.statement()
		}
	}
	p.words = nil
	if !found || len(s.Drivers) == 0 || len(s.parts) == 0 {
		p.fail("a script needs a driver, a strategy and an expect line")
	}
	if p.err != nil {
		return nil, p.err
	}
	for _, line := range strings.Split(expected, "\n") {
		if line = uncommented(line); line != "" {
			s.Expected = append(s.Expected, line)
		}
	}
	s.sort()
	return s, nil
}

func uncommented(line string) string {
	line, _, _ = strings.Cut(line, "#")
	return strings.TrimSpace(line)
}

// parser reads statements. The first error sticks.
type parser struct {
	script *Script
	line   int
	words  []string // still to be read of this line
	table  *table
	err    error
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = &market.Error{Class: market.Data, Where: fmt.Sprintf("%s:%d", p.script.Path, p.line), Err: fmt.Errorf(format, args...)}
	}
	p.words = nil
}

func (p *parser) more() bool { return len(p.words) > 0 }

func (p *parser) word() string {
	if !p.more() {
		p.fail("the line ends too early")
		return ""
	}
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

// need returns what a parsing function makes of the next word.
func need[T any](p *parser, parse func(string) (T, error)) (v T) {
	w := p.word()
	if p.err != nil {
		return v
	}
	v, err := parse(w)
	if err != nil {
		p.fail("%w", err)
	}
	return v
}

func (p *parser) decimal() decimal.Decimal  { return need(p, decimal.NewFromString) }
func (p *parser) time() market.Time         { return need(p, parseClock) }
func (p *parser) interval() market.Interval { return need(p, market.ParseInterval) }
func (p *parser) duration() market.Time     { return market.Time(need(p, time.ParseDuration)) }
func (p *parser) int() int                  { return need(p, strconv.Atoi) }
func (p *parser) float() float64            { return need(p, parseFloat) }
func (p *parser) instrument() (i market.InstrumentID) {
	if i = p.script.find(p.word()); i < 0 {
		p.fail("no such instrument")
	}
	return i
}

func parseFloat(w string) (float64, error) { return strconv.ParseFloat(w, 64) }

// statement reads one line. Rows of the table of bars at hand start with a time.
func (p *parser) statement() {
	if c := p.words[0][0]; c >= '0' && c <= '9' && p.table != nil {
		p.row()
		return
	}
	p.table = nil
	s := p.script
	switch w := p.word(); w {
	case "driver":
		s.Drivers, p.words = p.words, nil
	case "cash":
		s.cash = p.decimal()
	case "max-loss":
		s.maxLoss = p.decimal()
	case "seed":
		s.seed = uint64(p.int())
	case "show":
		s.shows, p.words = append(s.shows, p.words...), nil
	case "fee-tier":
		p.feeTier()
	case "fee-discount":
		d := &s.discount
		d.Asset, d.Discount = p.word(), p.decimal()
		p.properties(map[string]func(){"balance": set(&d.Balance, p.decimal)})
	case "option":
		p.options()
	case "netting":
		s.netting = true
	case "funding":
		p.funding()
	case "instrument":
		p.newInstrument()
	case "listing":
		p.listing()
	case "bars":
		p.newTable(&s.History.Series)
	case "marks":
		p.newTable(&s.History.Marks)
	case "signal":
		p.signal()
	case "strategy":
		p.strategy()
	case "watch":
		p.watch()
	case "rule", "sizer":
		p.guard(w == "sizer")
	case "at":
		p.at()
	default:
		p.fail("unknown statement %q", w)
	}
	if p.more() {
		p.fail("%q is too much", p.words[0])
	}
}

// properties reads pairs of a name and what its function reads, to the end of the line.
func (p *parser) properties(known map[string]func()) {
	for p.more() {
		w := p.word()
		if known[w] == nil {
			p.fail("unknown property %q", w)
			return
		}
		known[w]()
	}
}

// set returns a function that keeps what read returns.
func set[T any](to *T, read func() T) func() { return func() { *to = read() } }

// flag returns a function that notes that a word stood there.
func flag(to *bool) func() { return func() { *to = true } }

func (p *parser) options() {
	o := &p.script.Sim
	p.properties(map[string]func(){
		"latency": set(&o.Latency, p.duration), "jitter": set(&o.Jitter, p.duration), "max-wait": set(&o.MaxWait, p.duration),
		"slippage": set(&o.SlippageBps, p.decimal), "spread": set(&o.SpreadBps, p.decimal), "impact": set(&o.ImpactBps, p.decimal),
		"volatility": set(&o.Volatility, p.decimal), "random": set(&o.RandomBps, p.decimal),
		"participation": set(&o.Participation, p.decimal), "overflow": set(&o.OverflowBps, p.decimal),
		"detail": set(&p.script.History.Detail, p.interval),
		"path":   func() { o.Path = need(p, sim.ParsePath) },
		"touch":  flag(&o.Touch), "queue": set(&o.Queue, p.decimal), "band": set(&p.script.band, p.decimal), "no-volume": flag(&p.script.noVolume),
	})
}

func (p *parser) feeTier() {
	t := market.FeeTier{Volume: p.decimal()}
	p.properties(map[string]func(){"maker": set(&t.Maker, p.decimal), "taker": set(&t.Taker, p.decimal)})
	p.script.tiers = append(p.script.tiers, t)
}

func (p *parser) newInstrument() {
	base := p.word()
	in := market.Bare(base+"USDT", base, "USDT")
	in.ID = market.InstrumentID(len(p.script.History.Instruments))
	precision, perpetual := 8, false
	margin := &market.Margin{Leverage: decimal.New(1, 0)}
	grid := in.Tick
	in.Tick, in.Step = decimal.New(1, -2), decimal.New(1, -3)
	known := p.filters(&in)
	maps.Copy(known, map[string]func(){
		"bare": func() { in.Tick, in.Step = grid, grid }, "assumed": flag(&in.Assumed),
		"maker": set(&in.Fees.Maker, p.decimal), "taker": set(&in.Fees.Taker, p.decimal),
		"fee":       func() { in.Fees.Maker = p.decimal(); in.Fees.Taker = in.Fees.Maker },
		"fee-asset": func() { in.Fees.InQuote = p.word() == "quote" }, "precision": set(&precision, p.int),
		"perpetual": flag(&perpetual), "isolated": flag(&margin.Isolated), "leverage": set(&margin.Leverage, p.decimal),
		"liquidation-fee": set(&margin.LiquidationFee, p.decimal), "maintenance": func() { p.bracket(margin).Rate = p.decimal() },
		"bracket": func() {
			*p.bracket(margin) = market.MarginBracket{Cap: p.decimal(), MaxLeverage: p.decimal(), Rate: p.decimal(), Deduction: p.decimal()}
		},
	})
	p.properties(known)
	if perpetual {
		in.Margin, in.Fees.InQuote = margin, true
	}
	in.BasePrecision, in.QuotePrecision = int32(precision), int32(precision)
	p.script.History.Instruments = append(p.script.History.Instruments, in)
}

// bracket adds a bracket to a margin.
func (p *parser) bracket(m *market.Margin) *market.MarginBracket {
	m.Brackets = append(m.Brackets, market.MarginBracket{})
	return &m.Brackets[len(m.Brackets)-1]
}

// funding reads one funding of a perpetual.
func (p *parser) funding() {
	f := backtest.FundingRow{Instrument: p.instrument(), Time: p.time()}
	p.properties(map[string]func(){"rate": set(&f.Rate, p.decimal), "mark": set(&f.Mark, p.decimal)})
	p.script.History.Funding = append(p.script.History.Funding, f)
}

func (p *parser) signal() {
	s := market.Signal{Source: "test", Instrument: market.NoInstrument}
	s.Kind, s.Subject, s.Effective = market.SignalKind(p.word()), market.Subject(p.word()), p.time()
	s.Known = s.Effective
	p.properties(map[string]func(){
		"known": set(&s.Known, p.time), "value": set(&s.Value, p.float), "null": flag(&s.Null),
		"revision": set(&s.Revision, p.int), "source": set(&s.Source, p.word), "assumed": flag(&s.Assumed),
	})
	if err := s.Validate(); err != nil {
		p.fail("%w", err)
	}
	p.script.History.Signals = append(p.script.History.Signals, s)
}

func (p *parser) strategy() {
	t := part{name: p.word(), weight: decimal.New(1, 0)}
	p.properties(map[string]func(){
		"weight": set(&t.weight, p.decimal),
		"sma":    func() { t.fast, t.slow = p.int(), p.int() },
		"on":     func() { t.instruments = append(t.instruments, p.instrument()) },

		"flatten-on-failure": func() { t.flatten = true },
	})
	p.script.parts = append(p.script.parts, t)
}

// part returns the part of the strategy that the next word names.
func (p *parser) part() *part {
	name := p.word()
	k := slices.IndexFunc(p.script.parts, func(t part) bool { return t.name == name })
	if k < 0 {
		p.fail("no strategy is named %q", name)
		return &part{}
	}
	return &p.script.parts[k]
}

func (p *parser) watch() {
	t := p.part()
	var w watch
	switch kind := p.word(); kind {
	case "bars", "instants":
		t.anyBars = true
		q := p.barQuery()
		w = func(a *actor, s *strategy.Setup) { s.Bars(q, a.onBar) }
		if kind == "instants" {
			w = func(a *actor, s *strategy.Setup) { s.Instant(q, a.on("instant")) }
		}
	case "orders":
		w = func(a *actor, s *strategy.Setup) { s.Orders(a.onOrder) }
	case "fills":
		w = func(a *actor, s *strategy.Setup) { s.Fills(a.onFill) }
	case "trades":
		w = func(a *actor, s *strategy.Setup) { s.Trades(a.onTrade) }
	case "schedule":
		cron := strings.Join(p.words, " ")
		p.words = nil
		w = func(a *actor, s *strategy.Setup) { s.Schedule(cron, a.on("timer")) }
	case "signals":
		q := p.signalQuery()
		w = func(a *actor, s *strategy.Setup) { a.signals[string(q.Kind)] = s.Signals(q, a.onSignal) }
	default:
		p.fail("unknown subscription %q", kind)
	}
	t.watches = append(t.watches, w)
}

func (p *parser) barQuery() strategy.BarQuery {
	q := strategy.BarQuery{Interval: p.interval()}
	p.properties(map[string]func(){
		"lookback": set(&q.Lookback, p.int), "warmup": set(&q.Warmup, p.int),
		"on": func() { q.Instruments = append(q.Instruments, p.instrument()) },
	})
	return q
}

func (p *parser) signalQuery() strategy.SignalQuery {
	q := strategy.SignalQuery{Kind: market.SignalKind(p.word())}
	p.properties(map[string]func(){
		"max-age": func() { q.MaxAge = time.Duration(p.duration()) }, "source": set(&q.Source, p.word),
	})
	return q
}

func (p *parser) guard(sizer bool) {
	g := guard{name: p.word(), sizer: sizer}
	if !sizer {
		if g.kind = p.word(); !slices.Contains(ruleKinds(), g.kind) {
			p.fail("unknown kind of rule %q: one of %v", g.kind, ruleKinds())
		}
	}
	if g.kind != "panic" {
		g.amount = p.decimal()
	}
	p.properties(map[string]func(){"for": func() { g.users = append(g.users, p.word()) }})
	p.script.rules = append(p.script.rules, g)
}
