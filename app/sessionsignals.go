package app

import (
	"context"
	"errors"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/store"
)

// sessionSignals returns what a session that goes by the clock hears: the stored rows and
// those of sources on this machine, which become those of its history, and what others derive.
func (c *command) sessionSignals(ctx context.Context, cfg *config.Config, h *backtest.History) (*live.Signals, error) {
	r, done, err := c.reader(config.Store, "")
	switch {
	case errors.Is(err, store.ErrMissing):
	case err != nil:
		return nil, err
	default:
		defer done()
		if h.Signals, err = r.Signals(store.SignalFilter{}); err != nil {
			return nil, err
		}
	}
	if err := c.askLocal(ctx, cfg, h); err != nil {
		return nil, err
	}
	news := live.NewSignals(h.Signals)
	for i := range cfg.Sources {
		if d, ok := cfg.Sources[i].Value.(signals.Deriver); ok {
			news.Derive(cfg.Sources[i].Name, d)
		}
	}
	return news, nil
}
