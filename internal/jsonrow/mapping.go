package jsonrow

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-openapi/jsonpointer"

	"github.com/signalman-trading/signalman/market"
)

// A Mapping says how rows are made of a document.
type Mapping struct {
	Source    string                      `toml:"source" doc:"who says it: the source of the rows"`
	Rows      Pointer                     `toml:"rows" doc:"where the rows stand: an array, or an object that is one row; empty is the whole document"`
	Kind      Field                       `toml:"kind" doc:"kind of the rows, or a pointer to it"`
	Kinds     []market.SignalKind         `toml:"kinds" doc:"where kind is a pointer: the kinds that are wanted"`
	Subject   Field                       `toml:"subject" doc:"an asset, * for the market, or a pointer to its name"`
	Subjects  map[market.Subject]string   `toml:"subjects" doc:"asset = what they call it"`
	Effective Field                       `toml:"effective" doc:"pointer to the time that the value is about; now is when it arrives"`
	Time      string                      `toml:"time" doc:"how they write times: rfc3339 (dates too), s, ms, us or ns since 1970, or a layout such as 02.01.2006 15:04"`
	Value     Field                       `toml:"value" doc:"pointer to the value"`
	Values    map[market.SignalKind]Field `toml:"values" doc:"in the place of kind and value: kind = pointer, for several values of one row"`
	Words     map[string]float64          `toml:"words" doc:"word = number, whatever its case: buy = 1, sell = -1"`
	Nulls     []string                    `toml:"nulls" doc:"words that say that there is no value"`
	Missing   string                      `toml:"missing" param:"oneof=error|null" doc:"what a value is that is not there: an error, or null"`
}

// Defaults is a mapping with what need not be said.
func Defaults() Mapping {
	return Mapping{Time: "rfc3339", Nulls: []string{"", "null", "none", "nan", "n/a"}, Missing: "error"}
}

// now is the Field of rows that are about when they arrive.
const now Field = "now"

// Mapper makes rows.
type Mapper struct {
	source                string
	rows                  *jsonpointer.Pointer
	at                    string // rows, as it was written
	subject, effective    part
	values                []value
	byName                bool // rows stand in an object under names
	time                  string
	words                 map[string]float64
	nulls                 map[string]bool
	missingIsNull, strict bool
	assets                map[string]market.Subject // by their names; nil: names are assets
	kinds                 []market.SignalKind
}

// value is one value of a row, and its kind.
type value struct{ kind, value part }

