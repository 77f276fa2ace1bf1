package app

import (
	"context"
	"fmt"
	"iter"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/quota"
)

// discreet returns a source whose errors do not hold its keys. net/http puts the address
// of a call into its errors, and a source may put a key into an address.
func discreet(opened any, keys []market.Secret) any {
	if len(keys) == 0 {
		return opened
	}
	source, asked := opened.(signals.Source)
	planner, plans := opened.(signals.Planner)
	pusher, pushes := opened.(signals.Pusher)
	switch {
	case asked && pushes:
		return opened // nothing ships that is both
	case asked && plans:
		return struct {
			signals.Source
			signals.Planner
		}{discreetSource{source, keys}, planner}
	case asked:
		return discreetSource{source, keys}
	case pushes:
		return discreetPusher{pusher, keys}
	}
	return opened
}

type discreetSource struct {
	signals.Source
	keys []market.Secret
}

// Fetch yields what the source does, with *** for its keys in errors.
func (s discreetSource) Fetch(ctx context.Context, q signals.Query) iter.Seq2[signals.Batch, error] {
	return func(yield func(signals.Batch, error) bool) {
		defer func() { hidePanic(recover(), s.keys) }()
		for b, err := range s.Source.Fetch(ctx, q) {
			if !yield(b, quota.Redact(err, s.keys...)) {
				return
			}
		}
	}
}

// hidePanic goes on with a panic, with *** for keys in what it says.
func hidePanic(p any, keys []market.Secret) {
	if p != nil {
		panic(quota.Hide(fmt.Sprint(p), keys...))
	}
}

type discreetPusher struct {
	signals.Pusher
	keys []market.Secret
}

// Run is that of the pusher, with *** for its keys in the error.
func (p discreetPusher) Run(ctx context.Context, emit func(signals.Batch) error) error {
	defer func() { hidePanic(recover(), p.keys) }()
	return quota.Redact(p.Pusher.Run(ctx, emit), p.keys...)
}
