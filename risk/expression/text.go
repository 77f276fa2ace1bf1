package expression

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"github.com/signalman-trading/signalman/risk"
)

// Condition is the text of an expression that is true or false. "" is none.
type Condition string

// Amount is the text of an expression that is a number. "" is none.
type Amount string

// UnmarshalText checks a text: its error says in which column what is wrong.
func (c *Condition) UnmarshalText(b []byte) error {
	*c = Condition(b)
	_, err := compile(string(b), reflect.Bool)
	return err
}

// UnmarshalText checks a text: its error says in which column what is wrong.
func (a *Amount) UnmarshalText(b []byte) error {
	*a = Amount(b)
	_, err := compile(string(b), reflect.Float64)
	return err
}

// Compile makes a program, and subscribes to the signals that it reads.
func (c Condition) Compile(s *risk.Setup) (*Program, error) {
	return subscribed(string(c), reflect.Bool, s)
}

// Compile makes a program, and subscribes to the signals that it reads.
func (a Amount) Compile(s *risk.Setup) (*Program, error) {
	return subscribed(string(a), reflect.Float64, s)
}

// maxText bounds the bytes of a text, maxNodes what it is made of, and maxMemory the
// elements of the lists in it.
const maxText, maxNodes, maxMemory = 4096, 1000, 10_000

// compile checks a text and makes a program of it, which has no signals yet.
func compile(text string, kind reflect.Kind) (*Program, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("an expression of %d bytes: at most %d", len(text), maxText)
	}
	p := &Program{text: text, machine: vm.VM{MemoryBudget: maxMemory}}
	options := p.options(kind)
	config := conf.CreateNew()
	for _, set := range options {
		set(config)
	}
	tree, err := parser.ParseWithConfig(text, config)
	if err != nil {
		return nil, located(err)
	}
	w := walker{program: p}
	if w.visit(tree.Node, ""); w.err != nil {
		return nil, located(w.err.Bind(tree.Source))
	}
	if p.code, err = expr.Compile(text, append(options, expr.Patch(&patch{program: p}))...); err != nil {
		return nil, located(err)
	}
	return p, nil
}

// located puts an error of the compiler into our form: without its drawing of the text.
func located(err error) error {
	var e *file.Error
	switch {
	case !errors.As(err, &e):
		return err
	case e.Line > 1:
		return fmt.Errorf("line %d, column %d of the expression: %s", e.Line, e.Column+1, e.Message)
	}
	return fmt.Errorf("column %d of the expression: %s", e.Column+1, e.Message)
}

// options sets the compiler up: no built-in function but ours.
func (p *Program) options(kind reflect.Kind) []expr.Option {
	list := []expr.Option{
		expr.Env(&environment{}), expr.AsKind(kind), expr.DisableAllBuiltins(), expr.Optimize(false), expr.MaxNodes(maxNodes),
	}
	for _, f := range p.functions() {
		list = append(list, expr.Function(f.name, f.call, f.types...))
		if f.operator != "" {
			list = append(list, expr.Operator(f.operator, f.name))
		}
	}
	return list
}
