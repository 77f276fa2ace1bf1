package barfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// The columns of a file of signals. Their order is free.
const (
	colSource = iota
	colKind
	colSubject
	colEffective
	colKnown
	colValue
	colRevision
	colAssumed
	colRaw
	signalColumns
	colBackfill = signalColumns // read, and never written: it is in known and assumed then
	allColumns  = signalColumns + 1
)

var signalNames = [allColumns]string{"source", "kind", "subject", "effective", "known", "value", "revision", "assumed", "raw", "backfill"}

var signalHint = "the columns are " + strings.Join(signalNames[:], ", ")

// SignalColumns says what the columns of a foreign file are. It reads only those that are
// named here; JSON lines have keys for columns.
type SignalColumns struct {
	// Of names the columns by what they are: source, kind, subject, effective, known, value,
	// revision, assumed, raw; and backfill, which is true or 1 in rows whose known time is
	// when a past was filled in, so that the lag counts instead.
	Of map[string]string
	// Values are columns of one kind each, instead of a column of values and one of kinds.
	Values []SignalValue
	// Words are what words of the value columns mean: a number, or null.
	Words map[string]string
}

// Check reports a name that no column has, and a word that stands for no number.
func (c *SignalColumns) Check() error {
	for _, role := range slices.Sorted(maps.Keys(c.Of)) {
		if !slices.Contains(signalNames[:], role) {
			return fmt.Errorf("%s is no column of signals: those are %s", quote(role), strings.Join(signalNames[:], ", "))
		}
	}
	for _, word := range slices.Sorted(maps.Keys(c.Words)) {
		if _, _, f := signalNumber("the meaning of "+quote(word), c.Words[word]); f != nil {
			return f
		}
	}
	return nil
}

// SignalValue is a column that holds values of a kind.
type SignalValue struct {
	Kind   market.SignalKind
	Column string
}

// A signalPlan says where in a row each column is found.
type signalPlan struct {
	width  int
	at     [allColumns]int // place in the row, or -1
	keys   map[string]int  // places by the keys of JSON lines
	values []signalValue
	strict bool // unknown keys of JSON lines are errors
}

// A signalValue makes the value of one kind from the row.
type signalValue struct {
	kind  string // empty: the row or the options say
	name  string // in errors
	at    []int  // places in the row
	words map[string]string
	score func(texts []string) (string, *fault) // makes the text of a value of several; nil takes the only one
}

// header learns the columns of a CSV file from its first line.
func (p *signalParser) header(line []byte) error {
	fields, f := splitFields(string(line))
	if f == nil {
		for i := range fields {
			fields[i] = strings.Clone(strings.TrimSpace(fields[i]))
		}
		p.plan, f = p.planOf(fields)
	}
	if f != nil {
		return p.at(p.line, f)
	}
	return nil
}

func (p *signalParser) planOf(fields []string) (*signalPlan, *fault) {
	if p.options.Columns != nil {
		return foreignPlan(fields, p.options.Columns, p.options.Kind)
	}
	if l := layoutOf(fields); l != nil {
		return l.apply(p, fields)
	}
	return ownPlan(fields)
}

// keys learns the columns of JSON lines from what is asked for: they have no header.
func (p *signalParser) keys() (f *fault) {
	c := p.options.Columns
	if c == nil {
		p.plan, f = ownPlan(signalNames[:])
		p.plan.strict = true
	} else {
		var fields []string
		for _, v := range c.Values {
			fields = append(fields, v.Column)
		}
		for _, role := range signalNames {
			if name := c.Of[role]; name != "" {
				fields = append(fields, name)
			}
		}
		slices.Sort(fields)
		p.plan, f = foreignPlan(slices.Compact(fields), c, p.options.Kind)
	}
	return f
}

// newPlan makes a plan for rows of some columns, none of which is anything yet.
func newPlan(fields []string) *signalPlan {
	plan := &signalPlan{width: len(fields), keys: map[string]int{}}
	for i := range plan.at {
		plan.at[i] = -1
	}
	for i, name := range fields {
		plan.keys[name] = i
	}
	return plan
}

// ownPlan reads a header of our own columns.
func ownPlan(fields []string) (*signalPlan, *fault) {
	plan := newPlan(fields)
	for k, name := range fields {
		i := slices.Index(signalNames[:], strings.ToLower(name))
		switch {
		case i < 0:
			return plan, faultf(signalHint, "column %s is unknown", quote(name)).as(ErrUnsaid)
		case plan.at[i] >= 0:
			return plan, faultf(signalHint, "column %s stands twice", signalNames[i])
		}
		plan.at[i] = k
	}
	for _, i := range [...]int{colEffective, colValue} {
		if plan.at[i] < 0 {
			return plan, faultf(signalHint, "column %s is missing from the header", signalNames[i]).as(ErrUnsaid)
		}
	}
	plan.values = []signalValue{{name: "value", at: []int{plan.at[colValue]}}}
	return plan, nil
}

// foreignPlan finds the columns that are asked for in a header.
func foreignPlan(fields []string, c *SignalColumns, kind market.SignalKind) (*signalPlan, *fault) {
	plan := newPlan(fields)
	for i, role := range signalNames {
		if name := c.Of[role]; name != "" {
			k, f := findColumn(fields, name)
			if f != nil {
				return plan, f
			}
			plan.at[i] = k
		}
	}
	if plan.at[colEffective] < 0 {
		return plan, faultf("say which column holds the time that a value is about", "no column is named effective")
	}
	return plan, plan.addValues(fields, c, kind)
}

func (plan *signalPlan) addValues(fields []string, c *SignalColumns, kind market.SignalKind) *fault {
	switch one := plan.at[colValue] >= 0; {
	case one == (len(c.Values) > 0):
		return faultf("name one column of values, or a column for each kind", "the columns of values are not clear")
	case one:
		plan.values = []signalValue{{name: c.Of["value"], at: []int{plan.at[colValue]}, words: c.Words}}
		return nil
	case kind != "" || plan.at[colKind] >= 0:
		return faultf("leave the kind out", "each column of values has its own kind already")
	}
	for _, v := range c.Values {
		k, f := findColumn(fields, v.Column)
		if f != nil {
			return f
		}
		plan.values = append(plan.values, signalValue{kind: string(v.Kind), name: v.Column, at: []int{k}, words: c.Words})
	}
	return nil
}

// findColumn returns the place of a column in a header.
func findColumn(fields []string, name string) (int, *fault) {
	k := slices.Index(fields, name)
	if k < 0 {
		return 0, faultf("the columns are "+strings.Join(fields[:min(len(fields), 40)], ", "), "the file has no column %s", quote(name))
	}
	if slices.Contains(fields[k+1:], name) {
		return 0, faultf("give each column its own name", "column %s stands twice", quote(name))
	}
	return k, nil
}
