package builder

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// A Plugin is a package with a function that returns plug-ins of one kind.
type Plugin struct {
	Kind    string `json:"kind"`    // strategy, rule, sizer, source or exchange
	Package string `json:"package"` // its path
	Call    string `json:"call"`    // Plugin, which returns one, or Plugins, which returns several
	list    string // of app.Plugins
}

// kinds are what the functions may return, and where that goes.
var kinds = map[string]struct{ kind, list string }{
	Core + "/strategy.Plugin":  {"strategy", "Strategies"},
	Core + "/risk.Plugin":      {"rule", "Rules"},
	Core + "/risk.SizerPlugin": {"sizer", "Sizers"},
	Core + "/signals.Plugin":   {"source", "Sources"},
	Core + "/exchange.Plugin":  {"exchange", "Exchanges"},
}

// find returns what a package of these files offers. Functions of the right name that
// are of another type are told as well, with that: they may be why a plug-in is missing.
func find(pkg, dir string, names []string) (found []Plugin, others []string, err error) {
	files := token.NewFileSet()
	for _, name := range names {
		f, err := parser.ParseFile(files, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || fn.Name.Name != "Plugin" && fn.Name.Name != "Plugins" {
				continue
			}
			if p := offer(f, fn); p != nil {
				p.Package = pkg
				found = append(found, *p)
				continue
			}
			var b strings.Builder
			if err := printer.Fprint(&b, files, fn.Type); err != nil {
				return nil, nil, err
			}
			others = append(others, fmt.Sprintf("%s.%s is %s", pkg, fn.Name.Name, &b))
		}
	}
	return found, others, nil
}

// offer returns what a function offers, or nil.
func offer(f *ast.File, fn *ast.FuncDecl) *Plugin {
	t := fn.Type
	if t.Params.NumFields() > 0 || t.TypeParams.NumFields() > 0 || t.Results.NumFields() != 1 {
		return nil
	}
	result := t.Results.List[0].Type
	if list, ok := result.(*ast.ArrayType); ok != (fn.Name.Name == "Plugins") {
		return nil
	} else if ok {
		result = list.Elt
	}
	sel, ok := result.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	from, ok := sel.X.(*ast.Ident)
	if !ok {
		return nil
	}
	k, ok := kinds[imported(f, from.Name)+"."+sel.Sel.Name]
	if !ok {
		return nil
	}
	return &Plugin{Kind: k.kind, Call: fn.Name.Name, list: k.list}
}

// imported returns the path of the package that a file knows by a name, or "".
func imported(f *ast.File, name string) string {
	for _, i := range f.Imports {
		from, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		if i.Name != nil && i.Name.Name == name || i.Name == nil && path.Base(from) == name {
			return from
		}
	}
	return ""
}
