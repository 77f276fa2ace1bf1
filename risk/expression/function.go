package expression

import (
	"fmt"
	"math"
)

// function is one that a text may call, or an operator.
type function struct {
	name     string
	operator string // which it stands in for; its name is then not for texts
	call     func(...any) (any, error)
	types    []any
}

// functions lists them. Those of signals get the number of a read in the place of its names:
// see patch.
func (p *Program) functions() []function {
	one, two := new(func(float64) float64), new(func(float64, float64) float64)
	return []function{
		{"abs", "", unary(math.Abs), []any{one}},
		{"max", "", binary(func(a, b float64) float64 { return max(a, b) }), []any{two}},
		{"min", "", binary(func(a, b float64) float64 { return min(a, b) }), []any{two}},
		{"op_add", "+", binary(func(a, b float64) float64 { return a + b }), []any{two}},
		{"op_subtract", "-", binary(func(a, b float64) float64 { return a - b }), []any{two}},
		{"op_multiply", "*", binary(func(a, b float64) float64 { return a * b }), []any{two}},
		{"op_divide", "/", binary(func(a, b float64) float64 { return a / b }), []any{two}},
		{"signal", "", p.signal, []any{new(func(int) Reading)}},
		{"market_signal", "", p.signal, []any{new(func(int) Reading)}},
		{"has_signal", "", p.hasSignal, []any{new(func(int) bool)}},
		{"has_market_signal", "", p.hasSignal, []any{new(func(int) bool)}},
	}
}

func unary(f func(float64) float64) func(...any) (any, error) {
	return func(in ...any) (any, error) { return finite(f(in[0].(float64))) }
}

func binary(f func(a, b float64) float64) func(...any) (any, error) {
	return func(in ...any) (any, error) { return finite(f(in[0].(float64), in[1].(float64))) }
}

// finite keeps what cannot be compared out: every order is above a number that is none, or
// every one below.
func finite(x float64) (any, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, fmt.Errorf("a result that is no finite number: %v", x)
	}
	return x, nil
}
