package jsonrow

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Kinds lists the kinds that the rows may have.
func (c *Mapper) Kinds() []market.SignalKind { return slices.Clone(c.kinds) }

// Rows makes the rows of a document, in the order of what they are about. arrived is when
// the document came. An error names the bad rows by JSON pointers; those beside them are good.
func (c *Mapper) Rows(doc any, arrived market.Time) ([]market.Signal, error) {
	elements, err := c.elements(doc)
	b := builder{seen: map[rowKey]int{}, torn: map[rowKey]bool{}}
	bad := 0
	for i := range elements {
		e := &elements[i]
		fault := c.row(&b, e, arrived)
		if fault == nil {
			continue
		}
		if bad++; bad == 1 {
			err = fmt.Errorf("row %d%s: %w", i+1, e.where(), fault)
		}
	}
	if bad > 1 {
		err = fmt.Errorf("%d bad rows, the first of them %w", bad, err)
	}
	b.rows = slices.DeleteFunc(b.rows, func(s market.Signal) bool { return b.torn[keyOf(&s)] })
	slices.SortStableFunc(b.rows, func(a, b market.Signal) int { return cmp.Compare(a.Effective, b.Effective) })
	return b.rows, err
}

// Count returns how many rows stand in a document, wanted or not.
func (c *Mapper) Count(doc any) int {
	list, _ := c.elements(doc)
	return len(list)
}

func (e *element) where() string {
	if e.place == "" {
		return ""
	}
	return " at " + e.place
}

// elements lists what rows are made of.
func (c *Mapper) elements(doc any) ([]element, error) {
	found, ok := lookup(c.rows, doc)
	if !ok {
		return nil, fmt.Errorf("there is nothing at %q, where the rows should be", c.at)
	}
	switch v := found.(type) {
	case []any:
		list := make([]element, len(v))
		for i := range v {
			list[i] = element{doc: v[i], place: c.at + "/" + strconv.Itoa(i)}
		}
		return list, nil
	case map[string]any:
		if !c.byName {
			return []element{{doc: v, place: c.at}}, nil
		}
		var list []element
		for _, name := range slices.Sorted(maps.Keys(v)) {
			list = append(list, element{v[name], c.at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name), name})
		}
		return list, nil
	}
	return nil, fmt.Errorf("at %q, where the rows should be, stands %s", c.at, show(found))
}

// builder collects the rows of one document.
type builder struct {
	rows []market.Signal
	seen map[rowKey]int
	torn map[rowKey]bool // said in two ways
}

type rowKey struct {
	kind      market.SignalKind
	subject   market.Subject
	effective market.Time
}

func keyOf(s *market.Signal) rowKey { return rowKey{s.Kind, s.Subject, s.Effective} }

// add keeps a row once. Of two that contradict each other neither is kept: which of them is
// meant is not in the document.
func (b *builder) add(s market.Signal) error {
	key := keyOf(&s)
	i, twice := b.seen[key]
	switch {
	case !twice:
		b.seen[key] = len(b.rows)
		b.rows = append(b.rows, s)
	case s.Contradicts(&b.rows[i]):
		b.torn[key] = true
		return fmt.Errorf("%s of %s for %s is %s here and %s before", s.Kind, s.Subject, s.Effective, s.ValueText(), b.rows[i].ValueText())
	}
	return nil
}

// row adds the rows of one element, all or none.
func (c *Mapper) row(b *builder, e *element, arrived market.Time) error {
	subject, wanted, err := c.subjectOf(e)
	if err != nil || !wanted {
		return err
	}
	effective, err := c.effectiveOf(e, arrived)
	if err != nil {
		return fmt.Errorf("effective%s %w", c.effective.label(), err)
	}
	made := make([]market.Signal, 0, len(c.values))
	for i := range c.values {
		s := market.Signal{Source: c.source, Subject: subject, Instrument: market.NoInstrument, Effective: effective, Known: arrived}
		if wanted, err = c.valueOf(&c.values[i], &s, e); err != nil {
			return err
		}
		if wanted {
			made = append(made, s)
		}
	}
	for _, s := range made {
		if err := s.Validate(); err != nil {
			return err
		}
	}
	for _, s := range made {
		s.Known = 0 // it is stamped as it arrives
		err = errors.Join(err, b.add(s))
	}
	return err
}

// label names where a part should be.
func (p *part) label() string {
	if p.at == nil {
		return ""
	}
	return " at " + string(p.text)
}