// Compile checks the mapping. A strict mapper refuses a row about a subject or of a kind
// that the mapping does not list; others pass over it.
func (m *Mapping) Compile(strict bool) (*Mapper, error) {
	c := &Mapper{source: m.Source, at: string(m.Rows), time: m.Time, missingIsNull: m.Missing == "null", strict: strict, kinds: m.KindList()}
	for _, check := range []func(*Mapper) error{m.compileNames, m.compileValues, m.compileTime, m.compileWords, m.compileSubjects} {
		if err := check(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// KindList lists the kinds that the rows may have.
func (m *Mapping) KindList() []market.SignalKind {
	switch {
	case len(m.Values) > 0:
		return slices.Sorted(maps.Keys(m.Values))
	case m.Kind.Points():
		return slices.Clone(m.Kinds)
	case m.Kind == "":
		return nil
	}
	return []market.SignalKind{market.SignalKind(m.Kind)}
}

func (m *Mapping) compileNames(c *Mapper) (err error) {
	switch {
	case m.Source == "":
		return errors.New(`source is missing: who says it, as source = "alternative.me". It stays with the rows`)
	case m.Subject == "":
		return errors.New(`subject is missing: an asset, * for the market, or a pointer such as "/symbol"`)
	case m.Effective == "":
		return errors.New(`effective is missing: a pointer to the time that the value is about, or "now" where the answer has none`)
	case !m.Effective.Points() && m.Effective != now && m.Effective != memberName:
		return fmt.Errorf("effective = %q is neither a pointer, which begins with /, nor now", string(m.Effective))
	}
	if c.rows, err = m.Rows.compile(); err != nil {
		return fmt.Errorf("rows: %w", err)
	}
	if c.subject, err = m.Subject.compile(); err != nil {
		return fmt.Errorf("subject: %w", err)
	}
	if c.effective, err = m.Effective.compile(); err != nil {
		return fmt.Errorf("effective: %w", err)
	}
	c.byName = m.Subject == memberName || m.Effective == memberName
	return nil
}

func (m *Mapping) compileValues(c *Mapper) error {
	switch {
	case len(m.Values) > 0 && (m.Kind != "" || m.Value != ""):
		return errors.New("values stands beside kind or value: one of them says what the kinds are")
	case len(m.Values) == 0 && (m.Kind == "" || m.Value == ""):
		return errors.New(`kind and value are missing: as kind = "sentiment" and value = "/score"`)
	case m.Kind.Points() && len(m.Kinds) == 0:
		return errors.New("kinds is missing: kind is a pointer, so say which kinds are wanted")
	case !m.Kind.Points() && len(m.Kinds) > 0:
		return errors.New("kinds stands beside a kind that is no pointer: leave it out")
	}
	if len(m.Values) == 0 {
		return c.addValue(m.Kind, m.Value)
	}
	for _, kind := range c.kinds {
		if err := c.addValue(Field(kind), m.Values[kind]); err != nil {
			return fmt.Errorf("values.%s: %w", kind, err)
		}
	}
	return nil
}

func (c *Mapper) addValue(kind, at Field) (err error) {
	var v value
	if v.kind, err = kind.compile(); err != nil {
		return fmt.Errorf("kind: %w", err)
	}
	if !at.Points() {
		return fmt.Errorf("value = %q is no pointer: it begins with /, as /score", string(at))
	}
	v.value, err = at.compile()
	c.values = append(c.values, v)
	return err
}

// units are the counts of time since 1970.
var units = map[string]time.Duration{"s": time.Second, "ms": time.Millisecond, "us": time.Microsecond, "ns": time.Nanosecond}

// trial is a time that a layout must write and read back to the day.
var trial = time.Date(2017, time.November, 22, 3, 44, 55, 0, time.UTC)

func (m *Mapping) compileTime(*Mapper) error {
	if _, counted := units[m.Time]; counted || m.Time == "rfc3339" {
		return nil
	}
	if back, err := time.Parse(m.Time, trial.Format(m.Time)); err != nil || back.Format(time.DateOnly) != trial.Format(time.DateOnly) {
		return fmt.Errorf("time = %q is neither rfc3339, s, ms, us or ns, nor a layout with a year, a month and a day: write 2 January 2006, 15:04:05 as they would", m.Time)
	}
	return nil
}

func (m *Mapping) compileWords(c *Mapper) error {
	c.words, c.nulls = map[string]float64{}, map[string]bool{}
	for _, word := range slices.Sorted(maps.Keys(m.Words)) {
		folded := fold(word)
		if old, twice := c.words[folded]; twice && old != m.Words[word] {
			return fmt.Errorf("words: %q has two values: its case is no difference", word)
		}
		c.words[folded] = m.Words[word]
	}
	for _, word := range m.Nulls {
		if _, is := c.words[fold(word)]; !is { // words says more
			c.nulls[fold(word)] = true
		}
	}
	return nil
}

func fold(word string) string { return strings.ToLower(strings.TrimSpace(word)) }

func (m *Mapping) compileSubjects(c *Mapper) error {
	if len(m.Subjects) == 0 {
		return nil
	}
	c.assets = map[string]market.Subject{}
	for _, asset := range slices.Sorted(maps.Keys(m.Subjects)) {
		theirs := m.Subjects[asset]
		if other, twice := c.assets[theirs]; twice {
			return fmt.Errorf("subjects: %s and %s are both called %q", other, asset, theirs)
		}
		c.assets[theirs] = asset
	}
	return nil
}
