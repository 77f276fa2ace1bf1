package app

import (
	"context"
	"log/slog"
	"slices"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

// daemon is what runs beside a session: those who look at it, tell it things, and are told
// what it does. A session that trades does not wait for any of them.
type daemon struct {
	*command
	config  *config.Config
	account *account
	journal string // the path
	venue   string // what the venue says of itself
	control *live.Control
	log     *slog.Logger
	watched []func(market.Record)
}

// service is one thing that runs beside a session: it is begun before it, and ended after.
type service func(ctx context.Context) (end func(), err error)

// services lists what runs beside a session, in the order in which it begins.
func (d *daemon) services() []service {
	return nil
}

// watch hands a committed record to all who want to know.
func (d *daemon) watch(r market.Record) {
	for _, f := range d.watched {
		f(r)
	}
}

// beside runs a session with everything that runs beside it.
func (d *daemon) beside(ctx context.Context, session func() error) error {
	around, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var ends []func()
	defer func() {
		cancel()
		for _, end := range slices.Backward(ends) {
			end()
		}
	}()
	for _, begin := range d.services() {
		end, err := begin(around)
		if err != nil {
			return err
		}
		if end != nil {
			ends = append(ends, end)
		}
	}
	return session()
}
