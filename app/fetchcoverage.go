package app

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// coverageFile remembers which times were filled in, in the data directory. Without it all
// is asked again.
const coverageFile = "fetched.json"

// coverage is what was asked for and came, whole: it is not asked for again.
type coverage struct {
	path string
	Done []covered `json:"done"`
}

// covered is the times that a source, as it is configured, was asked about.
type covered struct {
	Table   string            `json:"source"` // of the configuration
	Setup   string            `json:"setup"`  // its hash
	Kind    market.SignalKind `json:"kind"`
	Subject market.Subject    `json:"subject,omitempty"` // "": all that it is configured for
	Spans   []timespan        `json:"spans"`             // in order, apart
}

// timespan is a range of effective times.
type timespan struct {
	From market.Time `json:"from"`
	To   market.Time `json:"to"` // not included
}

func (c *covered) is(o *covered) bool {
	return c.Table == o.Table && c.Setup == o.Setup && c.Kind == o.Kind && c.Subject == o.Subject
}

// openCoverage reads what was filled in. A file that cannot be read is told of, and begun anew.
func (c *command) openCoverage() (*coverage, error) {
	dir, err := c.place()
	if err != nil {
		return nil, err
	}
	v := &coverage{path: filepath.Join(dir, coverageFile)}
	if err := v.read(); err != nil {
		c.note("%s cannot be read, so all is asked again: %v", v.path, err)
	}
	return v, nil
}

func (v *coverage) read() error {
	v.Done = nil
	text, err := os.ReadFile(v.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		v.Done = nil
	}
	return err
}

// missing returns what of a span is not covered. What was asked for all subjects was
// asked for each.
func (v *coverage) missing(of covered, span timespan) []timespan {
	left := []timespan{span}
	all := of
	all.Subject = ""
	for i := range v.Done {
		if d := &v.Done[i]; d.is(&of) || d.is(&all) {
			for _, s := range d.Spans {
				left = without(left, s)
			}
		}
	}
	return left
}

// add remembers a span, durably, beside what others have added meanwhile.
func (v *coverage) add(list []covered, span timespan) error {
	if span.To <= span.From {
		return nil
	}
	_ = v.read()
	for _, of := range list {
		i := slices.IndexFunc(v.Done, func(d covered) bool { return d.is(&of) })
		if i < 0 {
			i = len(v.Done)
			v.Done = append(v.Done, of)
		}
		v.Done[i].Spans = joinSpans(append(v.Done[i].Spans, span))
	}
	return v.write()
}

// forget drops what is about a kind and a subject; empty is any.
func (v *coverage) forget(kind market.SignalKind, subject market.Subject) error {
	kept := slices.DeleteFunc(slices.Clone(v.Done), func(d covered) bool {
		return (kind == "" || d.Kind == kind) && (subject == "" || d.Subject == "" || d.Subject == subject)
	})
	if len(kept) == len(v.Done) {
		return nil
	}
	v.Done = kept
	return v.write()
}

// write replaces the file, whole or not at all.
func (v *coverage) write() (err error) {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(v.path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(v.path), coverageFile+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", v.path, err)
	}
	return os.Rename(f.Name(), v.path)
}

// without takes a span out of others.
func without(list []timespan, s timespan) (left []timespan) {
	for _, l := range list {
		if s.To <= l.From || s.From >= l.To {
			left = append(left, l)
			continue
		}
		if l.From < s.From {
			left = append(left, timespan{l.From, s.From})
		}
		if s.To < l.To {
			left = append(left, timespan{s.To, l.To})
		}
	}
	return left
}

// joinSpans sorts spans and joins those that touch.
func joinSpans(list []timespan) (joined []timespan) {
	slices.SortFunc(list, func(a, b timespan) int { return cmp.Compare(a.From, b.From) })
	for _, s := range list {
		if n := len(joined); n > 0 && s.From <= joined[n-1].To {
			joined[n-1].To = max(joined[n-1].To, s.To)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}
