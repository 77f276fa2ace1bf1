package arch

import (
	"go/ast"
	"go/token"
	"go/types"
)

// linter checks one deterministic package.
type linter struct {
	tree     *tree
	unit     *unit
	bans     []ban
	returned map[string]bool     // functions that return an unrounded product
	excused  map[int]string      // reasons of order-free comments of the file, by line
	sorted   map[ast.Expr]bool   // iterators that are sorted where they are made
	zoned    map[*ast.Ident]bool // functions whose result is put in a time zone at once
	found    []finding
}

// policy is what deterministic packages must keep to.
type policy struct {
	bans    []ban
	modules []string // packages from outside that they may import
}

// lint checks deterministic packages together, because a product that one returns
// may be fused into a sum of another.
func (t *tree) lint(units []*unit, p policy) []finding {
	returned := map[string]bool{}
	for _, u := range units {
		u.collectReturned(returned)
	}
	var found []finding
	for _, u := range units {
		l := &linter{tree: t, unit: u, bans: p.bans, returned: returned}
		for _, file := range u.files {
			l.checkImports(file, p.modules)
			l.checkFile(file)
		}
		found = append(found, l.found...)
	}
	return found
}

func (l *linter) report(n ast.Node, format string, args ...any) {
	l.found = append(l.found, l.tree.at(n.Pos(), format, args...))
}

func (l *linter) checkFile(file *ast.File) {
	l.excused = l.orderComments(file)
	l.sorted, l.zoned = map[ast.Expr]bool{}, map[*ast.Ident]bool{}
	for _, decl := range file.Decls {
		ast.Inspect(decl, func(n ast.Node) bool {
			l.checkConcurrency(n)
			l.checkOrder(n)
			switch n := n.(type) {
			case *ast.SelectorExpr:
				l.noteZone(n)
			case *ast.Ident:
				l.checkUse(n)
			}
			return true
		})
		l.checkFusion(decl)
	}
}

// checkConcurrency finds goroutines and channels: which of two is first is not ours
// to say.
func (l *linter) checkConcurrency(n ast.Node) {
	switch n := n.(type) {
	case *ast.GoStmt:
		l.report(n, "go statement: deterministic packages have one thread")
	case *ast.SelectStmt:
		l.report(n, "select: which case runs is random")
	case *ast.SendStmt:
		l.report(n, "send on a channel: deterministic packages have one thread")
	case *ast.ChanType:
		l.report(n, "channel: deterministic packages have one thread")
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			l.report(n, "receive from a channel: deterministic packages have one thread")
		}
	case *ast.RangeStmt:
		if _, ok := l.under(n.X).(*types.Chan); ok {
			l.report(n, "range over a channel: deterministic packages have one thread")
		}
	}
}

// under returns the underlying type of an expression; for a type parameter that of
// its constraint's first term, if it has one.
func (l *linter) under(e ast.Expr) types.Type {
	t := l.unit.info.TypeOf(e)
	if t == nil {
		return nil
	}
	if p, ok := types.Unalias(t).(*types.TypeParam); ok {
		return firstTerm(p)
	}
	return t.Underlying()
}

func firstTerm(p *types.TypeParam) types.Type {
	constraint, ok := p.Constraint().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	for embedded := range constraint.EmbeddedTypes() {
		if union, ok := types.Unalias(embedded).(*types.Union); ok && union.Len() > 0 {
			return union.Term(0).Type().Underlying()
		}
	}
	return constraint
}
