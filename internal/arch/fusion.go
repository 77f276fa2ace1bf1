package arch

import (
	"go/ast"
	"go/token"
	"go/types"
)

// The language lets a compiler round x*y + z once instead of twice, and on some
// processors it does: the digits then depend on the machine. A conversion between
// the two operations, float64(x*y) + z, forbids it. (Language specification,
// "Floating-point operators".)

// fusion follows unrounded products through one declaration.
type fusion struct {
	info     *types.Info
	holds    map[types.Object]bool // variables and fields that were set to one
	returned map[string]bool       // functions that return one
}

// checkFusion finds sums and differences with an unrounded product as an operand.
func (l *linter) checkFusion(decl ast.Decl) {
	f := newFusion(l.unit.info, decl, l.returned)
	const why = "%s is an unrounded product in a sum, which some processors fuse: write float64(x*y) where it is made"
	ast.Inspect(decl, func(n ast.Node) bool {
		for _, e := range f.operands(n) {
			if f.product(e) {
				l.report(e, why, types.ExprString(e))
			}
		}
		return true
	})
}

// newFusion notes which variables of a declaration hold products. It runs until it
// finds no more, since one variable may be copied to another.
func newFusion(info *types.Info, decl ast.Decl, returned map[string]bool) *fusion {
	f := &fusion{info: info, holds: map[types.Object]bool{}, returned: returned}
	for before := -1; before != len(f.holds); {
		before = len(f.holds)
		ast.Inspect(decl, func(n ast.Node) bool {
			f.note(n)
			return true
		})
	}
	return f
}

// note records the variables that a statement sets to an unrounded product.
func (f *fusion) note(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if n.Tok == token.MUL_ASSIGN && f.float(left) || len(n.Lhs) == len(n.Rhs) && plain(n.Tok) && f.product(n.Rhs[i]) {
				f.hold(left)
			}
		}
	case *ast.ValueSpec:
		for i, value := range n.Values {
			if len(n.Names) == len(n.Values) && f.product(value) {
				f.hold(n.Names[i])
			}
		}
	}
}

func plain(tok token.Token) bool { return tok == token.ASSIGN || tok == token.DEFINE }

func (f *fusion) hold(e ast.Expr) {
	if obj := f.object(e); obj != nil {
		f.holds[obj] = true
	}
}

// object returns the variable or field that e names.
func (f *fusion) object(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return f.info.ObjectOf(e)
	case *ast.SelectorExpr:
		return f.info.ObjectOf(e.Sel)
	}
	return nil
}

// operands returns the operands of a sum or difference of floats.
func (f *fusion) operands(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if (n.Op == token.ADD || n.Op == token.SUB) && f.float(n) {
			return []ast.Expr{n.X, n.Y}
		}
	case *ast.AssignStmt:
		if (n.Tok == token.ADD_ASSIGN || n.Tok == token.SUB_ASSIGN) && f.float(n.Lhs[0]) {
			return []ast.Expr{n.Lhs[0], n.Rhs[0]}
		}
	}
	return nil
}

// product reports whether the value of e may be a product that was not rounded.
func (f *fusion) product(e ast.Expr) bool {
	if !f.float(e) {
		return false
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		return f.product(e.X)
	case *ast.BinaryExpr:
		return e.Op == token.MUL
	case *ast.CallExpr:
		return f.returned[f.callee(e)]
	case *ast.Ident, *ast.SelectorExpr:
		return f.holds[f.object(e)]
	}
	return false
}

// callee returns the full name of the function that a call names.
func (f *fusion) callee(call *ast.CallExpr) string {
	fun := ast.Unparen(call.Fun)
	switch index := fun.(type) {
	case *ast.IndexExpr:
		fun = index.X
	case *ast.IndexListExpr:
		fun = index.X
	}
	if fn, ok := f.object(fun).(*types.Func); ok {
		return fn.Origin().FullName()
	}
	return ""
}

// float reports whether e is a float or complex number, not a constant. A type
// parameter counts as one.
func (f *fusion) float(e ast.Expr) bool {
	if tv, ok := f.info.Types[e]; ok && tv.Value != nil {
		return false
	}
	t := f.info.TypeOf(e)
	if t == nil {
		return false
	}
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return true
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&(types.IsFloat|types.IsComplex) != 0
}

// collectReturned adds the functions of a package that return an unrounded product:
// once inlined, it may be fused into the caller's sum.
func (u *unit) collectReturned(returned map[string]bool) {
	for _, file := range u.files {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			f := newFusion(u.info, fn, nil)
			if obj, ok := u.info.Defs[fn.Name].(*types.Func); ok && f.returns(fn.Body) {
				returned[obj.FullName()] = true
			}
		}
	}
}

// returns reports whether a return statement of a body, not of the functions within
// it, returns one unrounded product.
func (f *fusion) returns(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 && f.product(r.Results[0]) {
			found = true
		}
		return !found
	})
	return found
}
