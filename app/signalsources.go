package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// A sourcedRow is a signal row, and who handed it over.
type sourcedRow struct {
	market.Signal
	from string // "signals.X", or "the history"
}

// fetchSources adds the rows of configured sources to a history: those of local ones, and
// last what others derive of all of them. Remote ones are not asked: what they said is in
// the store.
func (c *command) fetchSources(ctx context.Context, cfg *config.Config, h *backtest.History) error {
	if err := c.askLocal(ctx, cfg, h); err != nil {
		return err
	}
	h.Sort()
	known := h.Signals
	for i := range cfg.Sources {
		if d, ok := cfg.Sources[i].Value.(signals.Deriver); ok {
			h.Signals = append(h.Signals, signals.Derived(d.Derive(cfg.Sources[i].Name), known)...)
		}
	}
	h.Sort()
	return nil
}

// askLocal adds the rows of sources on this machine.
func (c *command) askLocal(ctx context.Context, cfg *config.Config, h *backtest.History) error {
	sources := slices.DeleteFunc(slices.Clone(cfg.Sources), func(s config.Source) bool {
		_, derives := s.Value.(signals.Deriver)
		return derives || s.Remote()
	})
	if len(sources) == 0 {
		return nil
	}
	var rows []sourcedRow
	for _, s := range h.Signals {
		rows = append(rows, sourcedRow{s, "the history"})
	}
	for i := range sources {
		err := c.fetchSource(ctx, cfg, &sources[i], func(s market.Signal) { rows = append(rows, sourcedRow{s, "signals." + sources[i].Name}) })
		if err != nil {
			return err
		}
	}
	var err error
	h.Signals, err = mergeRows(rows)
	return err
}

func (c *command) fetchSource(ctx context.Context, cfg *config.Config, s *config.Source, add func(market.Signal)) error {
	opened, err := c.openSource(cfg, s)
	if err != nil {
		return err
	}
	source, ok := opened.(signals.Source)
	if !ok {
		return usageError("", "signals.%s pushes its rows: it cannot be replayed", s.Name)
	}
	for batch, err := range source.Fetch(ctx, signals.Query{}) {
		if err != nil {
			return fmt.Errorf("signals.%s: %w", s.Name, err)
		}
		for _, row := range batch.Signals {
			if row.Known == 0 {
				return &market.Error{Class: market.Data, Where: "signals." + s.Name, Err: errors.New("a row says not when it was known"), Hint: "set lag"}
			}
			add(row)
		}
	}
	return nil
}

// mergeRows returns each row once, whoever handed it over. Two that contradict each other
// cannot both be true (semantics S1), and no name of a table decides between them.
func mergeRows(rows []sourcedRow) ([]market.Signal, error) {
	slices.SortStableFunc(rows, func(a, b sourcedRow) int { return a.Compare(&b.Signal) })
	merged := make([]market.Signal, 0, len(rows))
	for i := range rows {
		s := &rows[i]
		if i == 0 || s.Compare(&rows[i-1].Signal) != 0 {
			merged = append(merged, s.Signal)
			continue
		}
		if old := &rows[i-1]; s.Contradicts(&old.Signal) {
			return nil, &market.Error{Class: market.Data, Where: s.from,
				Err: fmt.Errorf("%s of %s by %s for %s, known %s, revision %d, is %s here and %s in %s",
					s.Kind, s.Subject, s.Source, s.Effective, s.Known, s.Revision, s.Unlike(&old.Signal), old.Unlike(&s.Signal), old.from),
				Hint: "leave out the one that is wrong; if one corrects the other, give it a higher revision or a later known time"}
		}
	}
	return merged, nil
}
