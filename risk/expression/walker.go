package expression

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"

	"github.com/signalman-trading/signalman/market"
)

// walker lets nothing pass but what the language has, and notes what a text reads.
type walker struct {
	program *Program
	err     *file.Error // the first
}

var operators = strings.Fields("and && or || not ! == != < <= > >= in + - * /")

// visit checks a node. Within says what it is part of: "list", "in" or "".
func (w *walker) visit(n ast.Node, within string) {
	switch n := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode:
	case *ast.UnaryNode:
		w.operator(n, n.Operator)
		w.visit(n.Node, "")
	case *ast.BinaryNode:
		w.operator(n, n.Operator)
		w.words(n)
		w.visit(n.Left, "")
		if _, list := n.Right.(*ast.ArrayNode); n.Operator == "in" && !list {
			w.fail(n.Right, `in needs a list such as [1, 2]`)
		}
		w.visit(n.Right, n.Operator)
	case *ast.ArrayNode:
		if within != "in" {
			w.fail(n, "a list stands only to the right of in")
		}
		for _, e := range n.Nodes {
			w.constant(e)
		}
	case *ast.ConditionalNode:
		w.visit(n.Cond, "")
		w.visit(n.Exp1, "")
		w.visit(n.Exp2, "")
	case *ast.IdentifierNode:
		w.name(n)
	case *ast.MemberNode:
		w.member(n)
	case *ast.CallNode:
		w.call(n)
	default:
		w.fail(n, what(n)+" is no part of the language")
	}
}

// what names what the language does without.
func what(n ast.Node) string {
	switch n.(type) {
	case *ast.NilNode:
		return "nil"
	case *ast.VariableDeclaratorNode:
		return "let"
	case *ast.SequenceNode:
		return "a sequence"
	case *ast.ChainNode:
		return "?."
	case *ast.MapNode:
		return "a map"
	case *ast.SliceNode:
		return "a slice"
	}
	return "this"
}

func (w *walker) fail(n ast.Node, text string) {
	if w.err == nil {
		w.err = &file.Error{Location: n.Location(), Message: text}
	}
}

func (w *walker) operator(n ast.Node, op string) {
	if !slices.Contains(operators, op) {
		w.fail(n, fmt.Sprintf("unknown operator %s; known: %s", op, strings.Join(operators, " ")))
	}
}

// words checks the texts that the side or the type of an order is compared with.
func (w *walker) words(n *ast.BinaryNode) {
	for _, pair := range [][2]ast.Node{{n.Left, n.Right}, {n.Right, n.Left}} {
		known := enumerated(pair[0])
		list := []ast.Node{pair[1]}
		if a, ok := pair[1].(*ast.ArrayNode); ok {
			list = a.Nodes
		}
		for _, x := range list {
			if text, ok := x.(*ast.StringNode); ok && known != nil && !slices.Contains(known, text.Value) {
				w.fail(x, fmt.Sprintf("%q is none of %s%s", text.Value, strings.Join(known, ", "), meant[text.Value]))
			}
		}
	}
}

// meant is what to write for what is not the side of an order.
var meant = map[string]string{"long": `: write "buy"`, "short": `: write "sell"`}

// enumerated returns the values of a name that has few, or nil.
func enumerated(n ast.Node) (words []string) {
	m, ok := n.(*ast.MemberNode)
	if !ok {
		return nil
	}
	whole, isName := m.Node.(*ast.IdentifierNode)
	part, isText := m.Property.(*ast.StringNode)
	switch {
	case !isName || !isText || whole.Value != "order":
	case part.Value == "side":
		words = []string{market.Buy.String(), market.Sell.String()}
	case part.Value == "type":
		for _, t := range market.Types() {
			words = append(words, t.String())
		}
	}
	return words
}

func (w *walker) constant(n ast.Node) {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.StringNode:
	default:
		w.fail(n, "a list holds numbers or texts")
	}
}

// name checks a name that stands alone.
func (w *walker) name(n *ast.IdentifierNode) {
	switch parts := vocabulary.parts(n.Value); {
	case parts == nil:
		w.fail(n, fmt.Sprintf("unknown name %s; known names: %s; functions: %s", n.Value, strings.Join(vocabulary.names(), ", "), strings.Join(called, ", ")))
	case len(parts) > 0:
		w.fail(n, fmt.Sprintf("%s has parts: %s", n.Value, strings.Join(parts, ", ")))
	default:
		w.program.note(n.Value)
	}
}

