package published

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/signalman-trading/signalman/market"
)

const (
	maxTries = 6                // of one request
	maxWait  = 2 * time.Minute  // before the next try, whatever the server asks for
	stalled  = 60 * time.Second // without a byte
)

// errLater is what an answer means that may be another one in a while.
var errLater = errors.New("the server cannot answer now")

// try sends a request until an answer was taken. It comes again after answers that may
// change, and after connections that broke.
func (s *Site) try(ctx context.Context, where string, prepare func(*http.Request), take func(*http.Response) error) error {
	for n := 1; ; n++ {
		after, err := s.once(ctx, where, prepare, take)
		var known *market.Error
		switch {
		case err == nil, errors.Is(err, ErrMissing), errors.As(err, &known):
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case n == maxTries:
			return &market.Error{Class: market.Venue, Where: where, Err: fmt.Errorf("%w, after %d tries", plain(err), n),
				Hint: "run it again, what is there is not fetched again; or name a directory of files with --archive"}
		}
		if err := s.wait(ctx, min(max(after, time.Second<<(n-1)), maxWait)); err != nil {
			return err
		}
	}
}

// plain leaves out the address, which the text of an error of a request has too.
func plain(err error) error {
	var with *url.Error
	if errors.As(err, &with) {
		return with.Err
	}
	return err
}

func (s *Site) wait(ctx context.Context, d time.Duration) error {
	if s.Wait != nil {
		return s.Wait(ctx, d)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// once sends a request, and says how long the server asks to wait.
func (s *Site) once(ctx context.Context, where string, prepare func(*http.Request), take func(*http.Response) error) (after time.Duration, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return 0, &market.Error{Class: market.Usage, Err: err}
	}
	prepare(req)
	r, err := s.Client.Do(req)
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	if err := answered(where, r); err != nil {
		seconds, _ := strconv.ParseUint(r.Header.Get("Retry-After"), 10, 16)
		return time.Duration(seconds) * time.Second, err
	}
	w := &watched{ReadCloser: r.Body, told: s.Read}
	w.alarm = time.AfterFunc(stalled, func() { cancel(fmt.Errorf("no byte came for %s", stalled)) })
	defer w.alarm.Stop()
	r.Body = w
	if err = take(r); err != nil && context.Cause(ctx) != nil {
		err = context.Cause(ctx)
	}
	return 0, err
}

// answered says what is wrong with an answer.
func answered(where string, r *http.Response) error {
	switch code := r.StatusCode; {
	case code == http.StatusOK, code == http.StatusPartialContent,
		code == http.StatusRequestedRangeNotSatisfiable && r.Request.Header.Get("Range") != "":
		return nil
	case code == http.StatusNotFound:
		return fmt.Errorf("%s: %w", where, ErrMissing)
	case code >= 500, code == http.StatusTooManyRequests, code == http.StatusRequestTimeout:
		return fmt.Errorf("%w: it says %s", errLater, r.Status)
	}
	return &market.Error{Class: market.Venue, Where: where, Err: fmt.Errorf("the server says %s", r.Status), Hint: "check the address"}
}

// watched is a body that raises an alarm when nothing comes.
type watched struct {
	io.ReadCloser
	alarm *time.Timer
	told  func(n int)
}

// Read implements [io.Reader].
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if n > 0 {
		w.alarm.Reset(stalled)
		if w.told != nil {
			w.told(n)
		}
	}
	return n, err
}
