package arch

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// arrow is one line of the table: what some packages may import of the module.
type arrow struct {
	from []string // patterns of directories, as path.Match has them
	to   []string // patterns, or the words all, parent and siblings
	but  []string // patterns that are taken away from to
}

// parseArrows reads a table of lines "a b < c d but e". A # begins a comment.
func parseArrows(table string) ([]arrow, error) {
	var arrows []arrow
	for n, line := range strings.Split(table, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		from, to, ok := strings.Cut(line, "<")
		if !ok || strings.TrimSpace(from) == "" || strings.Contains(to, "<") {
			return nil, fmt.Errorf("line %d of the table of arrows: want \"a < b c\", have %q", n+1, strings.TrimSpace(line))
		}
		a := arrow{from: strings.Fields(from), to: strings.Fields(to)}
		if i := slices.Index(a.to, "but"); i >= 0 {
			a.to, a.but = a.to[:i], a.to[i+1:]
		}
		arrows = append(arrows, a)
	}
	return arrows, nil
}

// allows reports whether the package in dir may import the one in target.
func (a arrow) allows(dir, target string) bool {
	if matchAny(a.but, target) {
		return false
	}
	for _, to := range a.to {
		switch to {
		case "all":
			return true
		case "parent":
			if target == path.Dir(dir) {
				return true
			}
		case "siblings":
			if path.Dir(target) == path.Dir(dir) {
				return true
			}
		}
	}
	return matchAny(a.to, target)
}

func matchAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, name) })
}

// match is path.Match, where a pattern that ends in /... also fits what is below.
func match(pattern, name string) bool {
	if above, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == above || strings.HasPrefix(name, above+"/")
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// checkArrows finds imports that the table does not allow, and packages without a
// line in it. The first line that fits a package is its rule.
//
// Tests get more: an in-package test may also import internal/testkit and the
// conformance packages, an external one whatever the compiler lets it.
func (t *tree) checkArrows(arrows []arrow) []finding {
	var found []finding
	for _, dir := range t.dirs() {
		i := slices.IndexFunc(arrows, func(a arrow) bool { return matchAny(a.from, dir) })
		if i < 0 {
			found = append(found, finding{dir, "no line of the table of arrows in internal/arch/policy_test.go fits this package: add one"})
			continue
		}
		for _, s := range t.sources {
			if s.dir == dir && !s.external() {
				found = append(found, t.checkImports(s, arrows[i])...)
			}
		}
	}
	return found
}

func (t *tree) checkImports(s *source, a arrow) []finding {
	var found []finding
	for _, spec := range s.file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return append(found, t.at(spec.Pos(), "import path %s: %v", spec.Path.Value, err))
		}
		target, ok := t.inModule(name)
		if !ok || a.allows(s.dir, target) || s.test() && forTests(target) {
			continue
		}
		found = append(found, t.at(spec.Pos(), "%s may not import %s (may: %s)", s.dir, target, a))
	}
	return found
}

// forTests reports whether a package exists to be used by tests.
func forTests(dir string) bool {
	return dir == "internal/testkit" || match("*/*test", dir)
}

func (a arrow) String() string {
	to := strings.Join(a.to, " ")
	if len(a.but) > 0 {
		to += " but " + strings.Join(a.but, " ")
	}
	if to == "" {
		return "nothing of this module"
	}
	return to
}
