package binance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// An accountStream brings what becomes of an account. Its fields say how the venue wants
// to be asked for it: both markets do that in their own way.
type accountStream struct {
	name   string
	timing timing
	dialer *dialer
	now    func() market.Time // the venue's
	log    *slog.Logger

	// address returns where to dial.
	address func(ctx context.Context) (string, error)
	// request returns what to ask for the events with; nil: being connected is enough.
	request func(ctx context.Context) ([]byte, error)
	// refused judges the error that an answer to the request speaks of.
	refused func(status int, said json.RawMessage) *exchange.Fault
	// tend keeps the subscription alive until ctx ends; nil: nothing is to be done. broken
	// says that it is gone.
	tend func(ctx context.Context, broken func(error))
	// leave gives the subscription back; nil: nothing is to be done.
	leave func(ctx context.Context) error
	// decode reads an event. An error says that something of the account was not told.
	decode func(raw []byte) ([]exchange.AccountEvent, error)
}

// leavePatience bounds how long an end may take to be said.
const leavePatience = 5 * time.Second

// updates is one call of Updates.
type updates struct {
	*agenda
	*accountStream
	ready func()
	emit  func(exchange.AccountEvent)

	live  *link // nil: none is confirmed
	began bool
	lost  exchange.Gap // of the last one
}

// updates emits what becomes of the account until ctx ends, as [exchange.Broker] says.
func (a *accountStream) updates(ctx context.Context, ready func(), emit func(exchange.AccountEvent)) error {
	inner, cancel := context.WithCancel(ctx)
	u := &updates{agenda: newAgenda(inner), accountStream: a, ready: ready, emit: emit}
	var running sync.WaitGroup
	running.Go(func() {
		s := socket{name: a.name, timing: a.timing, dialer: a.dialer, speaker: u, log: a.log}
		u.end(s.run(inner))
	})
	if a.tend != nil {
		running.Go(func() { a.tend(inner, u.broken) })
	}
	err := u.run(func() {})
	cancel()
	running.Wait()
	if a.leave != nil && u.began {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), leavePatience)
		defer cancel()
		if err := a.leave(limited); err != nil {
			a.log.Warn("the subscription could not be given back", "socket", a.name, "error", err)
		}
	}
	return err
}

// broken ends the connection, whose subscription is gone.
func (u *updates) broken(err error) {
	_ = u.post(func() {
		if u.live != nil {
			u.live.cut(err)
		}
	})
}

// begin implements speaker.
func (u *updates) begin(ctx context.Context) (string, talk, error) {
	address, err := u.address(ctx)
	return address, &hearing{u: u}, err
}

// fell implements speaker.
func (u *updates) fell(l *link, err error) {
	_ = u.post(func() { u.live, u.lost = nil, u.since(l, "the connection was lost: "+err.Error()) })
}

// since is the gap from when a connection was heard last.
func (u *updates) since(l *link, why string) exchange.Gap {
	now := u.now()
	silent := time.Since(time.Unix(0, l.heard.Load()))
	return exchange.Gap{From: now - market.Time(max(silent, 0)), To: now, Reason: why}
}

// retired implements speaker.
func (u *updates) retired(l *link, clean bool) {
	if !clean {
		_ = u.post(func() { u.missed(u.since(l, "the connection before this one ended without a goodbye")) })
	}
}

// missed announces that anything may be missing.
func (u *updates) missed(g exchange.Gap) {
	g.To = max(g.From, u.now())
	u.emit(exchange.AccountEvent{Gap: &g})
	u.ready()
}

// opened goes on with a connection that has been confirmed.
func (u *updates) opened(l *link) {
	successor := u.live != nil
	u.live = l
	switch {
	case successor: // of one that is still there: nothing is missing
	case u.began:
		u.missed(u.lost)
	default:
		u.began = true
		u.ready()
	}
}

// A hearing is what is said over a connection of an account.
type hearing struct {
	u  *updates
	up bool // only of requests
}

// greet implements talk.
func (h *hearing) greet(ctx context.Context, l *link) error {
	if h.u.request == nil {
		return h.confirm(l)
	}
	frame, err := h.u.request(ctx)
	if err != nil {
		return err
	}
	return l.write(frame)
}

func (h *hearing) confirm(l *link) error {
	if err := h.u.post(func() { h.u.opened(l) }); err != nil {
		return err
	}
	l.confirm()
	return nil
}

// An accountFrame is what tells answers and the venue's own affairs from events.
type accountFrame struct {
	ID     json.RawMessage `json:"id"`
	Status int             `json:"status"`
	Result struct {
		Subscription *json.Number `json:"subscriptionId"`
	} `json:"result"`
	Error json.RawMessage `json:"error"`
	Event struct {
		Name string  `json:"e"`
		Time ignored `json:"E"`
	} `json:"event"`
	Name string  `json:"e"`
	Time ignored `json:"E"`
}

// read implements talk.
func (h *hearing) read(l *link, raw []byte) error {
	var f accountFrame
	if err := json.Unmarshal(raw, &f); err != nil {
		return fmt.Errorf("%w: %w: %s", errFrame, err, start(raw))
	}
	switch {
	case f.Name == shutdown || f.Event.Name == shutdown:
		l.leaving()
		return nil
	case f.Name == "" && f.Event.Name == "" && h.u.request != nil && !h.up:
		return h.answered(l, &f)
	case len(f.ID) > 0:
		return nil // answers nothing that was asked
	}
	return h.u.post(func() { h.u.said(l, raw) })
}

// said tells what an event says. One that cannot be read ends the connection: what it
// said must be asked for.
func (u *updates) said(l *link, raw []byte) {
	events, err := u.decode(raw)
	for _, e := range events {
		u.emit(e)
	}
	if err != nil {
		u.log.Warn("an event of the account", "socket", u.name, "error", err)
		l.cut(err)
	}
}

// answered judges the answer to the request.
func (h *hearing) answered(l *link, f *accountFrame) error {
	if f.Status == 200 && f.Error == nil && f.Result.Subscription != nil {
		h.up = true
		return h.confirm(l)
	}
	fault := &exchange.Fault{Kind: exchange.ErrUnavailable, What: subscribeAccount, HTTP: f.Status, Err: errors.New("the venue's answer confirms nothing")}
	if f.Error != nil {
		fault = h.u.refused(f.Status, f.Error)
	}
	return fault
}
