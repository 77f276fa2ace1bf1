package app_test

import (
	"context"
	"iter"
	"slices"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// metered is a remote source of which each kind is an endpoint that takes a call for ten
// assets, and a call for each 29 days.
type meter struct {
	env    signals.Env
	Key    market.Secret       `toml:"key"`
	Pulled []market.SignalKind `toml:"kinds"`
	Assets int                 `toml:"assets" param:"min=1"`
}

func metered() signals.Plugin {
	return signals.Plugin{
		Name: "metered", Remote: true, Limits: signals.Limits{Month: 50, Minute: 20},
		New: func(e signals.Env) any { return &meter{env: e, Assets: 1} },
	}
}

func (m *meter) Kinds() []market.SignalKind { return m.Pulled }

func (m *meter) Plan(q signals.Query) (list []signals.Request) {
	for _, k := range m.Pulled {
		if len(q.Kinds) == 0 || slices.Contains(q.Kinds, k) {
			list = append(list, signals.Request{Endpoint: string(k) + "s", Calls: (m.Assets + 9) / 10, Kinds: []market.SignalKind{k}})
		}
	}
	return list
}

func (m *meter) Fetch(context.Context, signals.Query) iter.Seq2[signals.Batch, error] {
	return func(func(signals.Batch, error) bool) {}
}
