package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// stepper moves the clock of a local venue on, over its admin interface.
type stepper struct {
	address string
	client  *http.Client
	at      atomic.Int64 // market.Time that the venue said last
}

func newStepper(address string) (*stepper, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return nil, usageError("write it as http://127.0.0.1:PORT", "--step %q is no address", address)
	}
	if ip, err := netip.ParseAddr(u.Hostname()); u.Hostname() != "localhost" && (err != nil || !ip.IsLoopback()) {
		return nil, usageError("name the --admin address of a venue on this machine", "--step %s is not on this machine", address)
	}
	return &stepper{address: strings.TrimRight(address, "/"), client: &http.Client{Timeout: time.Minute}}, nil
}

// begin learns the time. Clients of a process before this one do not come back.
func (s *stepper) begin(ctx context.Context) error {
	if _, err := s.ask(ctx, http.MethodPost, "/forget"); err != nil {
		return err
	}
	return s.settle(ctx)
}

// now is the clock of a session at a venue whose own stands still.
func (s *stepper) now() time.Time { return market.Time(s.at.Load()).UTC() }

// idle lets everything arrive that the venue has sent, and moves its clock to the next
// instant at which anything happens where that was nothing. io.EOF is the end of what the
// venue plays.
func (s *stepper) idle(ctx context.Context, until market.Time, arrived func() bool) error {
	if err := s.settle(ctx); err != nil || arrived() {
		return err
	}
	query := "n=1"
	if until < market.MaxTime {
		query += "&until=" + url.QueryEscape(until.String())
	}
	if err := s.step(ctx, query); err != nil {
		return err
	}
	return s.settle(ctx)
}

// settle waits until the venue's connections have taken what they were sent.
func (s *stepper) settle(ctx context.Context) error { return s.step(ctx, "n=0") }

// ask sends a request to the venue's admin interface, and returns the answer.
func (s *stepper) ask(ctx context.Context, method, what string) ([]byte, error) {
	q, err := http.NewRequestWithContext(ctx, method, s.address+what, nil)
	if err != nil {
		return nil, err
	}
	res, err := s.client.Do(q)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, s.gone(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err != nil {
		return nil, s.gone(err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, s.still(body)
	}
	return body, nil
}

func (s *stepper) step(ctx context.Context, query string) error {
	body, err := s.ask(ctx, http.MethodPost, "/step?"+query)
	if err != nil {
		return err
	}
	var said struct {
		Time  market.Time `json:"time"`
		Ended bool        `json:"ended"`
	}
	if json.Unmarshal(body, &said) != nil {
		return s.still(body)
	}
	s.at.Store(int64(said.Time))
	if said.Ended {
		return io.EOF
	}
	return nil
}

// still says that the venue answered, and not with a step.
func (s *stepper) still(body []byte) error {
	return &market.Error{Class: market.Venue, Where: s.address, Err: fmt.Errorf("the venue does not step: %.200q", body), Hint: "start it with --speed step"}
}

// gone says that the venue does not answer. What it wraps is no end of the market, though
// net/http calls a connection that was cut io.EOF.
func (s *stepper) gone(err error) error {
	return &market.Error{
		Class: market.Venue, Where: s.address, Err: fmt.Errorf("the local venue does not step any more: %v", err),
		Hint: "check that it runs, and what its --admin is",
	}
}
