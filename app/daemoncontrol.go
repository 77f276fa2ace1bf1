package app

import (
	"cmp"
	"context"
	"encoding/hex"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/live/control"
	"github.com/signalman-trading/signalman/market"
)

// controlPlace is where a session listens, and which file kills it.
type controlPlace struct{ socket, kill string }

// controlPlace returns where a session of a configuration is controlled.
func (c *command) controlPlace(d *config.Daemon) (controlPlace, error) {
	dir, err := c.place()
	return controlPlace{cmp.Or(d.Socket, filepath.Join(dir, "control.sock")), cmp.Or(d.KillFile, filepath.Join(dir, "kill"))}, err
}

// controlled lets others look at the session and tell it things: through the control API,
// the kill file and the kill signal.
func (d *daemon) controlled(ctx context.Context) (end func(), err error) {
	at, err := d.controlPlace(&d.config.Daemon)
	if err != nil {
		return nil, err
	}
	cfg := control.Config{
		Desk: d.control, Waits: d.observer.Waits, Stop: func() { d.give(nil) }, Reload: d.reload, Socket: at.socket, HTTP: d.config.Daemon.HTTP, Log: d.log,
		Facts: control.Facts{
			Mode: d.account.config.Mode, Venue: d.venue, Account: d.account.config.Name, Session: hex.EncodeToString(d.id[:]),
			Journal: filepath.Base(d.journal), Binary: binary(), Started: time.Now(),
		},
		Kill: &control.KillFile{Path: at.kill, Desk: d.control, Log: d.log},
	}
	if len(at.socket) > control.MaxSocketPath && d.config.Daemon.Socket == "" {
		d.note("not controlled through a socket: the path of the data directory is too long for one; name a short socket in [daemon]")
		cfg.Socket = ""
	}
	if token := d.config.Daemon.Token; token != nil && cfg.HTTP != "" {
		if cfg.Token, err = d.keys.read(token); err != nil {
			return nil, &market.Error{Class: market.Usage, Where: "daemon.token", Err: err}
		}
	}
	server, err := control.Listen(cfg)
	if err != nil {
		return nil, err
	}
	if address := server.Address(); address != "" {
		d.note("controlled at http://%s, with the token of [daemon]", address)
	}
	cfg.Kill.Check() // before the session trades
	return d.attended(ctx, server, cfg.Kill), nil
}

// attended runs what controls the session; end waits for the end of it.
func (d *daemon) attended(ctx context.Context, server *control.Server, kill *control.KillFile) (end func()) {
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := server.Serve(ctx); err != nil {
			d.log.Error("the control API ended", "error", err)
		}
	})
	wait.Go(func() { kill.Watch(ctx) })
	wait.Go(func() {
		for {
			select {
			case s := <-d.killed:
				d.log.Warn("killed by a signal: no new risk until resume", "signal", s)
				d.control.Say(market.Kill, market.Word{Text: control.KillText("signal SIGUSR1", "")})
			case <-ctx.Done():
				return
			}
		}
	})
	return wait.Wait
}

// takeKills takes the kill signal from now on: before that it would end the process. What
// comes before the session runs is kept for it.
func (c *command) takeKills() (release func()) {
	list := killSignals()
	if c.killed = make(chan os.Signal, 1); len(list) == 0 {
		return func() {} // signal.Notify would take all
	}
	signal.Notify(c.killed, list...)
	return func() { signal.Stop(c.killed) }
}
