package arch

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// ban is one line of the table of bans: what deterministic code may not use.
type ban struct {
	pkg    string   // import path, or path/... for all below it too
	only   bool     // names are the ones allowed, all others are banned
	names  []string // Func, Var, Type or Type.Method; * is the whole package
	except []string // patterns of files where it does not apply
	why    string
}

// parseBans reads a table of lines "package [only] name name [except file]: why". A
// # begins a comment.
func parseBans(table string) ([]ban, error) {
	var bans []ban
	for n, line := range strings.Split(table, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		left, why, ok := strings.Cut(line, ":")
		words := strings.Fields(left)
		if !ok || len(words) < 2 || strings.TrimSpace(why) == "" {
			return nil, fmt.Errorf("line %d of the table of bans: want \"package name: why\", have %q", n+1, strings.TrimSpace(line))
		}
		b := ban{pkg: words[0], names: words[1:], why: strings.TrimSpace(why)}
		if i := slices.Index(b.names, "except"); i >= 0 {
			b.names, b.except = b.names[:i], b.names[i+1:]
		}
		if b.names[0] == "only" {
			b.only, b.names = true, b.names[1:]
		}
		bans = append(bans, b)
	}
	return bans, nil
}

// forbids reports whether the ban covers a name of its package. Constants are never
// banned, and a list of allowed names says nothing of methods.
func (b ban) forbids(obj types.Object) bool {
	name := objectName(obj)
	if b.only {
		_, constant := obj.(*types.Const)
		return !constant && name != "" && !strings.Contains(name, ".") && !slices.Contains(b.names, name)
	}
	return name != "" && slices.Contains(b.names, name)
}

// objectName returns Name for an object of package scope, Type.Name for a method,
// and nothing for all else.
func objectName(obj types.Object) string {
	if f, ok := obj.(*types.Func); ok && f.Signature().Recv() != nil {
		recv := f.Signature().Recv().Type()
		if p, ok := recv.(*types.Pointer); ok {
			recv = p.Elem()
		}
		if named, ok := recv.(*types.Named); ok {
			return named.Obj().Name() + "." + f.Name()
		}
		return ""
	}
	if obj.Pkg() == nil || obj.Parent() != obj.Pkg().Scope() {
		return ""
	}
	return obj.Name()
}

// checkImports finds imports of packages that are banned whole, and of packages
// from outside the module and the standard library that are not in allowed.
func (l *linter) checkImports(file *ast.File, allowed []string) {
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			l.report(spec, "import path %s: %v", spec.Path.Value, err)
			continue
		}
		for _, b := range l.bans {
			if b.names[0] == "*" && match(b.pkg, name) && !l.excepted(b, spec) {
				l.report(spec, "import of %s: %s", name, b.why)
			}
		}
		first, _, _ := strings.Cut(name, "/")
		if _, ours := l.tree.inModule(name); !ours && strings.Contains(first, ".") && !slices.Contains(allowed, name) {
			l.report(spec, "import of %s: not among the modules that deterministic packages may use", name)
		}
	}
}

// checkUse finds a use of a banned name.
func (l *linter) checkUse(id *ast.Ident) {
	obj := l.unit.info.Uses[id]
	if obj == nil || obj.Pkg() == nil || l.zoned[id] {
		return
	}
	for _, b := range l.bans {
		if b.names[0] != "*" && match(b.pkg, obj.Pkg().Path()) && b.forbids(obj) && !l.excepted(b, id) {
			l.report(id, "%s.%s: %s", obj.Pkg().Name(), objectName(obj), b.why)
		}
	}
}

// noteZone notes time.Unix(…).UTC() and the like: the result no longer depends on the
// zone of the machine.
func (l *linter) noteZone(s *ast.SelectorExpr) {
	call, ok := s.X.(*ast.CallExpr)
	if !ok || s.Sel.Name != "UTC" && s.Sel.Name != "In" {
		return
	}
	if f, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"Unix", "UnixMilli", "UnixMicro"}, l.used(f, "time")) {
		l.zoned[f.Sel] = true
	}
}

// excepted reports whether the ban does not apply to the file of a node.
func (l *linter) excepted(b ban, n ast.Node) bool {
	return matchAny(b.except, l.tree.fset.Position(n.Pos()).Filename)
}
