package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/live/notify"
	"github.com/signalman-trading/signalman/live/observe"
	"github.com/signalman-trading/signalman/live/systemd"
	"github.com/signalman-trading/signalman/market"
)

// measure begins to observe a session, and returns what it tells how it does. Now is the
// clock of its market.
func (d *daemon) measure(replayed bool, now func() time.Time) *live.Meter {
	d.observer = observe.New(observe.Options{
		Desk: d.control, Account: d.account.config.Name, Mode: d.account.config.Mode, Version: binary(), Replayed: replayed, Now: now,
		Credits: d.credits, Notified: d.notified, Logged: d.lines.list,
	})
	return d.observer.Meter()
}

// credits lists what the budgets of the providers still allow.
func (d *daemon) credits() (list []observe.Credit) {
	calls, err := d.ledger()
	if err != nil {
		return nil
	}
	for i := range d.config.Quotas {
		name := d.config.Quotas[i].Name
		if left, limited := callsLeft(calls)(name); limited {
			list = append(list, observe.Credit{Provider: name, Calls: left})
		}
	}
	return list
}

// report logs what happens, one line an event, and tells those who are to be told.
func (d *daemon) report(ctx context.Context) (func(), error) {
	r := observe.NewReporter(d.account.history.Instruments)
	d.watched = append(d.watched, func(x market.Record) {
		d.observer.Watch(&x)
		if n, ok := r.Report(&x); ok {
			d.say(n.Level, n.Event, n.Text, n.Attrs...)
		}
	})
	quiet, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for _, s := range d.tellers {
		all.Go(func() { s.Run(quiet) })
	}
	a := d.account.config
	d.say(slog.LevelInfo, "start", fmt.Sprintf("%s begins: account %s, %s, %s, %s of cash", binary(), a.Name, d.venue, plural(len(a.Strategies), "strategy"), d.account.engine.Cash))
	return func() {
		cancel()
		all.Wait()
	}, nil
}

// say logs an event; without a name it is for the log alone.
func (d *daemon) say(level slog.Level, event, text string, attrs ...slog.Attr) {
	if event != "" {
		attrs = append(attrs, slog.String(notify.EventKey, event))
	}
	d.news.LogAttrs(context.Background(), level, text, attrs...)
}

// over says how a session ended.
func (d *daemon) over(err error) {
	switch {
	case err == nil:
		d.say(slog.LevelInfo, "stop", "the session is finished: its market has ended")
	case errors.Is(err, context.Canceled):
		d.say(slog.LevelInfo, "stop", "the session was stopped in good order; the same command goes on from here")
	default:
		d.say(slog.LevelError, "stop", "the session ended: "+err.Error())
	}
}

// serveMetrics serves /metrics, /healthz and /readyz where the configuration wants it.
func (d *daemon) serveMetrics(context.Context) (func(), error) {
	address := d.config.Daemon.Metrics
	if address == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, &market.Error{Class: market.Usage, Where: "daemon.metrics", Err: fmt.Errorf("metrics cannot be served at %s: %w", address, err), Hint: "choose another port"}
	}
	server := &http.Server{
		Handler: d.observer.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		WriteTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(d.log.Handler(), slog.LevelDebug),
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			d.log.Error("metrics are served no more", "error", err)
		}
	})
	d.note("metrics at http://%s/metrics", l.Addr())
	return func() {
		_ = server.Close() // what is under way is of no use any more
		serving.Wait()
	}, nil
}

// pulse is how often the service manager is told how it goes.
const pulse = 5 * time.Second

// manage tells the service manager, if there is one, how the session does: that it is alive
// only while the trading loop answers.
func (d *daemon) manage(ctx context.Context) (func(), error) {
	m, err := systemd.Connect(os.Getenv)
	if err != nil {
		d.log.Warn("the service manager is not told how it goes", "error", err)
	}
	if m == nil {
		return nil, nil
	}
	d.manager = m
	every := pulse
	if w := systemd.Watchdog(os.Getenv); w > 0 {
		every = min(every, max(w/3, time.Millisecond))
	}
	beating, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { d.beat(beating, every) })
	return func() {
		cancel()
		all.Wait()
		d.ending()    // where the market has ended by itself, or faster than it was told
		_ = m.Close() // it was told all
	}, nil
}

// beat tells the service manager again and again, until ctx ends.
func (d *daemon) beat(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for ready := false; ; {
		if len(d.observer.Alive(ctx)) == 0 {
			d.manager.Alive()
		}
		if d.observer.Opened() && !ready {
			ready = true
			d.manager.Ready()
		}
		d.manager.Status(d.standing(ctx))
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// standing says in one line how the session does.
func (d *daemon) standing(ctx context.Context) string {
	if list := d.observer.Waits(ctx); len(list) > 0 {
		return list[0] + more(len(list)-1)
	}
	ctx, cancel := context.WithTimeout(ctx, observe.DefaultPatience)
	defer cancel()
	s, err := d.control.Snapshot(ctx, 0)
	if err != nil {
		return "it trades"
	}
	return fmt.Sprintf("it trades: equity %s %s, %s, %s", s.Account.Equity, s.Account.Quote, plural(len(s.Positions), "position"), plural(len(s.Orders), "working order"))
}

func more(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" (and %s)", plural(n, "other reason"))
}

// ending is called as soon as the session is told to end.
func (d *daemon) ending() {
	d.observer.End()
	d.manager.Stopping()
	d.manager.Status("it ends in good order")
}
