package tiny

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// client asks the venue.
type client struct {
	http    http.Client
	address string
	key     market.Secret
	now     func() time.Time
	log     *slog.Logger
}

const (
	timeout = 10 * time.Second // of an answer
	patient = 40 * time.Second // of one that the venue may hold back for half a minute
	most    = 8 << 20          // bytes of an answer
	pause   = time.Second      // before a stream asks again
)

// ask reads what the venue says into a value: nothing is changed, so an answer that does not
// come says nothing but that one may ask again.
func (c *client) ask(ctx context.Context, within time.Duration, path string, query url.Values, into any) error {
	return c.send(ctx, within, exchange.ErrUnavailable, http.MethodGet, path+"?"+query.Encode(), nil, into)
}

// change asks for what cannot be taken back: without an answer nobody knows what came of it.
func (c *client) change(ctx context.Context, method, path string, body, into any) error {
	return c.send(ctx, timeout, exchange.ErrUnknown, method, path, body, into)
}

// send sends a request, once. lost is what it means when no answer comes that makes sense.
func (c *client) send(ctx context.Context, within time.Duration, lost error, method, path string, body, into any) error {
	if err := ctx.Err(); err != nil {
		return err // nothing was sent
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	r, err := http.NewRequestWithContext(limited, method, c.address+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.key.Reveal())
	what, _, _ := strings.Cut(method+" "+path, "?")
	answer, err := c.http.Do(r)
	if err != nil {
		if ctx.Err() != nil && lost == exchange.ErrUnavailable {
			return ctx.Err() // a question that nobody waits for
		}
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address
		}
		return &exchange.Fault{Kind: lost, What: what, Err: err}
	}
	defer func() { _ = answer.Body.Close() }()
	text, err = io.ReadAll(io.LimitReader(answer.Body, most))
	if err != nil {
		return &exchange.Fault{Kind: lost, What: what, HTTP: answer.StatusCode, Err: err}
	}
	return c.read(what, lost, answer, text, into)
}

// read is what an answer means.
func (c *client) read(what string, lost error, answer *http.Response, text []byte, into any) error {
	f := &exchange.Fault{Kind: lost, What: what, HTTP: answer.StatusCode}
	if answer.StatusCode == http.StatusOK {
		if err := json.Unmarshal(text, into); err != nil {
			f.Err = fmt.Errorf("the answer makes no sense: %w", err)
			return f
		}
		return nil
	}
	var said struct{ Error string }
	if err := json.Unmarshal(text, &said); err != nil || said.Error == "" {
		f.Err = errors.New("the answer is not the venue's")
		return f
	}
	f.Err = errors.New(said.Error)
	switch answer.StatusCode {
	case http.StatusBadRequest:
		f.Kind = exchange.ErrRejected
	case http.StatusUnauthorized:
		f.Kind, f.Fatal, f.Hint = exchange.ErrRejected, true, "check the key"
	case http.StatusNotFound:
		f.Kind = exchange.ErrNotFound
	case http.StatusTooManyRequests:
		f.Kind = exchange.ErrUnavailable
		if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
			f.Until = c.now().Add(time.Duration(seconds) * time.Second)
		}
	}
	return f
}

// follow asks again and again, for as long as ctx goes on. gap says since when an answer
// is missing; it is zero where none is.
func (c *client) follow(ctx context.Context, ask func(gap *exchange.Gap) error) error {
	var gap *exchange.Gap
	heard := c.now()
	for ctx.Err() == nil {
		switch err := ask(gap); {
		case err == nil:
			gap, heard = nil, c.now()
		case ctx.Err() != nil:
		case fatal(err):
			return err
		default:
			c.log.Warn("a stream of tiny is asked for again", "because", err)
			gap = &exchange.Gap{From: market.TimeOf(heard), Reason: err.Error()}
			sleep(ctx, pause)
		}
	}
	return ctx.Err()
}

// fatal reports whether asking again does not help.
func fatal(err error) bool {
	var f *exchange.Fault
	return errors.As(err, &f) && (f.Fatal || errors.Is(f, exchange.ErrRejected))
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
