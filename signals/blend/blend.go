// Package blend is the signal source "blend": one signal made of several, so that a
// strategy reads one kind whatever says it.
//
// There are only a few types. [Config] is the source with its parameters, and [Input] is
// one signal that it reads.
//
// # Caveats
//
// A blend is no opinion of its own: an input that is absent, null or too old is left out,
// and where fewer than need are left the blend is null, which is absent. Its rows are
// never stored. They follow from the rows of others in the same way in a backtest and
// live, also at the moment at which an input becomes too old.
package blend

import (
	"cmp"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

//go:embed sample.toml
var sample string

// The values of Config.Method.
const (
	mean  = "mean"  // the weighted mean of the values
	vote  = "vote"  // the weighted mean of the votes, from −1 to 1
	agree = "agree" // 1 or −1 where all votes are that, otherwise 0
	first = "first" // the value of the first input that has one
)

// The values of Input.Subject.
const (
	asset = "asset"
	whole = "market"
)

// Plugin describes the source.
func Plugin() signals.Plugin {
	return signals.Plugin{
		Name:   "blend",
		Doc:    "one signal made of several: a mean, a vote, an agreement, or the first that is there",
		Sample: sample,
		New:    func(signals.Env) any { return &Config{Method: mean} },
	}
}

// Config is the source with its parameters.
type Config struct {
	Kind   market.SignalKind `toml:"kind" doc:"kind of the rows it makes; better one of its own"`
	Method string            `toml:"method" param:"oneof=mean|vote|agree|first" doc:"mean and vote by weight; agree is 1 or −1 where all vote alike, otherwise 0; first takes the first input that has a value"`
	Need   int               `toml:"need" param:"min=0,max=64" doc:"how many inputs must have a value; 0 is all of them, and one for first"`
	Assets []market.Subject  `toml:"assets" doc:"assets that it speaks of from the start; any other once an input does"`
	Inputs []Input           `toml:"inputs" doc:"the signals it is made of, in order"`
}

// Input is one signal that a blend reads.
type Input struct {
	Source  string            `toml:"source" doc:"source of the signal; empty takes the latest row of any"`
	Kind    market.SignalKind `toml:"kind" doc:"kind of the signal"`
	Subject string            `toml:"subject" doc:"whose: asset for that each asset, which empty is too, or market for that of the market as a whole, which counts for every asset"`
	MaxAge  market.Duration   `toml:"max_age" doc:"an older row counts as absent; 0 is the default of the kind"`
	Weight  float64           `toml:"weight" param:"min=-1000,max=1000" doc:"in mean and vote; 0 is 1, below 0 counts against"`
	Low     float64           `toml:"low" doc:"with high: the value that counts as −1"`
	High    float64           `toml:"high" doc:"the value that counts as 1; in between is linear, beyond is cut. 0 and 0 leave values as they are"`
	Above   float64           `toml:"above" doc:"in vote and agree: more, after low and high, is a vote for 1"`
	Below   float64           `toml:"below" doc:"in vote and agree: less, after low and high, is a vote for −1"`
}

// Check reports parameters that make no sense together.
func (c *Config) Check() error {
	switch {
	case c.Kind == "":
		return fmt.Errorf("kind is empty: name the kind of the rows that the blend makes")
	case len(c.Inputs) == 0 || len(c.Inputs) > 64:
		return fmt.Errorf("inputs has %d signals: name from 1 to 64, such as inputs = [{ kind = \"trader_grade\", low = 0, high = 100 }]", len(c.Inputs))
	case c.Need > len(c.Inputs):
		return fmt.Errorf("need = %d is more than the %d inputs", c.Need, len(c.Inputs))
	case c.Method == "first" && c.Need > 1:
		return fmt.Errorf("need = %d: method = \"first\" takes one", c.Need)
	}
	for i, a := range c.Assets {
		if a == "" || a == market.MarketWide || slices.Contains(c.Assets[:i], a) {
			return fmt.Errorf("assets[%d]: %q is no asset, or stands twice: name assets such as BTC", i, a)
		}
	}
	for i := range c.Inputs {
		in := &c.Inputs[i]
		if err := in.check(); err != nil {
			return fmt.Errorf("inputs[%d]: %w", i, err)
		}
		if in.Kind == c.Kind && in.Source == "" {
			return fmt.Errorf("inputs[%d]: kind %s is that of the blend itself, which it does not read: give the blend another kind, or name a source here", i, in.Kind)
		}
	}
	return nil
}

func (in *Input) check() error {
	switch {
	case in.Kind == "":
		return fmt.Errorf("kind is empty: name a kind of signal")
	case in.Subject != "" && in.Subject != asset && in.Subject != whole:
		return fmt.Errorf("subject = %q must be %q or %q", in.Subject, asset, whole)
	case in.MaxAge < 0:
		return fmt.Errorf("max_age = %s is below 0", in.MaxAge)
	case in.Low == in.High && in.Low != 0:
		return fmt.Errorf("low and high are both %v: they are the values that count as −1 and 1", in.Low)
	case in.Above < in.Below:
		return fmt.Errorf("above = %v is less than below = %v: a value cannot be both", in.Above, in.Below)
	}
	return nil
}

// Kinds lists the kind that it makes.
func (c *Config) Kinds() []market.SignalKind { return []market.SignalKind{c.Kind} }

// Reads lists the kinds of its inputs.
func (c *Config) Reads() (list []market.SignalKind) {
	for _, in := range c.Inputs {
		list = append(list, in.Kind)
	}
	return list
}

// Derive implements [signals.Deriver].
func (c *Config) Derive(name string) signals.Derivation {
	d := &derivation{config: c, name: name, table: &desk.NewMarket(nil).Signals}
	for i := range c.Inputs {
		kind, _ := market.KindOf(c.Inputs[i].Kind)
		d.ages = append(d.ages, market.Time(cmp.Or(c.Inputs[i].MaxAge, kind.MaxAge)))
	}
	for _, s := range c.Assets {
		d.know(s)
	}
	return d
}

// derivation is a blend at work.
type derivation struct {
	config   *Config
	name     string
	table    *desk.Signals
	ages     []market.Time // by input: an older row counts as absent
	subjects []*subject    // sorted by name
	stamp    uint64
	next     market.Time
}

// subject is what a blend knows about one asset, or about the market.
type subject struct {
	name  market.Subject
	feeds []*desk.Feed  // by input
	last  market.Signal // what it said last; Kind is empty before
}

// Next implements [signals.Derivation].
func (d *derivation) Next() market.Time { return d.next }

// At implements [signals.Derivation].
func (d *derivation) At(now market.Time, rows []market.Signal) (made []market.Signal) {
	d.stamp++
	for i := range rows {
		if d.read(&rows[i]) {
			row := rows[i]
			d.table.Apply(&row, d.stamp)
		}
	}
	d.next = 0
	for _, s := range d.subjects {
		row, until := d.combine(s, now)
		if until > 0 && (d.next == 0 || until < d.next) {
			d.next = until
		}
		if row.Null && s.last.Kind == "" || s.last.Kind != "" && row.Repeats(&s.last) {
			continue
		}
		s.last = row
		made = append(made, row)
	}
	return made
}

// read reports whether an input takes a row, and makes room for what it is about.
func (d *derivation) read(row *market.Signal) (taken bool) {
	for i := range d.config.Inputs {
		in := &d.config.Inputs[i]
		if in.Kind != row.Kind || in.Source != "" && in.Source != row.Source || (in.Subject == whole) != (row.Subject == market.MarketWide) {
			continue
		}
		taken = true
		if in.Subject != whole || d.onlyMarket() {
			d.know(row.Subject)
		}
		d.table.Feed(in.Source, in.Kind, row.Subject)
	}
	return taken
}

// onlyMarket reports whether no input is about assets: the blend is about the market then.
func (d *derivation) onlyMarket() bool {
	return !slices.ContainsFunc(d.config.Inputs, func(in Input) bool { return in.Subject != whole })
}

// know adds a subject.
func (d *derivation) know(name market.Subject) {
	at, found := slices.BinarySearchFunc(d.subjects, name, func(s *subject, n market.Subject) int { return strings.Compare(string(s.name), string(n)) })
	if found {
		return
	}
	s := &subject{name: name}
	for i := range d.config.Inputs {
		in := &d.config.Inputs[i]
		about := name
		if in.Subject == whole {
			about = market.MarketWide
		}
		s.feeds = append(s.feeds, d.table.Feed(in.Source, in.Kind, about))
	}
	d.subjects = slices.Insert(d.subjects, at, s)
}

// combine returns what a blend says of a subject now, and when the first of its inputs
// becomes too old.
func (d *derivation) combine(s *subject, now market.Time) (row market.Signal, until market.Time) {
	row = market.Signal{
		Source: d.name, Kind: d.config.Kind, Subject: s.name, Instrument: market.NoInstrument,
		Known: now, Effective: now, Null: true,
	}
	var sum tally
	for i := range d.config.Inputs {
		in, age := &d.config.Inputs[i], d.ages[i]
		read, ok := s.feeds[i].At(now, age)
		if !ok {
			continue
		}
		if end := read.Effective + age + 1; until == 0 || end < until {
			until = end
		}
		if sum.count == 0 || d.config.Method != first {
			sum.add(in, read.Value)
			row.Effective, row.Assumed = min(row.Effective, read.Effective), row.Assumed || read.Assumed
		}
	}
	if sum.count >= d.config.need() {
		row.Value, row.Null = sum.value(d.config.Method)
	}
	if row.Null {
		row.Effective = 0 // as old as what it takes back
	}
	row.Effective = max(row.Effective, s.last.Effective) // nothing takes back what is in force by being older (semantics S2)
	return row, until
}

// need returns how many inputs must have a value.
func (c *Config) need() int {
	switch {
	case c.Method == first:
		return 1
	case c.Need > 0:
		return c.Need
	}
	return len(c.Inputs)
}

// scaled maps low to high onto −1 to 1.
func (in *Input) scaled(v float64) float64 {
	if in.Low == in.High {
		return v
	}
	return max(-1, min(1, 2*(v-in.Low)/(in.High-in.Low)-1))
}

// ballot is the vote of a scaled value.
func (in *Input) ballot(v float64) float64 {
	switch {
	case v > in.Above:
		return 1
	case v < in.Below:
		return -1
	}
	return 0
}

// tally adds up the inputs that have a value.
type tally struct {
	count         int
	only          float64 // the first value
	values, votes float64 // weighted sums
	weight        float64 // of the absolute weights
	low, high     float64 // of the votes
}

func (t *tally) add(in *Input, value float64) {
	v := in.scaled(value)
	w, b := cmp.Or(in.Weight, 1), in.ballot(v)
	if t.count == 0 {
		t.only, t.low, t.high = v, b, b
	}
	t.low, t.high = min(t.low, b), max(t.high, b)
	t.values += float64(w * v)
	t.votes += float64(w * b)
	t.weight += math.Abs(w)
	t.count++
}

// value returns what the inputs come to, or null where that is no number.
func (t *tally) value(method string) (v float64, null bool) {
	switch method {
	case first:
		v = t.only
	case agree:
		if t.low == t.high {
			v = t.low
		}
	case vote:
		v = t.votes / t.weight
	default:
		v = t.values / t.weight
	}
	return v, math.IsNaN(v) || math.IsInf(v, 0)
}
