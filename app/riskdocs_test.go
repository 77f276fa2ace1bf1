package app_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/risk/all"
)

// riskDocs is docs/risk.md, by chapter and section.
type riskDocs struct {
	whole    string
	chapters map[string]string // of a section: the text of its chapter before the first section
	sections map[string]string // and chapters without any, by their anchors
}

func readRiskDocs(t *testing.T) riskDocs {
	t.Helper()
	text, err := os.ReadFile("../docs/risk.md")
	if err != nil {
		t.Fatal(err)
	}
	d := riskDocs{string(text), map[string]string{}, map[string]string{}}
	for _, chapter := range strings.Split(d.whole, "\n## ")[1:] {
		parts := strings.Split(chapter, "\n### ")
		title, _, _ := strings.Cut(parts[0], "\n")
		d.sections[strings.ToLower(title)] = parts[0]
		for _, section := range parts[1:] {
			name, body, _ := strings.Cut(section, "\n")
			d.chapters[name], d.sections[name] = parts[0], body
		}
	}
	return d
}

// TestRulesAreDocumented: docs/risk.md has a line about each rule in its first table, in
// eight words at most, and a section with its parameters and their defaults. Sizers have a
// line of a table, with each parameter.
func TestRulesAreDocumented(t *testing.T) {
	d := readRiskDocs(t)
	_, index, _ := strings.Cut(d.whole, "\n## All rules\n")
	index, _, _ = strings.Cut(index, "\n## ")
	rows := regexp.MustCompile("(?m)^\\| \\[`(\\w+)`\\]\\(#(\\w+)\\) \\| (\\w+) \\| ([^|]+) \\| ([^|]+) \\|$").FindAllStringSubmatch(index, -1)
	for _, p := range all.Rules() {
		k := slices.IndexFunc(rows, func(r []string) bool { return r[1] == p.Name })
		if k < 0 {
			t.Errorf("%s has no row of the table of all rules", p.Name)
			continue
		}
		if len(strings.Fields(rows[k][4])) > 8 {
			t.Errorf("%s: what it does has more than eight words", p.Name)
		}
		for _, param := range config.Params(p.New()) {
			d.parameter(t, p.Name, rows[k][2], param)
		}
	}
	if len(rows) != len(all.Rules()) {
		t.Errorf("%d rows for %d rules", len(rows), len(all.Rules()))
	}
	for _, p := range all.Sizers() {
		row := regexp.MustCompile("(?m)^\\| `" + p.Name + "` \\| .*$").FindString(d.whole)
		for _, param := range config.Params(p.New()) {
			if !strings.Contains(row, "`"+param.Key+"`") {
				t.Errorf("sizer %s: the table does not name %s", p.Name, param.Key)
			}
		}
	}
}

// parameter looks for one in the tables of a rule's section, or else of its chapter.
func (d riskDocs) parameter(t *testing.T, rule, anchor string, p config.Param) {
	t.Helper()
	section, ok := d.sections[anchor]
	if !ok {
		t.Errorf("%s has no section", rule)
		return
	}
	for _, text := range []string{section, d.chapters[anchor]} {
		for line := range strings.Lines(text) {
			cells := strings.Split(strings.ReplaceAll(line, "\\|", "/"), "|")
			if len(cells) < 5 {
				continue
			}
			k := slices.Index(list(cells[1]), "`"+p.Key+"`")
			if k < 0 {
				continue
			}
			if defaults := list(cells[3]); len(cells) > 5 || len(list(cells[1])) > 1 {
				d.compare(t, rule, p, defaults, k)
			}
			return
		}
	}
	t.Errorf("%s: no table has a row of %s", rule, p.Key)
}

// compare holds the default that a row says against the one of the code. What is unset may be
// said in words.
func (d riskDocs) compare(t *testing.T, rule string, p config.Param, said []string, k int) {
	t.Helper()
	text := said[min(k, len(said)-1)]
	inWords := !strings.HasPrefix(text, "`")
	unset := slices.Contains([]string{"", "0", "0s", "1m0s"}, p.Default)
	if inWords && unset || strings.Trim(text, "`\"") == p.Default {
		return
	}
	t.Errorf("%s: the default of %s is %q, and the text says %s", rule, p.Key, p.Default, text)
}

func list(cell string) []string { return strings.Split(strings.TrimSpace(cell), ", ") }
