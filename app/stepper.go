package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// stepper moves the clock of a local venue on, over its admin interface.
type stepper struct {
	address string
	client  *http.Client
}

func newStepper(address string) *stepper {
	return &stepper{strings.TrimRight(address, "/"), &http.Client{Timeout: time.Minute}}
}

// idle moves the clock to the next instant at which anything happens, but not beyond a
// time. The venue answers once every connection has taken what it was sent. io.EOF is the
// end of what the venue plays.
func (s *stepper) idle(ctx context.Context, until market.Time) error {
	query := ""
	if until < market.MaxTime {
		query = "?until=" + url.QueryEscape(until.String())
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address+"/step"+query, nil)
	if err != nil {
		return usageError("write it as http://127.0.0.1:PORT", "--step %q is no address", s.address)
	}
	res, err := s.client.Do(q)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &market.Error{Class: market.Venue, Where: s.address, Err: err, Hint: "check that the local venue runs, and what its --admin is"}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err != nil {
		return &market.Error{Class: market.Venue, Where: s.address, Err: err}
	}
	var said struct {
		Ended bool `json:"ended"`
	}
	if res.StatusCode != http.StatusOK || json.Unmarshal(body, &said) != nil {
		return &market.Error{Class: market.Venue, Where: s.address, Err: fmt.Errorf("the venue does not step: %d %.200q", res.StatusCode, body), Hint: "start it with --speed step"}
	}
	if said.Ended {
		return io.EOF
	}
	return nil
}