func (c *Mapper) subjectOf(e *element) (subject market.Subject, wanted bool, err error) {
	name, err := c.subject.name(e)
	if err != nil {
		return "", false, fmt.Errorf("subject%s %w", c.subject.label(), err)
	}
	if c.assets == nil || c.subject.text.Constant() {
		return market.Subject(name), true, sound("subject", name)
	}
	subject, wanted = c.assets[name]
	if !wanted && c.strict {
		err = fmt.Errorf("subject %s is not in the table of subjects", show(name))
	}
	return subject, wanted, err
}

// sound reports what no name may have.
func sound(what, name string) error {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) || len(name) > 64 {
		return fmt.Errorf("%s %s has more than 64 bytes or holds control characters", what, show(name))
	}
	return nil
}

// valueOf sets the kind and the value.
func (c *Mapper) valueOf(v *value, s *market.Signal, e *element) (wanted bool, err error) {
	kind, err := v.kind.name(e)
	if err != nil {
		return false, fmt.Errorf("kind%s %w", v.kind.label(), err)
	}
	if s.Kind = market.SignalKind(kind); !slices.Contains(c.kinds, s.Kind) {
		if c.strict {
			return false, fmt.Errorf("kind %s is not in the list of kinds", show(kind))
		}
		return false, nil
	}
	found, there := v.value.get(e)
	switch {
	case there:
		s.Value, s.Null, err = c.number(found)
	case c.missingIsNull:
		s.Null = true
	default:
		err = errors.New(`is missing: where that is usual, set missing = "null"`)
	}
	if err != nil {
		return false, fmt.Errorf("%s%s %w", kind, v.value.label(), err)
	}
	return true, nil
}

// number reads a value: a number, a word, or null.
func (c *Mapper) number(v any) (value float64, null bool, err error) {
	var text string
	switch v := v.(type) {
	case nil:
		return 0, true, nil
	case json.Number:
		text = v.String()
	case string:
		text = v
	case bool:
		text = strconv.FormatBool(v)
	default:
		return 0, false, fmt.Errorf("is %s, not a number", show(v))
	}
	word := fold(text)
	if value, ok := c.words[word]; ok {
		return value, false, nil
	}
	if c.nulls[word] {
		return 0, true, nil
	}
	value, err = strconv.ParseFloat(word, 64)
	if err != nil || strings.Trim(word, "0123456789+-.e") != "" {
		return 0, false, fmt.Errorf("is %s, not a number: words says what words mean, nulls which mean none", show(v))
	}
	return value + 0, false, nil // never -0
}

func (c *Mapper) effectiveOf(e *element, arrived market.Time) (market.Time, error) {
	if c.effective.text == now {
		return arrived, nil
	}
	text, err := c.effective.name(e)
	if err != nil {
		return 0, err
	}
	t, err := c.parseTime(text)
	if err == nil && t < firstTime {
		return 0, fmt.Errorf("is %s, which would be %s: say in time how they write times", show(text), t)
	}
	return t, err
}

// firstTime is the year 1980. No signal is about a time before it: what looks like one
// was counted in another unit.
const firstTime = market.Time(315_532_800e9)

func (c *Mapper) parseTime(text string) (market.Time, error) {
	if unit, ok := units[c.time]; ok {
		return counted(text, unit)
	}
	if c.time == "rfc3339" {
		t, err := market.ParseTime(text)
		if err != nil {
			return 0, fmt.Errorf("is %s, not a time such as 2021-01-31T00:00:00Z: say in time how they write times", show(text))
		}
		return t, nil
	}
	at, err := time.Parse(c.time, text)
	if err != nil {
		return 0, fmt.Errorf("is %s, not a time as %q", show(text), c.time)
	}
	return market.ParseTime(at.Format(time.RFC3339Nano))
}

// counted reads a count of units since 1970, with a fraction where it has one.
func counted(text string, unit time.Duration) (market.Time, error) {
	n, err := decimal.NewFromString(text)
	if err != nil || len(text) > 32 || strings.ContainsAny(text, "eE") {
		return 0, fmt.Errorf("is %s, not a count of time since 1970: say in time how they write times", show(text))
	}
	n = n.Mul(decimal.NewFromInt(int64(unit))).Truncate(0)
	if n.Sign() < 0 || n.GreaterThan(endOfTimes) {
		return 0, fmt.Errorf("is %s, which lies outside the years 1970 to 2200: say in time how they write times", show(text))
	}
	return market.Time(n.IntPart()), nil
}

// endOfTimes is the end of the year 2200 in nanoseconds.
var endOfTimes = decimal.NewFromInt(7_289_654_399_000_000_000)
