package testkit

import (
	"fmt"
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
	case "seed":
		s.seed = uint64(p.int())
	case "show":
		s.shows, p.words = append(s.shows, p.words...), nil
	case "option":
		p.options()
	case "instrument":
		p.newInstrument()
	case "bars":
		p.newTable()
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

func (p *parser) options() {
	o := &p.script.Sim
	for p.more() {
		switch w := p.word(); w {
		case "latency":
			o.Latency = p.duration()
		case "jitter":
			o.Jitter = p.duration()
		case "max-wait":
			o.MaxWait = p.duration()
		case "slippage":
			o.SlippageBps = p.decimal()
		case "participation":
			o.Participation = p.decimal()
		case "overflow":
			o.OverflowBps = p.decimal()
		case "path":
			o.Path = need(p, sim.ParsePath)
		case "touch":
			o.Touch = p.word() == "on"
		case "band":
			p.script.band = p.decimal()
		case "no-volume":
			p.script.noVolume = p.word() == "on"
		default:
			p.fail("unknown option %q", w)
		}
	}
}

func (p *parser) newInstrument() {
	base := p.word()
	in := market.Bare(base+"USDT", base, "USDT")
	in.ID = market.InstrumentID(len(p.script.History.Instruments))
	in.Tick, in.Step = decimal.New(1, -2), decimal.New(1, -3)
	amounts := map[string]*decimal.Decimal{
		"tick": &in.Tick, "step": &in.Step, "min-notional": &in.MinNotional, "min-quantity": &in.MinQuantity, "max-quantity": &in.MaxQuantity,
		"band-up": &in.PriceBandUp, "band-down": &in.PriceBandDown, "maker": &in.Fees.Maker, "taker": &in.Fees.Taker,
	}
	for p.more() {
		switch w := p.word(); {
		case amounts[w] != nil:
			*amounts[w] = p.decimal()
		case w == "fee":
			in.Fees.Maker = p.decimal()
			in.Fees.Taker = in.Fees.Maker
		case w == "fee-asset":
			in.Fees.InQuote = p.word() == "quote"
		case w == "precision":
			in.BasePrecision = int32(p.int())
			in.QuotePrecision = in.BasePrecision
		case w == "bare":
			in.Tick, in.Step = decimal.New(1, -8), decimal.New(1, -8)
		default:
			p.fail("unknown property %q of an instrument", w)
		}
	}
	p.script.History.Instruments = append(p.script.History.Instruments, in)
}

func (p *parser) signal() {
	s := market.Signal{Source: "test", Instrument: market.NoInstrument}
	s.Kind, s.Subject, s.Effective = market.SignalKind(p.word()), market.Subject(p.word()), p.time()
	s.Known = s.Effective
	for p.more() {
		switch w := p.word(); w {
		case "known":
			s.Known = p.time()
		case "value":
			s.Value = p.float()
		case "null":
			s.Null = true
		case "revision":
			s.Revision = p.int()
		case "source":
			s.Source = p.word()
		case "assumed":
			s.Assumed = true
		default:
			p.fail("unknown property %q of a signal", w)
		}
	}
	if err := s.Validate(); err != nil {
		p.fail("%w", err)
	}
	p.script.History.Signals = append(p.script.History.Signals, s)
}

func (p *parser) strategy() {
	t := part{name: p.word(), weight: decimal.New(1, 0)}
	for p.more() {
		switch w := p.word(); w {
		case "weight":
			t.weight = p.decimal()
		case "sma":
			t.fast, t.slow = p.int(), p.int()
		case "on":
			for _, asset := range strings.Split(p.word(), ",") {
				t.instruments = append(t.instruments, p.script.find(asset))
			}
		default:
			p.fail("unknown property %q of a strategy", w)
		}
	}
	if slices.Contains(t.instruments, market.NoInstrument) {
		p.fail("no such instrument")
	}
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
	kind := p.word()
	var w watch
	switch kind {
	case "bars", "instants":
		t.anyBars = true
		q := p.barQuery()
		w = func(a *actor, s *strategy.Setup) { s.Bars(q, a.onBar) }
		if kind == "instants" {
			w = func(a *actor, s *strategy.Setup) { s.Instant(q, a.on("instant")) }
		}
	case "orders":
		w = func(a *actor, s *strategy.Setup) { s.Orders(a.onOrder) }
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
	for p.more() {
		switch w := p.word(); w {
		case "lookback":
			q.Lookback = p.int()
		case "warmup":
			q.Warmup = p.int()
		case "on":
			q.Instruments = append(q.Instruments, p.instrument())
		default:
			p.fail("unknown property %q of bars", w)
		}
	}
	return q
}

func (p *parser) signalQuery() strategy.SignalQuery {
	q := strategy.SignalQuery{Kind: market.SignalKind(p.word())}
	for p.more() {
		switch w := p.word(); w {
		case "max-age":
			q.MaxAge = time.Duration(p.duration())
		case "source":
			q.Source = p.word()
		default:
			p.fail("unknown property %q of signals", w)
		}
	}
	return q
}

func (p *parser) guard(sizer bool) {
	g := guard{name: p.word(), sizer: sizer}
	if !sizer {
		if g.kind = p.word(); !slices.Contains(ruleKinds(), g.kind) {
			p.fail("unknown kind of rule %q: one of %v", g.kind, ruleKinds())
		}
	}
	if g.kind != "refuse" && g.kind != "panic" {
		g.amount = p.decimal()
	}
	if p.more() && p.word() == "for" {
		g.users = strings.Split(p.word(), ",")
	}
	p.script.rules = append(p.script.rules, g)
}
