package tokenmetrics

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// A table makes rows of signals of the rows of an answer.
type table struct {
	*errand
	query    Query
	source   string // of the rows
	received market.Time
	list     []market.Signal
	bad      *left // what is left out
	told     int   // warnings
	lacks    map[string]*lack
	partial  bool // some of the answer is missing or cannot be read
	weights  []float64
	oldest   market.Time

	// Of the row that is read:
	row      decoded
	subjects []market.Subject
	about    market.Time // what it is about
	when     market.Time // the same, not rounded
}

// table begins a table for an answer. What a stand-in makes up has a source of its own.
func (x *errand) table(q Query, received market.Time, warnings []string, synthetic bool) *table {
	t := &table{errand: x, query: q, source: x.config.Source, received: received, bad: &left{}, lacks: map[string]*lack{}}
	if synthetic {
		t.source = signals.SyntheticSource(t.source)
	}
	for _, text := range warnings {
		t.warn("%s", text)
	}
	return t
}

// warn tells of a row, of the first few of an answer.
func (t *table) warn(format string, args ...any) {
	switch t.told++; {
	case t.told <= mostTold:
		t.config.log().Warn(fmt.Sprintf(format, args...), "endpoint", t.path)
	case t.told == mostTold+1:
		t.config.log().Warn("more rows of the answer are wrong, and are not told of", "endpoint", t.path)
	}
}

// mostTold bounds the warnings of one answer, besides those of the client.
const mostTold = 40

// begin begins a row.
func (t *table) begin(row decoded) {
	t.came++
	t.row, t.subjects, t.about, t.when = row, nil, 0, 0
}

// A lack is a field that rows came without.
type lack struct {
	kind  market.SignalKind // that needs it
	row   int               // the first one
	count int
}

// end notes what the row lacks of what is wanted, and how old it is.
func (t *table) end() {
	if t.when > 0 && (t.oldest == 0 || t.when < t.oldest) {
		t.oldest = t.when
	}
	if t.row.missing == "" || len(t.subjects) == 0 {
		return
	}
	for _, k := range t.kinds {
		name := t.missing(k)
		if name == "" {
			continue
		}
		t.hear(k)
		if t.lacks[name] == nil {
			t.lacks[name] = &lack{kind: k, row: t.row.place}
		}
		t.lacks[name].count++
	}
}

// missing returns the field that a kind is made of, where the row came without it: that is
// another answer than null.
func (t *table) missing(k market.SignalKind) string {
	info, _ := market.KindOf(k)
	_, rest, _ := strings.Cut(info.From, "`")
	if name, _, ok := strings.Cut(rest, "`"); ok && t.row.lacks(name) {
		return name
	}
	return ""
}

// lacking tells which fields rows came without.
func (t *table) lacking() {
	for _, name := range slices.Sorted(maps.Keys(t.lacks)) {
		l := t.lacks[name]
		t.bad.add(fmt.Errorf("row %d%s: %s is missing, of which generation %s makes %s", l.row, andMore(l.count-1), name, t.client.generation, l.kind))
	}
}

// hear notes that the row spoke of a kind, be it as null.
func (t *table) hear(k market.SignalKind) {
	for _, own := range t.kinds {
		if own.Covers(k) {
			for _, s := range t.subjects {
				t.heard[heard{own, s}] = true
			}
		}
	}
}

// of begins a row about a token, and reports whether it was asked about.
func (t *table) of(id int64) bool {
	t.subjects = t.assets[id]
	return len(t.subjects) > 0
}

// whole begins a row about the market.
func (t *table) whole() { t.subjects = []market.Subject{market.MarketWide} }

// at sets what time the row is about.
func (t *table) at(at market.Time) { t.about, t.when = at, at }

// on sets what day the row is about: its 00:00 UTC.
func (t *table) on(at market.Time) { t.at(at - at%market.Day) }

// now sets that the row is about when it was received, rounded down to a step: a row has
// no time of its own, and one that is asked for again within the step is the same row.
func (t *table) now(step time.Duration) {
	t.about, t.when = t.received-t.received%market.Time(step), t.received
}

// wants reports whether a kind is wanted.
func (t *table) wants(k market.SignalKind) bool {
	return slices.ContainsFunc(t.kinds, func(own market.SignalKind) bool { return own.Covers(k) })
}

// number adds a number of the row; one that is absent or out of the range of its kind is
// null.
func (t *table) number(k market.SignalKind, n Number) {
	v, ok := n.Float()
	t.value(k, v, ok)
}

