package arch

import (
	"cmp"
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// The bounds on sizes, in lines.
const (
	fileMax    = 800 // no file is longer
	fileMost   = 400 // most files are not longer
	funcMost   = 45  // most functions are not longer
	funcMedian = 10  // half of the functions are not longer
	most       = 0.9
)

// sized is a file or a function with its length in lines.
type sized struct {
	at    string
	lines int
}

// checkSizes finds files that are too long, and shares of long files and functions
// that are too big. Only the first rule holds for tests too.
func (t *tree) checkSizes() []finding {
	var found []finding
	var files, funcs []sized
	for _, s := range t.sources {
		if s.lines > fileMax {
			found = append(found, finding{s.path, fmt.Sprintf("%d lines: no file has more than %d", s.lines, fileMax)})
		}
		if !s.test() {
			files = append(files, sized{s.path, s.lines})
			funcs = append(funcs, t.functions(s.file)...)
		}
	}
	found = append(found, share(files, "files", fileMost)...)
	found = append(found, share(funcs, "functions", funcMost)...)
	return append(found, median(funcs)...)
}

// functions measures the functions of a file from the keyword to the brace.
func (t *tree) functions(file *ast.File) []sized {
	var funcs []sized
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok {
			start, end := t.fset.Position(f.Pos()), t.fset.Position(f.End())
			name := fmt.Sprintf("%s:%d %s", start.Filename, start.Line, f.Name.Name)
			funcs = append(funcs, sized{name, end.Line - start.Line + 1})
		}
	}
	return funcs
}

// share finds that fewer than most of the things are within a bound.
func share(things []sized, what string, bound int) []finding {
	var over []sized
	for _, s := range things {
		if s.lines > bound {
			over = append(over, s)
		}
	}
	if float64(len(things)-len(over)) >= most*float64(len(things)) {
		return nil
	}
	why := fmt.Sprintf("%d of %d have more than %d lines, at most a tenth may; the longest:\n%s", len(over), len(things), bound, longest(over))
	return []finding{{what, why}}
}

// median finds that the middle one of the functions is too long.
func median(funcs []sized) []finding {
	sorted := slices.SortedFunc(slices.Values(funcs), func(a, b sized) int { return cmp.Compare(a.lines, b.lines) })
	if len(sorted) == 0 || sorted[len(sorted)/2].lines <= funcMedian {
		return nil
	}
	return []finding{{"functions", fmt.Sprintf("the median has %d lines, more than %d", sorted[len(sorted)/2].lines, funcMedian)}}
}

// longest prints the ten longest.
func longest(things []sized) string {
	slices.SortFunc(things, func(a, b sized) int { return cmp.Or(b.lines-a.lines, strings.Compare(a.at, b.at)) })
	var out strings.Builder
	for _, s := range things[:min(10, len(things))] {
		fmt.Fprintf(&out, "\t%4d %s\n", s.lines, s.at)
	}
	return out.String()
}
