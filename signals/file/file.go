// Package file is the signal source "file": rows from a CSV or JSON-lines file.
package file

import (
	"context"
	_ "embed"
	"fmt"
	"iter"
	"slices"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

//go:embed sample.toml
var sample string

// Plugin describes the source.
func Plugin() signals.Plugin {
	return signals.Plugin{
		Name:   "file",
		Doc:    "signal rows from a CSV or JSON-lines file",
		Sample: sample,
		New:    func(signals.Env) any { return &Config{} },
	}
}

// Config is the source with its parameters.
type Config struct {
	Path   string            `toml:"path" doc:"the file; .gz and .zst are read too"`
	Source string            `toml:"source" doc:"source of rows that name none"`
	Kind   market.SignalKind `toml:"kind" doc:"kind of rows that name none"`
	About  market.Subject    `toml:"subject" doc:"subject of rows that name none: an asset, or * for the market"`
	Lag    market.Duration   `toml:"lag" doc:"rows without a known time are known this long after their effective time; 0 refuses them"`
}

// Kinds lists the kind that the configuration names, if it does.
func (c *Config) Kinds() []market.SignalKind {
	if c.Kind == "" {
		return nil
	}
	return []market.SignalKind{c.Kind}
}

// Fetch reads the file and yields its rows as one batch, in the order of the file.
// Known is set: by the file, or by the lag.
func (c *Config) Fetch(ctx context.Context, q signals.Query) iter.Seq2[signals.Batch, error] {
	return func(yield func(signals.Batch, error) bool) {
		rows, err := c.read()
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			yield(signals.Batch{}, err)
			return
		}
		yield(signals.Batch{Signals: slices.DeleteFunc(rows, func(s market.Signal) bool { return !wanted(&s, &q) })}, nil)
	}
}

func (c *Config) read() ([]market.Signal, error) {
	if c.Path == "" {
		return nil, &market.Error{Class: market.Usage, Err: fmt.Errorf("the file source has no path"), Hint: `set path = "signals.csv"`}
	}
	o := barfile.SignalOptions{Source: c.Source, Kind: c.Kind, Subject: c.About}
	if c.Lag > 0 {
		o.Lag = &c.Lag
	}
	r, err := barfile.ReadSignalsFile(c.Path, o)
	if err != nil {
		return nil, err
	}
	return r.Signals, nil
}

func wanted(s *market.Signal, q *signals.Query) bool {
	return (len(q.Kinds) == 0 || slices.Contains(q.Kinds, s.Kind)) &&
		(len(q.Subjects) == 0 || slices.Contains(q.Subjects, s.Subject)) &&
		s.Effective >= q.From && (q.To == 0 || s.Effective < q.To)
}
