package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/live/observe"
	"github.com/signalman-trading/signalman/live/systemd"
	"github.com/signalman-trading/signalman/market"
)

// daemon is what runs beside a session: those who look at it, tell it things, and are told
// what it does. A session that trades does not wait for any of them.
type daemon struct {
	*command
	config  *config.Config
	account *account
	journal string   // the path
	id      [16]byte // of the journal
	venue   string   // what the venue says of itself
	sets    []string // --set, which changes the configuration also when it is read again
	control *live.Control
	log     *slog.Logger
	news    *slog.Logger // of what the session does
	watched []func(market.Record)
	stepped bool                    // the session's clock is moved by hand
	feeds   *sessionFeeds           // nil: no source is asked, and none pushes
	give    context.CancelCauseFunc // up: ends the session, with a reason; see beside
	asides  sync.WaitGroup          // what looks at a session that goes on

	observer *observe.Observer
	manager  *systemd.Manager // nil: nobody who manages services
}

// service is one thing that runs beside a session: it is begun before it, and ended after.
type service func(ctx context.Context) (end func(), err error)

// services lists what runs beside a session, in the order in which it begins.
func (d *daemon) services() []service {
	return []service{d.report, d.hearSignals, d.controlled, d.serveMetrics, d.hangUps, d.manage}
}

// watch hands a committed record to all who want to know.
func (d *daemon) watch(r market.Record) {
	for _, f := range d.watched {
		f(r)
	}
}

// beside runs a session with everything that runs beside it.
func (d *daemon) beside(ctx context.Context, session func(context.Context) error) error {
	ctx, d.give = context.WithCancelCause(ctx)
	defer d.give(nil)
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
	defer context.AfterFunc(ctx, d.ending)()
	err := session(ctx)
	d.asides.Wait() // they end with the session, if not before
	if why := context.Cause(ctx); errors.Is(err, context.Canceled) && why != nil {
		err = why
	}
	d.over(err)
	return err
}

// catchUp gives a session that goes on the configuration of now, if it can: it ends otherwise,
// since nobody should believe that it trades by that.
func (d *daemon) catchUp() {
	d.sayHalts()
	if err := d.reloadAloud(context.Background()); err != nil && !errors.Is(err, live.ErrEnded) {
		d.give(err)
	}
}

// sayHalts says which halts of before stand in a session that goes on.
func (d *daemon) sayHalts() {
	s, err := d.control.Snapshot(context.Background(), 0)
	if err != nil {
		return
	}
	for i := range s.Halts {
		h := &s.Halts[i]
		d.note("still halted since %s (%s%s): %s: %s; 'signalman resume' lifts it", h.Since, h.Scope, h.On(), h.Rule, h.Text)
	}
}
