package arch

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// orderFree is the comment that excuses an iteration over a map.
const orderFree = `^//\s?order-free:(.*)$`

// orderComments returns the reasons of order-free comments by line, and finds those
// without one.
func (l *linter) orderComments(file *ast.File) map[int]string {
	reasons, pattern := map[int]string{}, regexp.MustCompile(orderFree)
	for _, group := range file.Comments {
		for _, c := range group.List {
			m := pattern.FindStringSubmatch(c.Text)
			if m == nil {
				continue
			}
			reason := strings.TrimSpace(m[1])
			if reason == "" {
				l.report(c, "order-free without a reason: say why the order cannot matter")
			}
			reasons[l.tree.fset.Position(c.Pos()).Line] = reason
		}
	}
	return reasons
}

// excuse reports whether a comment on the line of n or the one above excuses it.
func (l *linter) excuse(n ast.Node) bool {
	line := l.tree.fset.Position(n.Pos()).Line
	return l.excused[line] != "" || l.excused[line-1] != ""
}

// checkOrder finds iterations over maps, whose order is random: range loops, and the
// iterators of package maps where they are not sorted at once.
func (l *linter) checkOrder(n ast.Node) {
	switch n := n.(type) {
	case *ast.BlockStmt:
		l.checkLoops(n.List)
	case *ast.CaseClause:
		l.checkLoops(n.Body)
	case *ast.LabeledStmt:
		l.checkLoops([]ast.Stmt{n.Stmt})
	case *ast.CallExpr:
		if len(n.Args) > 0 && slices.Contains([]string{"Sorted", "SortedFunc", "SortedStableFunc"}, l.used(n.Fun, "slices")) {
			if call, ok := n.Args[0].(*ast.CallExpr); ok {
				l.sorted[call.Fun] = true
			}
		}
	case *ast.SelectorExpr:
		name := l.used(n, "maps")
		if (name == "Keys" || name == "Values" || name == "All") && !l.sorted[n] && !l.excuse(n) {
			l.report(n, "maps.%s: the order of a map is random; wrap it in slices.Sorted, or say //order-free: why", name)
		}
	}
}

func (l *linter) checkLoops(list []ast.Stmt) {
	for i, s := range list {
		loop, ok := s.(*ast.RangeStmt)
		if !ok || loop.Key == nil || l.excuse(loop) {
			continue
		}
		if _, ok := l.under(loop.X).(*types.Map); !ok {
			continue
		}
		if i+1 < len(list) && l.sortedNext(loop, list[i+1]) {
			continue
		}
		l.report(loop, "range over a map: its order is random; sort the keys, or say //order-free: why")
	}
}

// sortedNext reports whether a loop does nothing but collect keys and values in a
// slice that the next statement sorts.
func (l *linter) sortedNext(loop *ast.RangeStmt, next ast.Stmt) bool {
	target := l.collects(loop.Body)
	stmt, ok := next.(*ast.ExprStmt)
	if target == "" || !ok {
		return false
	}
	call, ok := stmt.X.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 || types.ExprString(call.Args[0]) != target {
		return false
	}
	return slices.Contains([]string{"Sort", "SortFunc", "SortStableFunc"}, l.used(call.Fun, "slices")) ||
		slices.Contains([]string{"Strings", "Ints", "Float64s", "Slice", "SliceStable"}, l.used(call.Fun, "sort"))
}

// collects returns x where a body is x = append(x, …) and no more.
func (l *linter) collects(body *ast.BlockStmt) string {
	if len(body.List) != 1 {
		return ""
	}
	assign, ok := body.List[0].(*ast.AssignStmt)
	if !ok || assign.Tok != token.ASSIGN || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 {
		return ""
	}
	call, ok := assign.Rhs[0].(*ast.CallExpr)
	if !ok || len(call.Args) < 2 || !l.builtin(call.Fun, "append") || call.Ellipsis.IsValid() {
		return ""
	}
	target := types.ExprString(assign.Lhs[0])
	if types.ExprString(call.Args[0]) != target || slices.ContainsFunc(call.Args[1:], l.calls) {
		return ""
	}
	return target
}

// calls reports whether evaluating e calls a function.
func (l *linter) calls(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && !l.unit.info.Types[call.Fun].IsType() {
			found = true
		}
		return !found
	})
	return found
}

func (l *linter) builtin(fun ast.Expr, name string) bool {
	id, ok := fun.(*ast.Ident)
	if !ok {
		return false
	}
	b, ok := l.unit.info.Uses[id].(*types.Builtin)
	return ok && b.Name() == name
}

// used returns the name that e selects from a package of the standard library.
func (l *linter) used(e ast.Expr, pkg string) string {
	if index, ok := e.(*ast.IndexExpr); ok {
		e = index.X
	}
	selector, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	obj := l.unit.info.Uses[selector.Sel]
	if obj == nil || obj.Pkg() == nil || obj.Pkg().Path() != pkg {
		return ""
	}
	return objectName(obj)
}
