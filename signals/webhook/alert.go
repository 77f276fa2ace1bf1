package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// alert is what a request brought.
type alert struct {
	body []byte
	doc  any
}

// verdict is what becomes of a request: its status, and why it was refused, if it was.
type verdict struct {
	status int
	why    string
	err    error
}

// The texts of the answers. Who does not know the secret hears that there is nothing here;
// who does hears what is wrong with the alert.
var answers = map[int]string{
	http.StatusOK:                 "ok",
	http.StatusNotFound:           "not found",
	http.StatusBadRequest:         "refused: ",
	http.StatusTooManyRequests:    "later",
	http.StatusServiceUnavailable: "later",
}

// ServeHTTP answers one request.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	v := r.judge(w, req)
	if v.why != "" {
		from := req.RemoteAddr
		if at, ok := r.sender(req); ok {
			from = at.String()
		}
		r.refuse(v.why, from, v.err)
	}
	if v.status == http.StatusTooManyRequests || v.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	text := answers[v.status]
	if v.status == http.StatusBadRequest && v.err != nil {
		text += r.hide(v.err.Error())
	}
	http.Error(w, text, v.status)
}

func (r *receiver) judge(w http.ResponseWriter, req *http.Request) verdict {
	a := alert{}
	if v := r.admit(w, req, &a); v.status != 0 {
		return v
	}
	if !r.limit.AllowN(r.env.Now(), 1) {
		return verdict{http.StatusTooManyRequests, "rate", nil}
	}
	err := r.deliver(req.Context(), &a)
	var bad *badAlert
	switch {
	case err == nil:
		return verdict{status: http.StatusOK}
	case errors.As(err, &bad):
		return verdict{http.StatusBadRequest, "alert", bad.err}
	}
	return verdict{http.StatusServiceUnavailable, "not durable", err}
}

// admit reads a request of somebody who knows the secret. All others hear the same.
func (r *receiver) admit(w http.ResponseWriter, req *http.Request, a *alert) verdict {
	stranger := func(why string) verdict { return verdict{http.StatusNotFound, why, nil} }
	switch {
	case !r.allowed(req):
		return stranger("address")
	case !r.atPath(req):
		return stranger("path")
	case req.Method != http.MethodPost:
		return stranger("method")
	case r.Auth == "header" && !r.proves(req, nil):
		return stranger("secret")
	}
	var err error
	if a.body, err = io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody)); err != nil {
		if r.Auth == "body" || r.Auth == "hmac" {
			return stranger("body")
		}
		return verdict{http.StatusBadRequest, "body", err}
	}
	if !r.proves(req, a.body) {
		return stranger("secret")
	}
	if a.doc, err = r.document(a.body); err != nil {
		if r.Auth == "body" {
			return stranger("secret")
		}
		return verdict{http.StatusBadRequest, "alert", err}
	}
	if !r.confides(a.doc) {
		return stranger("secret")
	}
	a.doc, _ = r.masked(a.doc)
	return verdict{}
}

var errNoMatch = errors.New("the body is not as text says")

// badAlert is an alert that will not be better when it comes again.
type badAlert struct{ err error }

// Error says what is wrong.
func (b *badAlert) Error() string { return b.err.Error() }

var errSlow = fmt.Errorf("it was not durable within %s", patience)

// deliver returns once an alert is durable, or after a second. What goes on after that is
// remembered: the alert is acknowledged when it comes again.
func (r *receiver) deliver(ctx context.Context, a *alert) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return errSlow
	}
	done := make(chan error, 1)
	if !r.work.begin(func() { defer func() { <-r.turn }(); done <- r.tell(a) }) {
		<-r.turn
		return errors.New("the end has come")
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errSlow
	}
}

// tell makes the rows of an alert durable, unless they are already.
func (r *receiver) tell(a *alert) error {
	now := market.TimeOf(r.env.Now())
	rows, err := r.rows(a, now, now)
	if err != nil {
		return &badAlert{err}
	}
	key, err := r.key(a)
	if err != nil {
		return &badAlert{err}
	}
	first, told, err := r.seen.remember(key, now)
	if err != nil || told {
		return err
	}
	if first != now {
		if rows, err = r.rows(a, first, now); err != nil {
			return &badAlert{err}
		}
	}
	if err := r.emit(signals.Batch{Raw: r.redacted(a.body), Signals: rows}); err != nil {
		return err
	}
	r.seen.mark(key)
	return nil
}

// rows makes the rows of an alert that came first at a time. All of them are good, or none
// is told.
func (r *receiver) rows(a *alert, first, now market.Time) ([]market.Signal, error) {
	rows, err := r.mapper.Rows(a.doc, first)
	if err == nil && len(rows) == 0 {
		err = errors.New("it has no rows: rows points to an empty list")
	}
	for i := range rows {
		s := &rows[i]
		switch age := now - s.Effective; {
		case err != nil:
		case age > market.Time(r.MaxAge):
			err = fmt.Errorf("it is about %s, %s ago: max_age is %s", s.Effective, time.Duration(age).Round(time.Second), time.Duration(r.MaxAge))
		case -age > market.Time(r.Ahead):
			err = fmt.Errorf("it is about %s, %s from now: max_ahead is %s", s.Effective, time.Duration(-age).Round(time.Second), time.Duration(r.Ahead))
		}
	}
	return rows, err
}

// key tells an alert from others: by its name, or by its text.
func (r *receiver) key(a *alert) (market.Hash, error) {
	if r.ID == "" {
		return market.Hash(sha256.Sum256(a.body)), nil
	}
	id, ok := r.ID.Get(a.doc)
	switch id := id.(type) {
	case string:
		if id != "" {
			return market.Hash(sha256.Sum256([]byte(id))), nil
		}
	case json.Number:
		return market.Hash(sha256.Sum256([]byte(id))), nil
	}
	if !ok {
		return market.Hash{}, fmt.Errorf("id at %s is missing", r.ID)
	}
	return market.Hash{}, fmt.Errorf("id at %s is no name", r.ID)
}