// member checks the part of a name, or of a signal.
func (w *walker) member(n *ast.MemberNode) {
	property, ok := n.Property.(*ast.StringNode)
	whole, isName := n.Node.(*ast.IdentifierNode)
	call, isCall := n.Node.(*ast.CallNode)
	switch {
	case !ok || n.Optional || n.Method || !isName && !isCall:
		w.fail(n, "only names and signals have parts, as in order.notional")
	case isCall && w.signalOf(call) == "":
		w.visit(call, "")
		w.fail(n, "only names and signals have parts, as in order.notional")
	case isCall:
		w.read(call)
		w.part(n, "a signal", vocabulary.parts("signal"), property.Value)
	case vocabulary.parts(whole.Value) == nil || whole.Value == "signal":
		w.name(whole)
	default:
		if w.part(n, whole.Value, vocabulary.parts(whole.Value), property.Value) {
			w.program.note(whole.Value + "." + property.Value)
		}
	}
}

func (w *walker) part(n *ast.MemberNode, of string, parts []string, name string) bool {
	known := slices.Contains(parts, name)
	if !known {
		w.fail(n.Property, fmt.Sprintf("%s has no part %s; it has %s", of, name, strings.Join(parts, ", ")))
	}
	return known
}

// signalOf returns the name of a call that reads a signal, or "".
func (w *walker) signalOf(n *ast.CallNode) string {
	if id, ok := n.Callee.(*ast.IdentifierNode); ok && (id.Value == "signal" || id.Value == "market_signal") {
		return id.Value
	}
	return ""
}

// called are the functions that texts may call.
var called = strings.Fields("abs duration has_market_signal has_signal market_signal max min signal")

// call checks a call other than that of a signal whose part is taken.
func (w *walker) call(n *ast.CallNode) {
	id, ok := n.Callee.(*ast.IdentifierNode)
	switch {
	case !ok:
		w.fail(n, "only functions are called")
	case !slices.Contains(called, id.Value):
		w.fail(n, fmt.Sprintf("unknown function %s; known functions: %s", id.Value, strings.Join(called, ", ")))
	case id.Value == "duration":
		w.duration(n)
	case id.Value == "signal" || id.Value == "market_signal":
		w.fail(n, id.Value+"(…) has parts: "+strings.Join(vocabulary.parts("signal"), ", "))
	case strings.HasPrefix(id.Value, "has_"):
		w.read(n)
	default:
		for _, a := range n.Arguments {
			w.visit(a, "")
		}
	}
}

func (w *walker) duration(n *ast.CallNode) {
	if _, err := span(n); err != nil {
		w.fail(n, err.Error())
	}
}

// span returns the seconds of a call of duration.
func span(n *ast.CallNode) (float64, error) {
	if len(n.Arguments) == 1 {
		if text, ok := n.Arguments[0].(*ast.StringNode); ok {
			var d market.Duration
			err := d.UnmarshalText([]byte(text.Value))
			return float64(d) / 1e9, err
		}
	}
	return 0, fmt.Errorf(`duration takes one text in quotes: duration("36h")`)
}

// read notes a signal that is read, or asked for.
func (w *walker) read(n *ast.CallNode) {
	name := n.Callee.(*ast.IdentifierNode).Value
	r := signalRead{market: strings.HasSuffix(name, "market_signal")}
	for k, a := range n.Arguments {
		text, ok := a.(*ast.StringNode)
		switch {
		case !ok:
			w.fail(a, name+" takes its names in quotes, so that it is known beforehand what is read")
			return
		case k == 0:
			r.kind = market.SignalKind(text.Value)
		default:
			r.source = text.Value
		}
	}
	if len(n.Arguments) == 0 || len(n.Arguments) > 2 || r.kind == "" || len(n.Arguments) == 2 && r.source == "" {
		w.fail(n, name+` takes a kind, and a source if one is to count alone: `+name+`("trader_grade", "tm")`)
		return
	}
	k := w.program.find(r)
	w.program.reads[k].asked = w.program.reads[k].asked || strings.HasPrefix(name, "has_")
}

// patch makes of a checked text what is run: numbers are floats, durations are seconds, and
// signals are numbers of reads.
type patch struct{ program *Program }

// Visit changes one node, after those below it.
func (p *patch) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IntegerNode:
		ast.Patch(node, &ast.FloatNode{Value: float64(n.Value)})
	case *ast.CallNode:
		id, ok := n.Callee.(*ast.IdentifierNode)
		switch {
		case !ok:
		case id.Value == "duration":
			seconds, _ := span(n)
			ast.Patch(node, &ast.FloatNode{Value: seconds})
		case strings.HasSuffix(id.Value, "signal"):
			n.Arguments = []ast.Node{&ast.IntegerNode{Value: p.program.find(readOf(id.Value, n.Arguments))}}
		}
	}
}

// readOf is what read notes of a call that was checked.
func readOf(name string, arguments []ast.Node) signalRead {
	r := signalRead{market: strings.HasSuffix(name, "market_signal")}
	r.kind = market.SignalKind(arguments[0].(*ast.StringNode).Value)
	if len(arguments) > 1 {
		r.source = arguments[1].(*ast.StringNode).Value
	}
	return r
}