// sign adds a number that is -1, 0 or 1.
func (t *table) sign(k market.SignalKind, n Number) {
	v, ok := n.Float()
	if ok && v != -1 && v != 0 && v != 1 {
		t.warn("%s of %s at %s is null: %v is neither -1, 0 nor 1", k, t.named(), t.about, v)
		ok = false
	}
	t.value(k, v, ok)
}

// state adds a number that is -1 or 1, or 0 where there is no state yet: that is null.
func (t *table) state(k market.SignalKind, n Number) {
	if v, ok := n.Float(); ok && v == 0 {
		n = Number{}
	}
	t.sign(k, n)
}

// value adds a value of the row, null where it is not ok.
func (t *table) value(k market.SignalKind, v float64, ok bool) {
	if !t.wants(k) || t.missing(k) != "" {
		return
	}
	t.hear(k)
	if t.when < t.from || t.to > 0 && t.when >= t.to || !t.sensible(k) {
		return
	}
	if info, _ := market.KindOf(k); ok && !info.In(v) {
		t.warn("%s of %s at %s is null: %v is not from %v to %v", k, t.named(), t.about, v, info.Min, info.Max)
		ok = false
	}
	if !ok {
		v = 0
	}
	for _, s := range t.subjects {
		t.list = append(t.list, market.Signal{
			Source: t.source, Kind: k, Subject: s, Instrument: market.NoInstrument, Effective: t.about, Value: v, Null: !ok,
		})
	}
}

// farthest is how long after it came a row may be about, for clocks differ: none of these
// kinds is about times to come, and such a row would stand before all others until then.
const farthest = market.Time(time.Hour)

// sensible reports whether a row can be one, and tells where not.
func (t *table) sensible(k market.SignalKind) bool {
	switch {
	case t.about <= 0 || t.about > t.received+farthest:
		t.refuse("%s of %s is about %s, and came at %s", k, t.named(), t.about, t.received)
	case len(k) > longestKind:
		t.warn("%.40s… of %s is left out: its name is too long", k, t.named())
	default:
		return true
	}
	return false
}

// longestKind is what a row may have.
const longestKind = 64

// named names what the row is about, for a message.
func (t *table) named() string {
	var names []string
	for _, s := range t.subjects {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// word adds what a word stands for; one that is not in the vocabulary is null.
func (t *table) word(k market.SignalKind, text string, vocabulary map[string]float64) {
	v, known := vocabulary[plain(text)]
	if !known && text != "" && t.wants(k) {
		t.warn("%s of %s at %s is null: %.40q is an unknown word", k, t.named(), t.about, text)
	}
	t.value(k, v, known)
}

// strict is word for what trades are made on: an unknown word is a fault too.
func (t *table) strict(k market.SignalKind, field, text string, vocabulary map[string]float64) {
	v, known := vocabulary[plain(text)]
	if !known && text != "" && t.wants(k) {
		t.refuse("%s of %s at %s is null: the word %.40q is unknown", field, t.named(), t.about, text)
	}
	t.value(k, v, known)
}

// refuse notes a fault of the row.
func (t *table) refuse(format string, args ...any) {
	t.bad.add(fmt.Errorf("row %d: %w", t.row.place, fmt.Errorf(format, args...)))
}

// plain drops case and what stands between words, but no sign.
func plain(text string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "_", "").Replace(strings.TrimSpace(text)))
}

// signals returns the rows, oldest first, each once. Of those that say different things of
// the same none counts: which is meant is not in the answer.
func (t *table) signals() []market.Signal {
	slices.SortStableFunc(t.list, func(a, b market.Signal) int {
		return cmp.Or(cmp.Compare(a.Effective, b.Effective), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Subject, b.Subject))
	})
	var kept []market.Signal
	for len(t.list) > 0 {
		s, n, both := t.list[0], 1, ""
		for ; n < len(t.list) && same(&s, &t.list[n]); n++ {
			if t.list[n].Contradicts(&s) {
				both = t.list[n].ValueText()
			}
		}
		if t.list = t.list[n:]; both != "" {
			t.bad.add(fmt.Errorf("%s of %s at %s is both %s and %s", s.Kind, s.Subject, s.Effective, s.ValueText(), both))
			continue
		}
		kept = append(kept, s)
	}
	return kept
}

// same reports whether two rows are about the same.
func same(a, b *market.Signal) bool {
	return a.Effective == b.Effective && a.Kind == b.Kind && a.Subject == b.Subject
}
