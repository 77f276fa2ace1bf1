package expression

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// Program is a compiled text. It is run by one rule, one order at a time.
type Program struct {
	text    string
	code    *vm.Program
	machine vm.VM
	env     environment
	noted   []string        // names of the environment that the text has, in its order
	values  []reflect.Value // of env, by noted
	reads   []signalRead

	view  *risk.View          // of the order at hand
	about market.InstrumentID // whose order it is
}

// signalRead is a signal that a text reads, or asks for.
type signalRead struct {
	kind   market.SignalKind
	source string // "" is any
	market bool   // of the whole market, rather than of the order's asset
	asked  bool   // by has_signal: then it may be absent
	rows   *risk.Signals
	last   Reading // of the run at hand
	read   bool    // in the run at hand
	missed bool    // has_signal said no, in the run at hand
}

// subscribed compiles a text and subscribes to its signals.
func subscribed(text string, kind reflect.Kind, s *risk.Setup) (*Program, error) {
	p, err := compile(text, kind)
	if err != nil {
		return nil, err
	}
	for k := range p.reads {
		r := &p.reads[k]
		r.rows = s.Signals(risk.SignalQuery{Kind: r.kind, Source: r.source}, nil)
	}
	return p, nil
}

// note remembers a name that a text has.
func (p *Program) note(name string) {
	if !p.names(name) {
		p.noted = append(p.noted, name)
		p.values = append(p.values, p.env.value(name))
	}
}

func (p *Program) names(name string) bool { return slices.Contains(p.noted, name) }

// find returns the number of a read, and notes a new one.
func (p *Program) find(r signalRead) int {
	same := func(o signalRead) bool { return o.kind == r.kind && o.source == r.source && o.market == r.market }
	k := slices.IndexFunc(p.reads, same)
	if k < 0 {
		k = len(p.reads)
		p.reads = append(p.reads, r)
	}
	return k
}

// True runs a condition over an order. An error says why it cannot be judged.
func (p *Program) True(v *risk.View, o *market.Order) (bool, error) {
	out, err := p.run(v, o)
	if err != nil {
		return false, err
	}
	return out.(bool), nil
}

// Number runs an amount over an order. An error says why there is none.
func (p *Program) Number(v *risk.View, o *market.Order) (float64, error) {
	out, err := p.run(v, o)
	if err != nil {
		return 0, err
	}
	x := out.(float64)
	_, err = finite(x)
	return x, err
}

// run finds the signals that must be there, and runs the code.
func (p *Program) run(v *risk.View, o *market.Order) (any, error) {
	p.view, p.about = v, o.Instrument
	defer func() { p.view = nil }()
	for k := range p.reads {
		p.reads[k].read, p.reads[k].missed = false, false
		if p.reads[k].asked {
			continue
		}
		if _, ok := p.row(k); !ok {
			return nil, p.absent(k)
		}
	}
	p.fill(v, o)
	out, err := p.machine.Run(p.code, &p.env)
	var e *file.Error
	if errors.As(err, &e) {
		return nil, errors.New(e.Message)
	}
	return out, err
}

// row returns the row in force of a read.
func (p *Program) row(k int) (market.Signal, bool) {
	if r := &p.reads[k]; r.market {
		return r.rows.Market(p.view)
	}
	return p.reads[k].rows.At(p.view, p.about)
}

func (p *Program) absent(k int) error {
	r, of := &p.reads[k], string(market.MarketWide)
	if !r.market {
		of = p.view.Instrument(p.about).Base
	}
	text := fmt.Sprintf("absent: %s of %s", r.kind, of)
	if r.source != "" {
		text += " from " + r.source
	}
	return errors.New(text)
}

// signal is the function of texts.
func (p *Program) signal(in ...any) (any, error) {
	k := in[0].(int)
	row, ok := p.row(k)
	if !ok {
		return nil, p.absent(k)
	}
	r := &p.reads[k]
	r.last, r.read = Reading{row.Value, seconds(p.view.Now() - row.Effective), seconds(row.Known), row.Source}, true
	return r.last, nil
}

// hasSignal is the function of texts.
func (p *Program) hasSignal(in ...any) (any, error) {
	k := in[0].(int)
	_, ok := p.row(k)
	p.reads[k].missed = !ok
	return ok, nil
}

// Measured writes what the text named and read when it ran last, "equity 10000, order.side
// buy, trader_grade 71 of 36h".
func (p *Program) Measured() string {
	var list []string
	for k, name := range p.noted {
		list = append(list, name+" "+text(p.values[k]))
	}
	for k := range p.reads {
		switch r := &p.reads[k]; {
		case r.read:
			list = append(list, fmt.Sprintf("%s %s of %s", r.kind, number(r.last.Value), market.Duration(r.last.Age*1e9)))
		case r.missed:
			list = append(list, fmt.Sprintf("%s absent", r.kind))
		}
	}
	if len(list) == 0 {
		return "nothing that changes"
	}
	return strings.Join(list, ", ")
}

// value finds what a name stands for.
func (e *environment) value(name string) reflect.Value {
	whole, part, _ := strings.Cut(name, ".")
	v := member(reflect.ValueOf(e).Elem(), whole)
	if part != "" {
		v = member(v, part)
	}
	return v
}

func text(v reflect.Value) string {
	if v.CanFloat() {
		return number(v.Float())
	}
	return fmt.Sprint(v.Interface())
}

func number(x float64) string {
	if math.Abs(x) < 1e7 {
		x = math.Round(float64(x*1e8)) / 1e8 // the noise of floats says nothing
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

func member(v reflect.Value, name string) reflect.Value {
	k := 0
	for f := range fields(v.Type()) {
		if f.Tag.Get("expr") == name {
			break
		}
		k++
	}
	return v.Field(k)
}

// Text returns the text.
func (p *Program) Text() string { return p.text }
