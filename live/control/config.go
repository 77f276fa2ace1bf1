package control

import (
	"context"
	"log/slog"
	"time"

	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

// Desk is a session at work; *live.Control is one. Its methods may be called concurrently.
type Desk interface {
	// Snapshot returns how the session stands between two instants, with the orders that
	// work or, where all is above 0, that many of the newest.
	Snapshot(ctx context.Context, all int) (*live.Snapshot, error)
	// Tell gives the session a word, and returns once it is on disk and was acted on.
	Tell(ctx context.Context, say market.Command, w market.Word) error
	// Say is Tell without the wait. What is said before the session runs is heard first.
	Say(say market.Command, w market.Word)
}

var _ Desk = (*live.Control)(nil)

// Facts are what does not change about a session.
type Facts struct {
	Mode    string    `json:"mode" doc:"paper or live" example:"paper"`
	Venue   string    `json:"venue" doc:"where it trades" example:"sim"`
	Account string    `json:"account" doc:"[account.NAME]" example:"main"`
	Session string    `json:"session" doc:"the id of its journal" example:"9f86d081884c7d659a2feaa0c55ad015"`
	Journal string    `json:"journal" doc:"the file name of its journal" example:"20260101T000000.000Z-9f86d0.journal"`
	Binary  string    `json:"binary" doc:"what runs it" example:"v0.1.0"`
	Started time.Time `json:"started" format:"date-time" doc:"of this process, by the clock"`
}

// Config is what a Server serves.
type Config struct {
	Desk  Desk
	Facts Facts
	// Waits says why the session does not trade; where it does, that is nothing. It is
	// asked with each look. nil: it trades as soon as it has had an instant.
	Waits func(ctx context.Context) []string
	// Reload reads the configuration again and says what changed; nil: it cannot.
	Reload func(ctx context.Context) (diff string, err error)
	// Stop ends the session in good order, and returns at once; nil: it cannot.
	Stop func()

	Socket string        // path of the Unix socket; "" is none
	HTTP   string        // loopback host:port; "" is none
	Token  market.Secret // that requests to HTTP must show
	Kill   *KillFile     // which Resume removes; nil is none
	Log    *slog.Logger  // nil is silent
}

func (c *Config) log() *slog.Logger {
	if c.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Log
}
