package app

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// nervous panics with its key.
type nervous struct{ key market.Secret }

func (nervous) Kinds() []market.SignalKind { return nil }

func (n nervous) Fetch(context.Context, signals.Query) iter.Seq2[signals.Batch, error] {
	return func(func(signals.Batch, error) bool) { panic("bad key " + n.key.Reveal()) }
}

// herald is a nervous source that pushes.
type herald struct{ key market.Secret }

func (herald) Kinds() []market.SignalKind { return nil }

func (h herald) Run(context.Context, func(signals.Batch) error) error {
	panic(fmt.Errorf("bad key %s", h.key.Reveal()))
}

// TestPanicsHoldNoKeys: what a source says as it panics is logged, and in the report of the
// feeds.
func TestPanicsHoldNoKeys(t *testing.T) {
	key := market.NewSecret("a made-up key")
	for _, run := range []func(){
		func() {
			for range discreet(nervous{key}, []market.Secret{key}).(signals.Source).Fetch(t.Context(), signals.Query{}) {
				t.Error("a batch")
			}
		},
		func() {
			_ = discreet(herald{key}, []market.Secret{key}).(signals.Pusher).Run(t.Context(), nil)
		},
	} {
		said := ""
		func() {
			defer func() { said = fmt.Sprint(recover()) }()
			run()
		}()
		if !strings.Contains(said, "bad key ***") || strings.Contains(said, "made") {
			t.Errorf("it panicked with %q", said)
		}
	}
}
